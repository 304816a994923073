/** `/readyz` over a real database: what each finding says, and which of them keep traffic away. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Readiness, readinessOf } from "../../../src/api/readiness.ts";
import { type CheckedParts, healthChecks } from "../../../src/cli/start/checks.ts";
import { systemClock as clock } from "../../../src/kernel/clock.ts";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import { silentLogger as logger } from "../../../src/kernel/logger.ts";
import { createInProcessBus } from "../../../src/messaging/in-process-bus.ts";
import { openPostgresStore, type PostgresStore } from "../../../src/store/postgres/postgres-store.ts";
import { freshDatabase, type TestDatabase } from "../../support/postgres.ts";

let database: TestDatabase;
let store: PostgresStore;
beforeEach(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

function ask(over: Partial<CheckedParts> = {}): Promise<Readiness> {
  const relay = { lag: async () => ({ positions: 0, seconds: 0 }) };
  const checks = healthChecks({ store, bus: createInProcessBus(logger), relay, projections: [], clock, ...over });
  return readinessOf(checks, { clock, logger });
}

const finding = ({ checks }: Readiness, name: string) => checks.find((check) => check.name === name);

test("all is well: each check says so", async () => {
  expect(await ask()).toEqual({
    status: "ready",
    checks: [
      { name: "store", ok: true, detail: expect.stringMatching(/^PostgreSQL \d+/) },
      { name: "migrations", ok: true, detail: "All are applied" },
      { name: "bus", ok: true, detail: "in-process" },
      { name: "relay", ok: true, detail: "Less than 1 s behind" },
      { name: "projections", ok: true, detail: "Less than 1 s behind" },
    ],
  });
});

test("a database that lacks migrations is not ready", async () => {
  await database.query("delete from schema_migrations where version = '0001'");
  const found = await ask();
  expect(found.status).toBe("notReady");
  expect(finding(found, "migrations")).toMatchObject({ ok: false, detail: "Pending: 0001_events.sql" });
});

test("a database that is migrated for the next version keeps no traffic away from those that run", async () => {
  await database.query("insert into schema_migrations values ('9999')");
  const found = await ask();
  expect(found.status).toBe("ready");
  expect(finding(found, "migrations")).toMatchObject({ ok: true, detail: "All, and newer ones: 9999" });
});

test("a bus that is away, and a relay and read models behind, are only a nuisance", async () => {
  const away = new StatewrightError("UNAVAILABLE", "NATS at 10.0.0.7 does not answer");
  await database.query(
    `insert into checkpoints (reader, position) values ('lists', 0);
     insert into events (position, stream, version, type, data, state, snapshot_hash, metadata, recorded_at, append_id)
     values (7, 'lamp/1', 1, 'Bought', '{}', '', '', '{}', clock_timestamp() - interval '1 minute', 'a')`,
  );
  const found = await ask({
    bus: { ...createInProcessBus(logger), ping: () => Promise.reject(away) },
    relay: { lag: async () => ({ positions: 1, seconds: 61 }) },
    projections: ["lists"],
  });
  expect(found.status).toBe("degraded");
  expect(finding(found, "bus")).toMatchObject({ ok: false, detail: "It does not answer" });
  expect(finding(found, "relay")).toMatchObject({ ok: false, detail: "61 s behind" });
  expect(finding(found, "projections")).toMatchObject({ ok: false, detail: expect.stringMatching(/^6\d s behind$/) });
});

test("a feed that nobody has ever fed is not well", async () => {
  expect(finding(await ask({ relay: { lag: async () => undefined } }), "relay")).toMatchObject({
    ok: false,
    detail: "Nobody has begun yet",
  });
});

test("a database that is gone is not ready, and says nothing of where it was", async () => {
  const gone = await openPostgresStore({ url: database.url });
  await gone.close();
  const found = await ask({ store: gone });
  expect(found.status).toBe("notReady");
  expect(finding(found, "store")).toMatchObject({ ok: false, detail: "It does not answer" });
});
