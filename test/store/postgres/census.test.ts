import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMetrics } from "../../../src/kernel/metrics.ts";
import { reportCensus } from "../../../src/store/postgres/census.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());

async function samples(): Promise<Record<string, number>> {
  const metrics = createMetrics();
  reportCensus(metrics, { query: (sql) => database.query(sql) });
  const lines = (await metrics.render()).text.split("\n").filter((line) => line.startsWith("statewright_"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

describe("the census", () => {
  test("of an empty database is 0 throughout", async () => {
    expect(await samples()).toEqual({
      statewright_waiting_actors: 0,
      statewright_claimed_actors: 0,
      statewright_due_timers: 0,
      statewright_timer_lag_seconds: 0,
    });
  });

  test("counts who waits, who is looked after, what is due, and dead letters by reason", async () => {
    await database.query(`insert into waiting (stream, due, open, claimed_by) values
      ('lamp/1', now() - interval '90 s', '[]', null), ('lamp/2', now() + interval '1 h', '[]', null),
      ('lamp/3', null, '[]', 1)`);
    await database.query(`insert into dead_letters (reason, stream, source, attempts, detail) values
      ('late outcome', 's', 'a', 1, '{}'), ('late outcome', 's', 'b', 1, '{}'), ('message refused', 's', 'c', 1, '{}')`);
    const found = await samples();
    expect(found).toMatchObject({
      statewright_waiting_actors: 3,
      statewright_claimed_actors: 1,
      statewright_due_timers: 1,
      'statewright_dead_letters{reason="late outcome"}': 2,
      'statewright_dead_letters{reason="message refused"}': 1,
    });
    expect(found["statewright_timer_lag_seconds"]).toBeGreaterThanOrEqual(90);
    expect(found["statewright_timer_lag_seconds"]).toBeLessThan(600);
  });
});
