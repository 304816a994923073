/** Appends whose answer is lost, late, or no: what is told must be what is in the log, once. */
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/kernel/clock.ts";
import type { AppendRun } from "../../../src/store/store.ts";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import { eventually } from "../../support/eventually.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";
import { newEvent, newRun, waitingFor } from "../../support/runs.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";

const APPEND_LOCK = 7264190358;

let database: TestDatabase;
let proxy: TcpProxy;
/** Through the network that breaks. */
let store: PostgresStore;
/** Straight to the database: what is really there. */
let witness: PostgresStore;
const clients: postgres.Sql[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  const url = new URL(database.url);
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  witness = await openPostgresStore({ url: database.url });
  store = await openPostgresStore({ url: url.href, clock: faster(20) });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end({ timeout: 0 })));
  await Promise.all([store.close(), witness.close()]);
  await proxy.close();
  await database.drop();
});

/** The deadlines and pauses of the store, in less of our time. */
function faster(times: number): Clock {
  return {
    now: () => systemClock.now() * times,
    schedule: (delayMs, run) => systemClock.schedule(delayMs / times, run),
  };
}

/** Takes the append lock as a node would that has stopped in the middle; answers what lets it go. */
async function holdAppendLock(): Promise<() => Promise<void>> {
  const client = postgres(database.url, { max: 1, onnotice: () => {} });
  clients.push(client);
  await client`select pg_advisory_lock(${APPEND_LOCK})`;
  return async () => void await client`select pg_advisory_unlock(${APPEND_LOCK})`;
}

async function appendingSessions(): Promise<number[]> {
  const rows = await database.query(
    "select pid from pg_stat_activity where application_name like 'statewright append%' and state = 'active'",
  );
  return rows.map(({ pid }) => Number(pid));
}

describe("an append whose answer is lost", () => {
  test("is stored once, and answered as stored", async () => {
    await store.append(1, [newRun("actor/1", 0, ["A"])]);
    proxy.swallowAnswers();
    const answer = store.append(1, [
      newRun("actor/1", 1, ["B", "C"], {
        waiting: waitingFor({ open: "[1]" }),
        requestKeys: [{ principal: "p", operation: "o", key: "k", requestHash: "h", eventIndex: 1 }],
      }),
      newRun("actor/1x", 5, ["X"]),
    ]);
    await eventually(async () => expect(await witness.head()).toBe(3));
    proxy.cut();
    const { recordedAt } = (await witness.read("actor/1", { fromVersion: 2 }))[0]!;
    expect(await answer).toEqual([{ outcome: "appended", firstPosition: 2, recordedAt }, { outcome: "conflict" }]);
    expect(await witness.head()).toBe(3);
    expect(await witness.waiting("actor/1")).toMatchObject({ open: "[1]" });
    // The run that was left out has left a gap.
    expect(await store.append(1, [newRun("actor/1", 3, ["D"])])).toMatchObject([{
      outcome: "appended",
      firstPosition: 5,
    }]);
  });

  test("is a conflict when the version is another's", async () => {
    await store.append(1, [newRun("actor/1", 0, ["A"])]);
    const release = await holdAppendLock();
    const answer = store.append(1, [newRun("actor/1", 1, ["mine"])]);
    await eventually(async () => expect(await appendingSessions()).toHaveLength(1));
    proxy.cut();
    const others = witness.append(2, [newRun("actor/1", 1, ["theirs"])]);
    await release();
    const outcomes = [...await others, ...await answer].map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(["appended", "conflict"]);
    expect(await witness.head()).toBe(2);
  });

  test("is found out when the server ends the session from its side", async () => {
    await store.append(1, [newRun("actor/1", 0, ["A"])]);
    const release = await holdAppendLock();
    const answer = store.append(1, [newRun("actor/1", 1, ["B"])]);
    await eventually(async () => expect(await appendingSessions()).toHaveLength(1));
    const [pid] = await appendingSessions();
    await database.query(`select pg_terminate_backend(${pid})`);
    await release();
    expect(await answer).toMatchObject([{ outcome: "appended", firstPosition: 2 }]);
    expect(await witness.head()).toBe(2);
  });

  test("cannot come back later and put an old waiting row over a newer one", async () => {
    await store.append(1, [newRun("actor/1", 0, ["A"])]);
    proxy.holdRequests();
    const first = store.append(1, [newRun("actor/1", 1, [], { waiting: waitingFor({ open: "[1]" }) })]);
    expect(await first).toMatchObject([{ outcome: "appended" }]);
    expect(await store.append(1, [newRun("actor/1", 1, [], { waiting: waitingFor({ open: "[2]" }) })])).toMatchObject([{
      outcome: "appended",
    }]);
    proxy.release();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await witness.waiting("actor/1")).toMatchObject({ open: "[2]" });
  });

  test("is waited for as long as it takes, and no longer than the store is open", async () => {
    await store.append(1, [newRun("actor/1", 0, ["A"])]);
    proxy.swallowAnswers();
    const answer = store.append(1, [newRun("actor/1", 1, ["B"])]).catch((error: unknown) => error);
    await eventually(async () => expect(await witness.head()).toBe(2));
    await proxy.refuse();
    const early = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 2_500, "still waiting"))]);
    expect(early).toBe("still waiting");
    await store.close();
    expect(await answer).toMatchObject({ code: "DEADLINE_EXCEEDED", message: expect.stringContaining("closed") });
  });
});

