import { beforeAll, beforeEach, expect, it } from "vitest";
import { RetentionPolicy } from "@nats-io/jetstream";
import type { Nats } from "../../src/messaging/jetstream/connection.ts";
import { wantedFeed } from "../../src/messaging/jetstream/feed-stream.ts";
import { findStream, isAtLeast, managerOf, reconcileStream } from "../../src/messaging/jetstream/streams.ts";
import { describeNats } from "../support/describe-nats.ts";
import { feedEvents } from "../support/feed-events.ts";
import { closeNats, DAY_MS, natsAt, natsBusAt } from "../support/nats-buses.ts";
import { type NatsServer, startNatsServer } from "../support/nats-server.ts";

describeNats("a stream", () => {
  let server: NatsServer;
  let nats: Nats;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  beforeEach(async () => {
    nats = await natsAt(server.url);
    const manager = await managerOf(nats.client());
    if (await findStream(manager, "EVENTS")) await manager.streams.delete("EVENTS");
    return closeNats;
  });

  const wanted = wantedFeed({ maxAgeMs: 7 * DAY_MS, replicas: 1 });

  it("is made as it is wanted", async () => {
    const { config } = await reconcileStream(nats.client(), wanted);
    expect(config).toMatchObject({
      name: "EVENTS",
      subjects: ["events.>"],
      retention: "limits",
      storage: "file",
      max_age: 7 * DAY_MS * 1e6,
      duplicate_window: 120_000 * 1e6,
      num_replicas: 1,
    });
    // Servers older than 2.10 know none, and would refuse the stream.
    expect(config.metadata !== undefined).toBe(isAtLeast(nats.client(), 2, 10));
  });

  it("is left alone when it is as wanted already", async () => {
    const { created } = await reconcileStream(nats.client(), wanted);
    const asked: string[] = [];
    await nats.listen("$JS.API.STREAM.>", ({ subject }) => void asked.push(subject));
    expect((await reconcileStream(nats.client(), wanted)).created).toBe(created);
    await nats.client().flush();
    expect(asked).toEqual(["$JS.API.STREAM.INFO.EVENTS"]);
  });

  it("is made once by many at once", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, async () => {
      const one = await natsAt(server.url);
      return await reconcileStream(one.client(), wanted);
    }));
    expect(new Set(all.map(({ created }) => created)).size).toBe(1);
  });

  it("is changed to another configuration, and keeps its messages and what others have set", async () => {
    const bus = await natsBusAt(server.url, { maxAgeMs: 7 * DAY_MS });
    await bus.bus.publish(feedEvents(1, 5), 0);
    const manager = await managerOf(nats.client());
    await manager.streams.update("EVENTS", { max_msgs_per_subject: 9 });
    const other = await natsBusAt(server.url, { maxAgeMs: DAY_MS });
    expect(await other.bus.retained()).toMatchObject({ last: { position: 5 }, keptForMs: DAY_MS });
    expect((await findStream(manager, "EVENTS"))?.config).toMatchObject({
      max_age: DAY_MS * 1e6,
      max_msgs_per_subject: 9,
    });
  });

  it("that cannot become it is an error that says what to do", async () => {
    const manager = await managerOf(nats.client());
    await manager.streams.add({ name: "EVENTS", subjects: ["events.>"], retention: RetentionPolicy.Workqueue });
    const bus = await natsBusAt(server.url);
    await expect(bus.bus.retained()).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("EVENTS cannot be what it should"),
    });
  });
});
