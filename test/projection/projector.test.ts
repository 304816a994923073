/** Projections on a real Postgres: several nodes, poison, and rebuilding while the log grows. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { createMetrics } from "../../src/kernel/metrics.ts";
import type { Projection } from "../../src/projection/projection.ts";
import { type Projector, startProjector } from "../../src/projection/projector.ts";
import { rebuildProjection } from "../../src/projection/rebuild.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { eventually } from "../support/eventually.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { newRun } from "../support/runs.ts";
import { tallied, TALLIES, tallies } from "../support/tallies.ts";

let database: TestDatabase;
let store: PostgresStore;
const projectors: Projector[] = [];

beforeEach(async () => {
  database = await freshDatabase();
  store = await openPostgresStore({ url: database.url });
  await database.query(TALLIES);
});
afterEach(async () => {
  await Promise.all(projectors.splice(0).map((projector) => projector.stop()));
  await store.close();
  await database.drop();
});

function start(projection: Projection, metrics = createMetrics()): Projector {
  const projector = startProjector({ store, projections: [projection], clock, logger, metrics });
  projectors.push(projector);
  return projector;
}

/** Appends two events to each of some streams, `rounds` times. */
async function append(streams: number, rounds: number, type = "A"): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const names = Array.from({ length: streams }, (_, n) => `actor/${n}`);
    const versions = await Promise.all(names.map(async (name) => (await store.read(name)).length));
    await store.append(1, names.map((name, n) => newRun(name, versions[n]!, [type, "B"])));
  }
}

async function caughtUp(projector: Projector): Promise<void> {
  await projector.reached(await store.head(), 10_000);
}

test("two nodes fold each event once between them, and both know how far the rows are", async () => {
  let applied = 0;
  const [a, b] = [start(tallies(() => void applied++)), start(tallies(() => void applied++))];
  for (let round = 0; round < 10; round++) {
    await append(20, 1);
    a.wake();
    b.wake();
    await Promise.all([caughtUp(a), caughtUp(b)]);
    expect(applied).toBe(await store.head());
  }
  const [row] = await store.query("select sum(count)::int as events from tallies");
  expect(row).toEqual({ events: await store.head() });
});

describe("poison", () => {
  test("is parked with the later events of its actor, while others flow, until it is redriven in order", async () => {
    await append(3, 2);
    let isBroken = true;
    const projection = tallies(({ stream, type }) => {
      if (isBroken && stream === "actor/1" && type === "A") throw new Error("it does not fit");
    });
    const metrics = createMetrics();
    const projector = start(projection, metrics);
    await caughtUp(projector);
    await append(3, 1);
    projector.wake();
    await caughtUp(projector);
    expect(await store.query("select stream, count from tallies order by stream")).toEqual([
      { stream: "actor/0", count: 6 },
      { stream: "actor/2", count: 6 },
    ]);
    expect(await store.readers()).toEqual([{ name: "tallies", position: 18, parked: 6 }]);
    expect(await store.deadLetters({ limit: 9 })).toMatchObject([
      { reason: "poison event", source: "tallies actor/1/1", attempts: 5 },
    ]);
    expect((await metrics.render()).text).toContain('statewright_projection_parked_events{projection="tallies"} 6');

    isBroken = false;
    await store.redriveParked("tallies");
    await append(3, 1);
    projector.wake();
    await caughtUp(projector);
    await eventually(async () => expect((await store.readers())[0]!.parked).toBe(0));
    const rows = await tallied(store);
    expect(await store.deadLetters({ limit: 9 })).toEqual([]);
    await rebuildProjection({ store, projection: tallies(), clock, logger });
    expect(await tallied(store)).toEqual(rows);
  });

  test("that is still poison when it is redriven stays parked", async () => {
    await append(2, 1);
    const projector = start(tallies(({ stream }) => {
      if (stream === "actor/1") throw new Error("it does not fit");
    }));
    await caughtUp(projector);
    expect(await store.redriveParked("tallies", "actor/1")).toBe(1);
    projector.wake();
    await eventually(async () => expect(await store.nextRedrive("tallies", 0)).toBeUndefined());
    expect(await store.readers()).toMatchObject([{ parked: 2 }]);
  });
});

