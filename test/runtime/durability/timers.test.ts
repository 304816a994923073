/** Ten thousand timers are overdue when a process starts, and it has commands to answer. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerActors } from "../../../src/runtime/register.ts";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import { storeOverdueAlarms } from "../../support/overdue.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";
import { killPrograms } from "../../support/programs.ts";
import { alarm } from "../../support/toys-effects.ts";
import { startToyProcess } from "../../support/toy-process.ts";

const TIMERS = 10_000;

let database: TestDatabase;
let store: PostgresStore;
/** How long each command took, while timers were still firing. */
const latenciesMs: number[] = [];
let firedAtFirstAnswer = 0;

const fired = async () => {
  const [row] = await database.query("select count(*)::int as n from events where type = 'TimerFired'");
  return row!["n"] as number;
};

beforeAll(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url, connections: 2 });
  await storeOverdueAlarms(store, registerActors([alarm]).get("alarm")!, TIMERS);
  const node = await startToyProcess(database.url, { nodeId: "one", witness: "" });
  // Each command wakes an actor up or tells one that is awake, one after the other.
  for (let i = 0, all = 0; all < TIMERS; i++) {
    const startedAt = performance.now();
    const gate = `gate/g${i % 50}`;
    const { outcome } = await node.propose(gate, i < 50 ? { type: "Built" } : { type: "Counted", by: 1 });
    latenciesMs.push(performance.now() - startedAt);
    expect(outcome).toBe("accepted");
    if (i % 10 !== 0) continue;
    all = await fired();
    if (i === 0) firedAtFirstAnswer = all;
  }
}, 60_000);

afterAll(async () => {
  await killPrograms();
  await store.close();
  await database.drop();
});

describe("10,000 timers that are overdue at the start", () => {
  it("all fire, each once", async () => {
    const rows = await database.query(
      "select stream from events where type = 'TimerFired' group by stream having count(*) = 1",
    );
    expect(rows).toHaveLength(TIMERS);
    expect(await fired()).toBe(TIMERS);
    expect(await database.query("select stream from waiting where stream like 'alarm/%'")).toEqual([]);
    expect(await store.deadLetters({ limit: 5 })).toEqual([]);
  });

  it("do not starve commands", () => {
    expect(firedAtFirstAnswer).toBeLessThan(TIMERS);
    expect(latenciesMs.length).toBeGreaterThan(20);
    expect(Math.max(...latenciesMs)).toBeLessThan(5_000);
  });
});
