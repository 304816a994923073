/**
 * A process that never lives to see more than a few commits still gets everything done: it is killed after one of them,
 * before it has heard of it, or at one, before it is sent.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerActors } from "../../../src/runtime/register.ts";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import { eventually } from "../../support/eventually.ts";
import { expectDone, prepare } from "../../support/feature-runs.ts";
import { FEATURES } from "../../support/features.ts";
import { flawsOf } from "../../support/histories.ts";
import type { Death } from "../../support/mortal-store.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";
import { killPrograms } from "../../support/programs.ts";
import { toyActors } from "../../support/toy-actors.ts";
import { killNode, runToyNode, startToyProcess } from "../../support/toy-process.ts";
import { startWitness, type Witness } from "../../support/witness.ts";

const features = FEATURES.filter(({ afterwards }) => afterwards === undefined);
const DEATHS: readonly Death[] = [
  { moment: "after", append: 1 },
  { moment: "before", append: 2 },
  { moment: "after", append: 2 },
  { moment: "before", append: 3 },
];
const MAX_LIVES = 40;

let database: TestDatabase;
let store: PostgresStore;
let witness: Witness;
let lives = 0;

const CHILDREN_AT_WORK = ["boss/child", "boss/reply", "foreman/spawn"];
const waitingStreams = async () =>
  (await database.query("select stream from waiting order by stream")).map(({ stream }) => stream);
const isDone = () => expectDone(store, features).then(() => true, () => false);

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url, connections: 2 });
  witness = await startWitness(({ actor }) =>
    /^(worker.error|frail)/.test(actor) ? { error: "broken tools", final: true } : { output: actor }
  );
  const first = await startToyProcess(database.url, { nodeId: "one", witness: witness.url });
  await prepare(first, store, features);
  await first.last(features.map(({ intent }) => intent));
  while (!await isDone() && lives < MAX_LIVES) {
    const death = DEATHS[lives++ % DEATHS.length]!;
    const node = runToyNode(database.url, { nodeId: "one", witness: witness.url, death });
    let dead = false;
    void node.ended.then(() => dead = true);
    while (!dead && !await isDone()) await new Promise((resolve) => setTimeout(resolve, 20));
    await killNode(node);
  }
  // One more life, that nothing ends, clears up what is left.
  const last = await startToyProcess(database.url, { nodeId: "one", witness: witness.url });
  await eventually(async () => expect(await waitingStreams()).toEqual(CHILDREN_AT_WORK)).catch(() => {});
  await last.kill();
}, 60_000);

afterAll(async () => {
  await killPrograms();
  await Promise.all([store.close(), witness.close()]);
  await database.drop();
});

describe("a process killed at one commit after the other", () => {
  it("gets everything done all the same", async () => {
    await expectDone(store, features);
    expect(lives).toBeGreaterThanOrEqual(DEATHS.length);
  });

  it("leaves histories that are dense, told once, and proven by their replay", async () => {
    expect(await flawsOf(store, registerActors(toyActors("")))).toEqual([]);
  });

  it("asks for the same work under the same key", () => {
    expect(new Set(witness.asked.map(({ key }) => key))).toEqual(
      new Set(["frail/foreman_fault_2_hand/1/0", "worker/done/1/0", "worker/error/1/0"]),
    );
    expect(new Set(witness.asked.map(({ pid }) => pid)).size).toBeGreaterThan(1);
  });

  it("buries nothing: an outcome that was recorded before the crash is no late one", async () => {
    expect(await store.deadLetters({ limit: 10 })).toEqual([]);
  });

  it("waits for nothing but the children that are still at work", async () => {
    expect(await waitingStreams()).toEqual(CHILDREN_AT_WORK);
  });
});