describe("a rebuild", () => {
  test("gives the same bytes, and the same names, while the log grows and the old tables are read", async () => {
    const projector = start(tallies());
    const stopHints = await store.onAppended(() => projector.wake());
    await append(50, 20);
    await caughtUp(projector);
    const named = () =>
      database.query(
        `select indexdef from pg_indexes where tablename = 'tallies' and schemaname = 'public'
         union all select conname || pg_get_constraintdef(oid) from pg_constraint where conrelid = 'tallies'::regclass
         order by 1`,
      );
    const names = await named();
    let isLoaded = true;
    const seenHeads: number[] = [];
    const load = (async () => {
      while (isLoaded) {
        await append(10, 1);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    const reads = (async () => {
      // Never less than before: readers see the old rows or the new ones.
      for (let last = 0; isLoaded;) {
        const [row] = await store.query("select sum(count)::int as events from tallies");
        expect(row!["events"]).toBeGreaterThanOrEqual(last);
        last = row!["events"] as number;
      }
    })();
    for (let times = 0; times < 3; times++) {
      await rebuildProjection({
        store,
        projection: tallies(),
        clock,
        logger,
        onProgress: ({ position, head }) => {
          expect(position).toBeLessThanOrEqual(head);
          seenHeads.push(head);
        },
      });
    }
    isLoaded = false;
    await Promise.all([load, reads]);
    await caughtUp(projector);
    expect(seenHeads.length).toBeGreaterThanOrEqual(3);
    const rows = await tallied(store);
    expect(await named()).toEqual(names);
    expect(await store.readers()).toEqual([{ name: "tallies", position: await store.head(), parked: 0 }]);
    await rebuildProjection({ store, projection: tallies(), clock, logger });
    expect(await tallied(store)).toEqual(rows);
    await stopHints();
  });

  test("that dies leaves the old tables in use, and can be begun again", async () => {
    const projector = start(tallies());
    await append(5, 3);
    await caughtUp(projector);
    const before = await tallied(store);
    // Another process's, which never comes to its end.
    const dead = await store.beginRebuild("tallies", ["tallies"]);
    await store.fold(
      dead.reader,
      { limit: 7, schema: dead.schema },
      ({ transaction, events }) => tallies().apply(transaction, events),
    );
    expect(await tallied(store)).toEqual(before);
    await append(5, 1);
    projector.wake();
    await caughtUp(projector);

    await rebuildProjection({ store, projection: tallies(), clock, logger });
    expect(await store.query("select sum(count)::int as events from tallies")).toEqual([{ events: 40 }]);
    await expect(store.fold(dead.reader, { limit: 7, schema: dead.schema }, async () => {})).rejects
      .toMatchObject({ code: "NOT_FOUND" });
    const schemas = await database.query("select 1 from pg_namespace where nspname like 'rebuild%'");
    expect(schemas).toEqual([]);
  });

  test("parks what it cannot fold, in the place of what was parked before", async () => {
    const projector = start(tallies(({ stream }) => {
      if (stream === "actor/1") throw new Error("it does not fit");
    }));
    await append(4, 1);
    await caughtUp(projector);
    await projector.stop();
    const other = tallies(({ stream }) => {
      if (stream === "actor/2") throw new Error("this one does not");
    });
    await rebuildProjection({ store, projection: other, clock, logger });
    expect(await store.query("select stream from tallies order by stream")).toEqual(
      [{ stream: "actor/0" }, { stream: "actor/1" }, { stream: "actor/3" }],
    );
    expect(await store.deadLetters({ limit: 9 })).toMatchObject([{ source: "tallies actor/2/1" }]);
    expect(await store.parkedKeys("tallies", 0, 9)).toEqual(["actor/2"]);
  });
});
