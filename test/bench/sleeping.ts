/** What actors cost that only wait: nothing of them may be in memory. */
import { setTimeout as pause } from "node:timers/promises";
import { createRuntime } from "../../src/runtime/runtime.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { Figure } from "./figures.ts";
import { parcel } from "./parcel.ts";
import type { BenchServer } from "./server.ts";
import { connect } from "./yardsticks.ts";

const SLEEPING = 1_000_000;
/** Long enough for what a node looks at when it starts and every second after. */
const AWAKE_MS = 5_000;

/** A log with a million actors, each with one event and a timer that is due tomorrow; some of a dead node's. */
const FALL_ASLEEP = `
  insert into events (position, recorded_at, version, stream, type, data, state, effects, snapshot_hash, metadata, append_id)
  select n, now(), 1, 'parcel/' || n, 'ParcelOrdered', '{"customerId":"c","total":"1"}', 'reserving',
    '[{"kind":"timer","send":"xstate.after.3600000.parcel.reserving","event":{"type":"xstate.after.3600000.parcel.reserving"},"delayMs":3600000}]',
    '0123456789abcdef', '{"correlation":"parcel/1/1","machine":"parcel@1#3f2a90c4d17b","node":1}', 'asleep'
  from generate_series(1, ${SLEEPING}) as n;
  insert into waiting (stream, due, open)
  select 'parcel/' || n, now() + interval '1 day', '[{"effect":"1/0","kind":"timer","what":"xstate.after.3600000.parcel.reserving"}]'
  from generate_series(1, ${SLEEPING}) as n;
  analyze`;

export async function sleepingFigures(server: BenchServer): Promise<Figure[]> {
  return await server.withDatabase(async (url) => {
    const sql = connect(url, 1);
    await sql.unsafe(FALL_ASLEEP);
    await sql.end();
    const before = usedHeap();
    const store = await openPostgresStore({ url });
    const runtime = createRuntime({ store, actors: [parcel], nodeId: "sleepless" });
    const cpu = process.cpuUsage();
    await runtime.start();
    await pause(AWAKE_MS);
    const { user, system } = process.cpuUsage(cpu);
    const bytes = Math.max(0, usedHeap() - before) / SLEEPING;
    await runtime.stop(0);
    await store.close();
    return [
      { name: "sleeping-actor-bytes", value: bytes, unit: "bytes", floor: 10, aim: 1, better: "lower" },
      {
        name: "sleeping-million-cpu",
        value: (user + system) / 10 / AWAKE_MS,
        unit: "% of a core",
        floor: 10,
        aim: 5,
        better: "lower",
      },
    ];
  });
}

function usedHeap(): number {
  // Deno's types know no garbage collector that can be asked.
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}
