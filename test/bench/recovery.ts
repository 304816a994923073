/** Figures about waking up and staying in memory. */
import { newId } from "../../src/kernel/ids.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import type { PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { type Figure, median } from "./figures.ts";
import { LIFE, parcel } from "./parcel.ts";
import type { BenchServer } from "./server.ts";
import { connect } from "./yardsticks.ts";

const ACTORS = 2_000;
const AT_ONCE = 8;
const ROUNDS = 5;

export async function recoveryFigures(server: BenchServer): Promise<Figure[]> {
  return await server.withRuntime([parcel], async (runtime, store, url) => {
    const ids = await liveThrough(runtime);
    // So that those who wake them are alone.
    await runtime.stop(100);
    const shares: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const read = await readRows(url, ids);
      shares.push(await rebuild(store, ids) / read);
    }
    const bytes = await onColdNode(store, (cold) => heapPerActor(cold, ids));
    return [
      {
        name: "replay-share",
        value: median(shares),
        unit: "of reading the rows",
        floor: 0.4,
        aim: 0.6,
        better: "higher",
      },
      { name: "heap-bytes-per-actor", value: bytes, unit: "bytes", floor: 1_200, aim: 600, better: "lower" },
    ];
  });
}

async function liveThrough(runtime: Runtime): Promise<string[]> {
  const ids = Array.from({ length: ACTORS }, () => newId());
  await Promise.all(ids.map(async (id) => {
    for (const event of LIFE.slice(0, 5)) await runtime.actor("parcel", id).propose(event);
  }));
  return ids;
}

/** Actors whose rows the bare driver reads, a second. */
async function readRows(url: string, ids: readonly string[]): Promise<number> {
  const sql = connect(url, AT_ONCE);
  const perSecond = await eightAtOnce(
    ids,
    (id) => sql.unsafe("select * from events where stream = $1 order by version", [`parcel/${id}`], { prepare: true }),
  );
  await sql.end();
  return perSecond;
}

/** Actors woken up from the store, a second. */
async function rebuild(store: PostgresStore, ids: readonly string[]): Promise<number> {
  return await onColdNode(store, (runtime) => eightAtOnce(ids, (id) => runtime.actor("parcel", id).snapshot()));
}

async function onColdNode<T>(store: PostgresStore, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const runtime = createRuntime({ store, actors: [parcel], nodeId: "cold", maxResident: 1_000_000 });
  await runtime.start();
  try {
    return await work(runtime);
  } finally {
    await runtime.stop(100);
  }
}

async function eightAtOnce(ids: readonly string[], work: (id: string) => Promise<unknown>): Promise<number> {
  const waiting = [...ids];
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await work(id);
  }));
  return ids.length / (performance.now() - startedAt) * 1_000;
}

async function heapPerActor(runtime: Runtime, ids: readonly string[]): Promise<number> {
  // Deno's types know no garbage collector that can be asked.
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Run it as `npm run bench`, which exposes the garbage collector");
  const collect = () => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  // The first few pay for what all share.
  await Promise.all(ids.slice(0, 200).map((id) => runtime.actor("parcel", id).snapshot()));
  const before = collect();
  for (let i = 200; i < ids.length; i += 100) {
    await Promise.all(ids.slice(i, i + 100).map((id) => runtime.actor("parcel", id).snapshot()));
  }
  const bytes = (collect() - before) / (ids.length - 200);
  await runtime.actor("parcel", ids[0]!).snapshot();
  return bytes;
}
