/**
 * A process that is stopped (SIGSTOP) for longer than others take it for alive, and then goes on as if nothing had
 * happened: it is not the only one any more, and nothing it does may harm what others did meanwhile.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerActors } from "../../../src/runtime/register.ts";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import type { StoredEvent } from "../../../src/store/store.ts";
import { eventually } from "../../support/eventually.ts";
import { flawsOf, histories, types } from "../../support/histories.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";
import { killPrograms } from "../../support/programs.ts";
import { toyActors } from "../../support/toy-actors.ts";
import { type Answered, startToyProcess, type ToyProcess } from "../../support/toy-process.ts";
import { startWitness, type Witness } from "../../support/witness.ts";

const GATES = Array.from({ length: 10 }, (_, i) => `gate/g${i}`);
/** Longer than the 8 s after which a node counts as dead. */
const STOPPED_MS = 8_500;

let database: TestDatabase;
let store: PostgresStore;
let witness: Witness;
let [one, two]: ToyProcess[] = [];
/** What the processes have said, by message id. */
const answers = new Map<string, Answered>();
let askedBeforeWaking = 0;
let log: Map<string, StoredEvent[]>;

/** Tells every gate to count, under a message id of its own. */
const count = (node: ToyProcess, round: string) =>
  Promise.all(GATES.map(async (gate) => {
    const messageId = `${round}.${gate}`;
    answers.set(messageId, await node.propose(gate, { type: "Counted", by: 1 }, { messageId }));
  }));

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url, connections: 2 });
  witness = await startWitness(({ pid }) => pid === one?.program.pid ? { error: "not yet" } : { output: "done" });
  one = await startToyProcess(database.url, { nodeId: "one", witness: witness.url });
  await Promise.all(GATES.map((gate) => one!.propose(gate, { type: "Built" })));
  await one.propose("alarm/bell", { type: "Made" });
  await count(one, "before");
  await one.propose("worker/w", { type: "Hired" });
  await eventually(() => expect(witness.asked.length).toBeGreaterThan(0));

  one.program.kill("SIGSTOP");
  // It hears of these only when it goes on.
  const toTheDeaf = Promise.all([
    count(one, "deaf"),
    one.propose("worker/w", { type: "Abandoned" }),
    one.propose("gate/unseen", { type: "Counted", by: 1 }),
  ]);
  await pause(STOPPED_MS);
  two = await startToyProcess(database.url, { nodeId: "two", witness: witness.url });
  await count(two, "meanwhile");
  await two.propose("gate/unseen", { type: "Built" });
  await two.propose("alarm/bell", { type: "Set", ms: 4_000 });
  await eventually(async () => expect(types(await store.read("worker/w"))).toEqual(["Hired", "ActivityCompleted"]));
  askedBeforeWaking = witness.asked.length;
  // From here on only the one that was stopped can do anything.
  await two.kill();
  one.program.kill("SIGCONT");
  await toTheDeaf;
  await count(one, "after");
  await eventually(async () => expect(types(await store.read("alarm/bell"))).toHaveLength(3)).catch(() => {});
  log = await histories(store);
}, 60_000);

afterAll(async () => {
  await killPrograms();
  await Promise.all([store.close(), witness.close()]);
  await database.drop();
});

describe("a process that was stopped and goes on", () => {
  it("appends nothing that conflicts: histories are dense, told once, and in the order of their nodes", async () => {
    expect(await flawsOf(store, registerActors(toyActors("")))).toEqual([]);
  });

  it("has each command that anybody acknowledged in the log, once, where it was said to be", () => {
    expect(answers.size).toBe(4 * GATES.length);
    for (const [messageId, { outcome, version }] of answers) {
      expect(outcome).toBe("accepted");
      const stream = messageId.slice(messageId.indexOf(".") + 1);
      const places = log.get(stream)!.filter(({ metadata }) => JSON.parse(metadata).id === messageId);
      expect(places.map((row) => row.version)).toEqual([version]);
    }
    for (const gate of GATES) expect(log.get(gate)).toHaveLength(5);
  });

  it("answers from what others have written, not from what it remembers", async () => {
    expect((await one!.look("gate/g0"))?.context.total).toBe(4);
    expect(await one!.look("worker/w")).toMatchObject({ state: "finished", context: { answer: "done" } });
  });

  it("fires the timer that another one has set meanwhile", () => {
    expect(types(log.get("alarm/bell"))).toEqual(["Made", "Set", "TimerFired"]);
  });

  it("checks that the work is still its own before it asks for it again", () => {
    expect(witness.asked.slice(askedBeforeWaking)).toEqual([]);
  });
});
