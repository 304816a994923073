/** Verifying a projection on a real Postgres: what is not the fold of the log is found, and by which event. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { type Projector, startProjector } from "../../src/projection/projector.ts";
import { verifyProjection } from "../../src/projection/verify.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { newRun } from "../support/runs.ts";
import { tallied, TALLIES, tallies } from "../support/tallies.ts";

let database: TestDatabase;
let store: PostgresStore;
let projector: Projector;

beforeEach(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
  await database.query(TALLIES);
});
afterEach(async () => {
  await projector.stop();
  await store.close();
  await database.drop();
});

async function start(projection = tallies()): Promise<void> {
  projector = startProjector({ store, projections: [projection], clock, logger });
  projector.wake();
  await projector.reached(await store.head(), 20_000);
}

/** Six events to each of 600 streams: more than one batch. */
async function append(from = 0, rounds = 3): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const names = Array.from({ length: 600 }, (_, n) => `actor/${n}`);
    await store.append(1, names.map((name) => newRun(name, from + round * 2, ["A", "B"])));
  }
}

test("a projection that has left an event out is found, with that event", async () => {
  await append();
  // A fold that forgets one event: the row stands where it stood before it.
  const forgetful = tallies();
  await start({
    ...forgetful,
    apply: (transaction, events) =>
      forgetful.apply(transaction, events.filter(({ stream, version }) => stream !== "actor/77" || version !== 6)),
  });
  const rows = await tallied(store);
  const verified = await verifyProjection({ store, projection: tallies() });
  expect(verified).toMatchObject({
    position: 3_600,
    parked: 0,
    differing: 1,
    differences: [{ table: "tallies", event: { stream: "actor/77", version: 6, type: "B" } }],
  });
  expect(JSON.parse(verified.differences[0]!.stored!)).toMatchObject({ stream: "actor/77", count: 5 });
  expect(JSON.parse(verified.differences[0]!.folded!)).toMatchObject({ stream: "actor/77", count: 6 });
  expect(await tallied(store)).toEqual(rows);
});

test("a projection is verified while it goes on, and while what it has parked is left out", async () => {
  await append();
  await start(tallies(({ stream }) => {
    if (stream === "actor/5") throw new Error("it does not fit");
  }));
  const growing = (async () => {
    for (let round = 3; round < 15; round++) {
      await append(round * 2, 1);
      projector.wake();
    }
  })();
  const verified = await verifyProjection({ store, projection: tallies() });
  expect(verified).toMatchObject({ differing: 0, differences: [] });
  expect(verified.parked).toBeGreaterThan(0);
  await growing;
});

test("an event that cannot be folded at all is named", async () => {
  await append();
  await start();
  const broken = tallies(({ stream, type }) => {
    if (stream === "actor/599" && type === "B") throw new Error("it does not fit");
  });
  await expect(verifyProjection({ store, projection: broken })).rejects.toMatchObject({
    code: "HISTORY_MISMATCH",
    message: "tallies cannot fold actor/599/2 (B): it does not fit",
  });
  expect(await store.readers()).toMatchObject([{ name: "tallies", parked: 0 }]);
  expect(await store.deadLetters({ limit: 1 })).toEqual([]);
});
