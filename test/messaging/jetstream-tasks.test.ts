/** What task queues do when their broker dies, forgets, or is looked into. */
import { setTimeout as pause } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../src/kernel/ids.ts";
import { statsOf, type TaskQueues, type TaskWorker } from "../../src/messaging/task-queues.ts";
import { connect } from "../../src/messaging/jetstream/transport.ts";
import { eventually } from "../support/eventually.ts";
import { natsBinary, type NatsServer, startNatsServer, stopNatsServers } from "../support/nats-server.ts";
import { type OpenTaskQueues, openTaskQueues } from "../support/task-queues.ts";

const binary = await natsBinary();
if ("missing" in binary) console.warn(`Skipped: task queues and their broker. ${binary.missing}`);

let server: NatsServer;
let opened: OpenTaskQueues;
let queues: TaskQueues;
let client: NatsConnection;
const working: TaskWorker[] = [];

describe.skipIf("missing" in binary)("the broker", () => {
  beforeAll(async () => {
    server = await startNatsServer();
    opened = await openTaskQueues("jetstream", server.url);
    ({ queues } = opened);
    client = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  });
  afterEach(async () => {
    await Promise.all(working.splice(0).map((worker) => worker.stop(0)));
  });
  afterAll(async () => {
    await client.close();
    await opened.close();
    await stopNatsServers();
  });

  /** Works on a queue, and keeps what it was given. */
  async function collect(name: string, options = {}): Promise<unknown[]> {
    const seen: unknown[] = [];
    const worker = await queues.work(name, { ackWaitMs: 1_500, ...options }, async (body) => {
      await pause(5);
      seen.push(body);
    });
    working.push(worker);
    return seen;
  }

  /** As callers do: again, until somebody says that it is there. */
  async function enqueueAll(name: string, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      await eventually(async () => void await queues.queue(name).enqueue(n, { id: `t${n}` }), 20_000);
    }
  }

  test("is killed and started again while tasks are enqueued and worked on: each is done, none is lost", async () => {
    const name = `kill.${newId()}`;
    const seen = await collect(name, { concurrency: 4 });
    const enqueuing = enqueueAll(name, 400);
    for (let kills = 0; kills < 3; kills++) {
      await pause(150);
      await server.kill();
      await pause(150);
      await server.restart();
    }
    await enqueuing;
    const all = Array.from({ length: 400 }, (_, n) => n);
    await eventually(() => expect([...new Set(seen)].toSorted((a, b) => Number(a) - Number(b))).toEqual(all), 25_000);
    await eventually(async () =>
      expect(await statsOf(queues, name)).toMatchObject({ waiting: 0, inProcess: 0, dead: 0 })
    );
  }, 60_000);

  test("has lost the stream: workers and whoever enqueues go on", async () => {
    const name = `lost.${newId()}`;
    const seen = await collect(name);
    await enqueueAll(name, 1);
    await eventually(() => expect(seen).toEqual([0]));
    const manager = await jetstreamManager(client);
    for (const stream of ["TASKS", "TASKS_DEAD"]) await manager.streams.delete(stream);
    await queues.queue(name).enqueue("anew");
    await eventually(() => expect(seen).toEqual([0, "anew"]));
  });

  test("holds consumers to the prefetch and the time of whoever works", async () => {
    const name = `set.${newId()}`;
    await queues.queue(name).enqueue(1);
    const manager = await jetstreamManager(client);
    const config = async () => (await manager.consumers.info("TASKS", `${name.replaceAll(".", "~")}~normal`)).config;
    expect(await config()).toMatchObject({ max_ack_pending: 256 });
    await collect(name, { prefetch: 7 });
    const filter = `tasks.${name}.normal.*`;
    expect(await config()).toMatchObject({
      max_ack_pending: 7,
      ack_wait: 1.5e9,
      filter_subject: filter,
      max_deliver: -1,
    });
    const { config: dead } = await manager.streams.info("TASKS_DEAD");
    expect(dead).toMatchObject({ retention: "limits", max_msgs_per_subject: 1 });
    expect((await manager.streams.info("TASKS")).config).toMatchObject({ retention: "workqueue" });
  });

  test("takes tasks from anybody, JSON or not", async () => {
    const name = `foreign.${newId()}`;
    const seen = await collect(name);
    await client.request(`tasks.${name}.high.a`, JSON.stringify({ from: "elsewhere" }), { timeout: 5_000 });
    await client.request(`tasks.${name}.low.b`, "no JSON", { timeout: 5_000 });
    await eventually(() => expect(seen).toHaveLength(2));
    expect(seen).toContainEqual({ from: "elsewhere" });
    expect(seen).toContain("no JSON");
  });

  test("that is away is an error that may be repeated, soon", async () => {
    await server.stop();
    await expect(queues.queue("away").enqueue(1)).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
    await expect(queues.stats()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await server.restart();
    await enqueueAll("away", 1);
  });
});