describe("an append that cannot have been stored", () => {
  test("is rejected when the database does not come back", async () => {
    await store.append(1, [newRun("actor/1", 0, ["A"])]);
    await proxy.refuse();
    // What is sent before the client has noticed may have been stored, for all it knows.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await expect(store.append(1, [newRun("actor/1", 1, ["B"])])).rejects.toMatchObject({
      code: "UNAVAILABLE",
      retryable: true,
    });
    expect(await witness.head()).toBe(1);
  });

  test("is rejected as overloaded when the append lock is not free in time", async () => {
    await holdAppendLock();
    await expect(witness.append(1, [newRun("actor/1", 0, ["A"])])).rejects.toMatchObject({
      code: "OVERLOADED",
      retryable: true,
    });
  });

  test("is rejected with what to do when the database is not migrated", async () => {
    await database.query("drop function catch_up_positions");
    await expect(witness.append(1, [newRun("actor/1", 0, ["A"])])).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("npm run migrate"),
    });
  });
});

describe("appends that wait for the lock, and see what was before it", () => {
  const waiting = (node: number) => waitingFor({ open: `[${node}]` });
  const mine = { requestKeys: [{ principal: "p", operation: "o", key: "k", requestHash: "h", eventIndex: 0 }] };

  /** Two nodes append while somebody has the lock. */
  async function both(...runs: [first: AppendRun[], second: AppendRun[]]) {
    await Promise.all([store, witness].map((each, node) => each.append(node, [newRun(`old/${node}`, 0, ["A"])])));
    const release = await holdAppendLock();
    const answers = [store, witness].map((each, node) => each.append(node + 1, runs[node]!));
    await eventually(async () => expect(await appendingSessions()).toHaveLength(2));
    await release();
    return (await Promise.all(answers)).map((results) => results.map(({ outcome }) => outcome)).toSorted();
  }

  test.each([
    ["one event each", []],
    ["groups", ["other"]],
  ])("have one winner a version, whose waiting row stands: %s", async (_, others) => {
    const runsOf = (node: number) => [
      newRun("new/1", 0, [`by ${node}`], { waiting: waiting(node) }),
      ...others.map((name) => newRun(`${name}/${node}`, 0, ["B"])),
    ];
    const appended = others.map(() => "appended");
    expect(await both(runsOf(1), runsOf(2))).toEqual([["appended", ...appended], ["conflict", ...appended]]);
    const [event, ...more] = await witness.read("new/1");
    expect(more).toEqual([]);
    expect(await witness.waiting("new/1")).toMatchObject({ open: `[${event!.type.slice(-1)}]` });
    const log = await witness.readAll({ after: 0, limit: 10 });
    expect(log.map(({ recordedAt }) => recordedAt)).toEqual(log.map(({ recordedAt }) => recordedAt).toSorted());
  });

  test("have one winner a request key", async () => {
    const outcomes = await both([newRun("new/1", 0, ["A"], mine)], [newRun("new/2", 0, ["A"], mine)]);
    expect(outcomes).toEqual([["appended"], ["keyTaken"]]);
    expect(await witness.findRequest(mine.requestKeys[0]!)).toBeDefined();
  });
});

test("a log that was restored without its sequence goes on after its last event", async () => {
  await witness.append(1, [newRun("actor/1", 0, ["A", "B", "C"])]);
  await database.query("select setval('event_positions', 1)");
  proxy.cut();
  expect(await store.append(1, [newRun("actor/1", 3, ["D"])])).toMatchObject([{ firstPosition: 4 }]);
});

test("a text that holds the separator of the call is invalid alone", async () => {
  const odd = newRun("odd/1", 0, [], { events: [newEvent("A", { state: "a\x1eb" })] });
  const results = await witness.append(1, [
    newRun("actor/1", 0, ["A"]),
    odd,
    newRun("odd\x1e/2", 0, ["A"]),
    newRun("odd\x1e/3", 0, []),
    { ...odd, stream: "odd/4", events: [newEvent("A", { data: '"\x1e"' })] },
    newRun("actor/2", 0, ["A"]),
  ]);
  expect(results.map(({ outcome }) => outcome)).toEqual([
    "appended",
    "invalid",
    "invalid",
    "invalid",
    "invalid",
    "appended",
  ]);
  expect((await witness.readAll({ after: 0, limit: 10 })).map(({ stream }) => stream)).toEqual(["actor/1", "actor/2"]);
});
