/** Activities that are done elsewhere: over real Postgres and NATS, by workers that know nothing of this project. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import { newId } from "../../../src/kernel/ids.ts";
import type { RemoteOutcome, RemoteTask, RemoteWork } from "../../../src/messaging/remote-work.ts";
import { activityQueue, createRemoteWork, workRemotely } from "../../../src/messaging/queued-remote-work.ts";
import { statsOf, type TaskQueues } from "../../../src/messaging/task-queues.ts";
import { NonRetryableError } from "../../../src/runtime/activities.ts";
import type { RemoteActivity } from "../../../src/runtime/definition.ts";
import { createRuntime } from "../../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../../src/store/memory/memory-store.ts";
import { eventually } from "../../support/eventually.ts";
import { natsBinary, type NatsServer, startNatsServer, stopNatsServers } from "../../support/nats-server.ts";
import { usePostgresNodes } from "../../support/postgres-nodes.ts";
import { killPrograms, type Program, runProgram } from "../../support/programs.ts";
import { type OpenTaskQueues, openTaskQueues } from "../../support/task-queues.ts";
import { worker } from "../../support/toys.ts";

const binary = await natsBinary();
if ("missing" in binary) console.warn(`Skipped: remote activities on NATS. ${binary.missing}`);

const nodes = usePostgresNodes();
afterEach(killPrograms);

const toil: RemoteActivity = { remote: true, retry: { timeoutMs: 1_000, attempts: 3, backoffMs: 10 } };
const kind = { type: "worker", activity: "toil", timeoutMs: 1_000 };

let opened: OpenTaskQueues;
let queues: TaskQueues;

async function start(nodeId = "one", activity: RemoteActivity = toil) {
  return await nodes.start([worker(activity)], {
    nodeId,
    remote: createRemoteWork(queues),
  });
}

type Node = Awaited<ReturnType<typeof start>>;

async function ends(node: Node, actor: string, state: string) {
  await eventually(async () => expect((await node.look(actor))?.state).toBe(state), 15_000);
  expect(await nodes.open(actor)).toEqual([]);
  return (await node.look(actor))!.context;
}

const letters = async (actor: string) =>
  (await nodes.store().deadLetters({ limit: 100 })).filter(({ stream }) => stream === actor).map(({ reason }) =>
    reason
  );

it("a remote activity that nobody carries is refused, with what to do", () => {
  expect(() => createRuntime({ store: nodes.store(), actors: [worker(toil)] })).toThrow(
    /The activity "toil" of worker is remote, .*createRemoteWork/,
  );
});

it("what the broker has lost is assigned again, and what is settled is not", async () => {
  const clock = createManualClock();
  const assigned: RemoteTask[] = [];
  let settle: (outcome: RemoteOutcome) => Promise<void> = async () => {};
  // A broker that forgets at once whatever it is given.
  const remote: RemoteWork = {
    start: async (_, hear) => void (settle = hear),
    assign: async (task) => void assigned.push(task),
    isAssigned: async () => false,
    cancel: async () => {},
    stop: async () => {},
  };
  const runtime = createRuntime({ store: createMemoryStore({ clock }), clock, actors: [worker(toil)], remote });
  await runtime.start();
  const minute = async () => {
    // In steps, as a node that others take for dead has nothing to look after.
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await pause(1);
    }
  };
  for (const id of ["open", "settled"]) await runtime.actor("worker", id).propose({ type: "Hired" });
  await settle({ key: "worker/settled/1/0", attempt: 1, status: "completed", output: 1 });
  const ids = () => assigned.map(({ actor }) => actor.id);
  expect(ids()).toEqual(["open", "settled"]);
  await minute();
  expect(ids()).toHaveLength(2);
  await minute();
  expect(ids()).toEqual(["open", "settled", "open"]);
  expect(assigned[2]).toEqual(assigned[0]);
  await runtime.stop(0);
});

describe.skipIf("missing" in binary)("with workers in another language, on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
    opened = await openTaskQueues("jetstream", server.url);
    ({ queues } = opened);
  });
  afterAll(async () => {
    await opened.close();
    await stopNatsServers();
  });

  const foreign = async (...more: string[]): Promise<Program> => {
    const args = [server.url, kind.type, kind.activity, ...more];
    const program = runProgram("test/support/foreign-worker.cjs", { args });
    await program.says("ready");
    return program;
  };

  it("the work is done, and fails, and is tried again, as they say", async () => {
    const node = await start();
    await foreign();
    const id = newId();
    const actor = (what: string) => `worker/${what}-${id}`;
    for (const what of ["answer", "fail", "again", "never"]) await node.tell(actor(what), "Hired");
    expect((await ends(node, actor("answer"), "finished")).answer).toEqual({
      sum: 42,
      key: `${actor("answer")}/1/0`,
      attempt: 1,
    });
    expect((await ends(node, actor("fail"), "failed")).error).toEqual({
      name: "CardExpired",
      message: "no",
      code: "EXPIRED",
    });
    expect((await ends(node, actor("again"), "finished")).answer).toMatchObject({ attempt: 3 });
    expect((await ends(node, actor("never"), "failed")).error).toMatchObject({ message: "not at 3" });
    expect(await nodes.types(actor("never"))).toEqual(["Hired", "ActivityFailed"]);
    await eventually(async () =>
      expect(await statsOf(queues, activityQueue(kind))).toMatchObject({ waiting: 0, inProcess: 0, dead: 0 })
    );
  });

  it("a worker that is killed in the middle leaves the task to the next one", async () => {
    const node = await start();
    const hanging = await foreign("hang");
    const actor = `worker/answer-${newId()}`;
    await node.tell(actor, "Hired");
    await hanging.says(`got ${actor}/1/0 1 1`);
    hanging.kill("SIGKILL");
    const next = await foreign();
    expect((await ends(node, actor, "finished")).answer).toMatchObject({ attempt: 1 });
    expect(next.stdout()).toContain(`got ${actor}/1/0 1 2`);
    expect(await nodes.types(actor)).toEqual(["Hired", "ActivityCompleted"]);
  });

  it("a task that kills its workers is a failure in the end", async () => {
    const node = await start();
    const actor = `worker/die-${newId()}`;
    await node.tell(actor, "Hired");
    for (let n = 0; n < 3; n++) await (await foreign()).ended;
    await foreign();
    expect((await ends(node, actor, "failed")).error).toMatchObject({ message: "workers die of it" });
  }, 60_000);

  it("an outcome that was told while no node was there is heard by the next one, once", async () => {
    const node = await start("first");
    const actor = `worker/answer-${newId()}`;
    await node.tell(actor, "Hired");
    await eventually(async () => expect(await queues.queue(activityQueue(kind)).has(`${actor}/1/0`)).toBe(true));
    await node.runtime.stop(0);
    const worker = await foreign();
    await worker.says(`answered ${actor}/1/0 completed`);
    const next = await start("first");
    await ends(next, actor, "finished");
    await pause(300);
    expect(worker.stdout().match(new RegExp(`got ${actor}`, "g"))).toHaveLength(1);
    expect(await letters(actor)).toEqual([]);
  });

  it("commands go on while the broker is away, and the work is done when it is back", async () => {
    const node = await start();
    await foreign();
    await server.kill();
    const actor = `worker/answer-${newId()}`;
    await node.tell(actor, "Hired");
    await pause(500);
    await server.restart();
    await ends(node, actor, "finished");
  });
});

describe("with workers of our own, in Postgres", () => {
  beforeAll(async () => {
    opened = await openTaskQueues("postgres", nodes.database().url);
    ({ queues } = opened);
  });
  afterAll(() => opened.close());

  it("an answer is an output, or an event where it is declared so; an error is a failure", async () => {
    const node = await start();
    const worker = await workRemotely(queues, kind, {}, async ({ key, input }) => {
      const { of } = input as { of: string };
      if (of.startsWith("bad")) throw new NonRetryableError("no use");
      return { done: key };
    });
    await node.tell("worker/good", "Hired");
    await node.tell("worker/bad", "Hired");
    expect((await ends(node, "worker/good", "finished")).answer).toEqual({ done: "worker/good/1/0" });
    expect((await ends(node, "worker/bad", "failed")).error).toMatchObject({ message: "no use" });
    await node.runtime.stop(0);
    await worker.stop();

    const eventful = await start("two", { ...toil, answersWithEvent: true });
    const answers = [{ type: "Toiled", sum: 7 }, { type: "Toiled", sum: "seven" }];
    const other = await workRemotely(queues, kind, { concurrency: 1 }, async () => answers.shift());
    await eventful.tell("worker/e1", "Hired");
    expect((await ends(eventful, "worker/e1", "finished")).answer).toBe(7);
    await eventful.tell("worker/e2", "Hired");
    expect((await ends(eventful, "worker/e2", "failed")).error).toMatchObject({
      message: expect.stringContaining("no declared event"),
    });
    await other.stop();
  });

  it("a state that is left takes its task back; an answer that comes all the same is a dead letter", async () => {
    const node = await start();
    await node.tell("worker/left", "Hired");
    const has = () => queues.queue(activityQueue(kind)).has("worker/left/1/0");
    await eventually(async () => expect(await has()).toBe(true));
    await node.tell("worker/left", "Abandoned");
    await eventually(async () => expect(await has()).toBe(false));
    expect(await letters("worker/left")).toEqual([]);
    const outcome = { key: "worker/left/1/0", attempt: 1, status: "completed", output: 1 };
    await queues.queue("activity-outcomes").enqueue(outcome);
    await eventually(async () => expect(await letters("worker/left")).toEqual(["late outcome"]));
  });

  it.each([
    ["of something that was never asked for", { key: "worker/none/1/0", attempt: 1, status: "completed" }],
    ["of an actor that is none", { key: "no such thing", attempt: 1, status: "completed" }],
    ["that is none", { key: "worker/none/1/0" }],
    ["that is a text", "done"],
  ])("an outcome %s lies with the dead tasks", async (_, outcome) => {
    await start();
    const before = await queues.dead("activity-outcomes", { limit: 100 });
    await queues.queue("activity-outcomes").enqueue(outcome);
    await eventually(async () =>
      expect((await queues.dead("activity-outcomes", { limit: 100 })).length).toBe(before.length + 1)
    );
  });
});
