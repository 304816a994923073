/** Figures about reading whole histories again: proving them, and checking them on a changed machine. */
import { availableParallelism } from "node:os";
import { checkSlice } from "../../src/cli/histories/check-slice.ts";
import { overHistories } from "../../src/cli/histories/pool.ts";
import { replayable } from "../../src/runtime/replay.ts";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { newId } from "../../src/kernel/ids.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { rebuildProjection } from "../../src/projection/rebuild.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { orderSummaries } from "../../src/shop/projections/order-summaries.ts";
import type { PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { type Figure, median } from "./figures.ts";
import { LIFE, parcel, STEPPED_ACTORS, steppedActors } from "./parcel.ts";
import type { BenchServer } from "./server.ts";
import { listProducts, placeOrders, promptProvider } from "./shop-orders.ts";
import { connect } from "./yardsticks.ts";

const PARCELS = 40_000;
const AT_ONCE = 4_000;
const EVENTS = PARCELS * LIFE.length;
/** Positions whose histories are checked, and of one slice. */
const CHECKED = 30_000;
const SLICE = 2_500;
const ORDERS = 1_500;
const ROUNDS = 3;
const PAGE = 2_000;

export async function replayFigures(server: BenchServer): Promise<Figure[]> {
  const { replayed, checked } = await server.withRuntime(steppedActors(), ofActors);
  const rebuilt = await server.withRuntime(shopActors(promptProvider), ofProjection);
  return [
    {
      name: "replay-all-share",
      value: replayed,
      unit: `of reading, ${availableParallelism()} threads`,
      floor: 0.2,
      aim: 0.6,
      better: "higher",
    },
    { name: "check-speed", value: checked, unit: "events/s of CPU", floor: 25_000, aim: 50_000, better: "higher" },
    {
      name: "projection-share",
      value: rebuilt,
      unit: "of reading, one rebuild",
      floor: 0.4,
      aim: 0.9,
      better: "higher",
    },
  ];
}

async function ofActors(runtime: Runtime, store: PostgresStore, url: string) {
  await liveThrough(runtime);
  await store.query("analyze events");
  const [shares, speeds]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const read = await seconds(() => readRaw(url));
    shares.push(read / await seconds(() => proveAll(url)));
    speeds.push(await checkSpeed(store));
  }
  return { replayed: median(shares), checked: median(speeds) };
}

/** Events that one thread checks a second of its CPU time. */
async function checkSpeed(store: PostgresStore): Promise<number> {
  const registered = replayable(parcel);
  const upgrades = new Map([["parcel", { candidate: registered, baseline: registered }]]);
  const before = process.cpuUsage();
  let events = 0;
  for (let after = 0; after < CHECKED; after += SLICE) {
    const slice = { after, upTo: after + SLICE, head: EVENTS, type: null };
    events += (await checkSlice(store, upgrades, slice)).events;
  }
  const { user, system } = process.cpuUsage(before);
  return events / ((user + system) / 1_000_000);
}

/** A rebuild of the orders' read model, from its beginning to the swap, against reading the same log. */
async function ofProjection(runtime: Runtime, store: PostgresStore, url: string): Promise<number> {
  await placeOrders(runtime, await listProducts(runtime), ORDERS);
  await store.query("analyze events");
  const shares: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const read = await seconds(() => readRaw(url));
    shares.push(read / await seconds(() => rebuildProjection({ store, projection: orderSummaries, clock, logger })));
  }
  return median(shares);
}

async function liveThrough(runtime: Runtime): Promise<void> {
  for (let made = 0; made < PARCELS; made += AT_ONCE) {
    const ids = Array.from({ length: AT_ONCE }, () => newId());
    await Promise.all(ids.map(async (id) => {
      for (const event of LIFE) await runtime.actor("parcel", id).propose(event);
    }));
  }
}

/** What `statewright replay` does, from the start of its threads to their end. */
async function proveAll(url: string): Promise<void> {
  let proven = 0;
  const run = { url, job: { kind: "prove", actors: STEPPED_ACTORS }, after: 0, head: EVENTS, type: null } as const;
  for await (const { result } of overHistories(run)) {
    if (result.broken !== undefined) throw new Error(`${result.broken.row.stream} is not proven`);
    proven += result.events;
  }
  if (proven !== EVENTS) throw new Error(`${proven} of ${EVENTS} events were proven`);
}

/** The whole log through the bare driver, in pages, by one connection. */
async function readRaw(url: string): Promise<void> {
  const sql = connect(url, 1);
  for (let after = "0";;) {
    const rows = await sql.unsafe(
      "select * from events where position > $1 order by position limit $2",
      [after, PAGE],
      {
        prepare: true,
      },
    );
    if (rows.length < PAGE) break;
    after = rows.at(-1)!["position"] as string;
  }
  await sql.end();
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}
