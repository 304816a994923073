/**
 * Each durable feature of XState, with a process that is killed between the intent and its outcome. All features share
 * one life: their intents are one commit, after which the process dies before it has told anybody.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Effect } from "../../../src/runtime/effects.ts";
import { recover } from "../../../src/runtime/recovery.ts";
import { registerActors } from "../../../src/runtime/register.ts";
import { refOf } from "../../../src/kernel/ids.ts";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import type { StoredEvent } from "../../../src/store/store.ts";
import { eventually } from "../../support/eventually.ts";
import { expectDone, prepare } from "../../support/feature-runs.ts";
import { FEATURES } from "../../support/features.ts";
import { flawsOf, histories, types } from "../../support/histories.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";
import { killPrograms } from "../../support/programs.ts";
import { startToys } from "../../support/start-toys.ts";
import { toyActors } from "../../support/toy-actors.ts";
import { startToyProcess, type ToyProcess } from "../../support/toy-process.ts";
import { startWitness, type Witness } from "../../support/witness.ts";

let database: TestDatabase;
let store: PostgresStore;
let witness: Witness;

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url, connections: 2 });
  witness = await startWitness(({ actor }) =>
    /^(worker.error|frail)/.test(actor) ? { error: "broken tools", final: true } : { output: `well done, ${actor}` }
  );
});
afterAll(async () => {
  await killPrograms();
  await Promise.all([store.close(), witness.close()]);
  await database.drop();
});

const registered = registerActors(toyActors(""));
const recovered = async (stream: string) => {
  const ref = refOf(stream);
  return (await recover(store, registered.get(ref.type)!, ref, stream)).committed!.state;
};

/** Tells the same stories to a node that nobody kills, in memory. */
async function uninterrupted(): Promise<Map<string, StoredEvent[]>> {
  const node = await startToys(toyActors(witness.url));
  for (const { before, intent, afterwards = [] } of FEATURES.filter(({ afterwards }) => afterwards)) {
    for (const { actor, event } of [...before, intent, ...afterwards]) {
      const { type, id } = refOf(actor);
      await node.tell(type, id, event);
    }
  }
  return histories(node.store);
}

async function tellAfterwards(node: ToyProcess): Promise<void> {
  for (const { actor, event } of FEATURES.flatMap(({ afterwards = [] }) => afterwards)) {
    expect(await node.propose(actor, event)).toMatchObject({ outcome: "accepted" });
  }
}

describe("a process killed between an intent and its outcome, and started again", () => {
  /** The log when the process was dead. */
  let atDeath: Map<string, StoredEvent[]>;
  let log: Map<string, StoredEvent[]>;

  beforeAll(async () => {
    const first = await startToyProcess(database.url, { nodeId: "one", witness: witness.url });
    await prepare(first, store, FEATURES);
    await first.last(FEATURES.map(({ intent }) => intent));
    atDeath = await histories(store);
    const second = await startToyProcess(database.url, { nodeId: "one", witness: witness.url });
    await tellAfterwards(second);
    // Each feature says for itself whether it got there.
    await eventually(() => expectDone(store, FEATURES)).catch(() => {});
    // Long enough for the bell that was cancelled, and for whatever might be told twice.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await second.kill();
    log = await histories(store);
  }, 60_000);

  it.each(FEATURES.map((feature) => [feature.name, feature] as const))("%s", (_, { intent, histories }) => {
    const { actor, event } = intent;
    expect(types(atDeath.get(actor)).at(-1)).toBe(event.type);
    for (const [stream, expected] of Object.entries(histories)) {
      expect([stream, ...types(log.get(stream))]).toEqual([stream, ...expected]);
    }
  });

  it("leaves histories that are dense, told once, and proven by their replay", async () => {
    expect(await flawsOf(store, registered)).toEqual([]);
    expect(await store.deadLetters({ limit: 10 })).toEqual([]);
  });

  it("asked for the work once the intent was durable, and never before", () => {
    expect(witness.asked.map(({ key }) => key).toSorted()).toEqual([
      "frail/foreman_fault_2_hand/1/0",
      "worker/done/1/0",
      "worker/error/1/0",
    ]);
  });

  it("arrives at the bytes of a node that was never killed", async () => {
    const bytes = (rows: readonly StoredEvent[] = []) => rows.map(({ state, snapshotHash }) => [state, snapshotHash]);
    const control = await uninterrupted();
    expect(control.size).toBe(4);
    for (const [stream, rows] of control) expect([stream, ...bytes(log.get(stream))]).toEqual([stream, ...bytes(rows)]);
  });

  it("hands outputs on as they were", async () => {
    expect(await recovered("worker/done")).toMatchObject({
      snapshot: { context: { answer: "well done, worker/done" } },
    });
    expect(await recovered("worker/error")).toMatchObject({
      snapshot: { context: { error: { message: "broken tools" } } },
    });
    expect(await recovered("boss/output")).toMatchObject({ snapshot: { context: { result: 42 } } });
    expect(await recovered("foreman/end")).toMatchObject({ path: "idle", snapshot: { context: { result: 42 } } });
    expect(await recovered("foreman/fault")).toMatchObject({ snapshot: { context: { fault: "broken tools" } } });
    expect(await recovered("pilgrim/asks")).toMatchObject({ snapshot: { context: { answers: [42] } } });
    expect(await recovered("exam/final")).toMatchObject({ snapshot: { status: "done", output: { mark: 14 } } });
    expect(await recovered("desk/parallel")).toMatchObject({ path: "tidy", snapshot: { status: "done" } });
    expect(await recovered("radio/history")).toMatchObject({ path: "on.tape.second" });
  });

  it("has what was emitted in the log, once", () => {
    const effects = log.get("herald/emit")!.flatMap((row) => JSON.parse(row.effects ?? "[]") as Effect[]);
    expect(effects).toEqual([{ kind: "emit", event: { type: "Cried", news: "peace", number: 1 } }]);
  });

  it("waits for nothing but the children that are still at work", async () => {
    const rows = await database.query("select stream, open::text as open from waiting order by stream");
    expect(rows.map(({ stream }) => stream)).toEqual(["boss/child", "boss/reply", "foreman/spawn"]);
    expect(rows.map(({ open }) => (JSON.parse(String(open)) as { kind: string }[]).map(({ kind }) => kind))).toEqual(
      [["child"], ["child"], ["child"]],
    );
  });
});
