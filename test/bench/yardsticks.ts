/**
 * What the runtime is measured against, in the same run, on the same server and the same table.
 */
import postgres from "postgres";
import { type AnyMachineSnapshot, initialTransition, transition } from "xstate";
import { newId } from "../../src/kernel/ids.ts";
import { LIFE, parcel } from "./parcel.ts";

export type Sql = postgres.Sql;

export function connect(url: string, connections: number): Sql {
  return postgres(url, { max: connections, onnotice: () => {}, fetch_types: false });
}

/** The rows that the runtime would write for the life of a parcel. */
function rowsOfLife(id: string): string[][] {
  const timer = JSON.stringify([{
    kind: "timer",
    send: "xstate.after.3600000.parcel.reserving",
    event: { type: "xstate.after.3600000.parcel.reserving" },
    delayMs: 3_600_000,
  }]);
  return LIFE.map(({ type, ...data }, i) => {
    const metadata = JSON.stringify({
      id: newId(),
      correlation: `parcel/${id}/${i + 1}`,
      machine: "parcel@1#3f2a90c4d17b",
      node: 1,
    });
    return [
      `parcel/${id}`,
      String(i + 1),
      type,
      JSON.stringify(data),
      "reserving",
      timer,
      "0123456789abcdef",
      metadata,
    ];
  });
}

const COLUMNS = "stream, version, type, data, state, effects, snapshot_hash, metadata";
const TYPES = ["text", "int", "text", "json", "text", "json", "text", "json"];

/** A raw batched insert: one connection, the same table and lock, `batch` events a commit. Answers events/s. */
export async function rawInsert(sql: Sql, batch: number, total: number): Promise<number> {
  const columns = COLUMNS.split(", ");
  const values = columns.map((name, i) => `${name}::${TYPES[i]}`).join(", ");
  const lists = TYPES.map((_, i) => `string_to_array($${i + 1}, chr(30))`).join(", ");
  const insert = `with lock as materialized (select pg_advisory_xact_lock(7264190358)),
    head as materialized (select coalesce((select max(position) from events), 0) as head from lock)
    insert into events (position, recorded_at, append_id, ${COLUMNS})
    select head + n, clock_timestamp(), 'raw', ${values}
    from head, unnest(${lists}) with ordinality as row (${COLUMNS}, n)`;
  const batches: string[][] = [];
  for (let made = 0; made < total; made += batch) {
    // One event of each of `batch` parcels, as the runtime's groups are.
    const lives = Array.from({ length: batch }, () => rowsOfLife(newId()));
    for (let i = 0; i < LIFE.length && made + i * batch < total + batch; i++) {
      batches.push(TYPES.map((_, column) => lives.map((life) => life[i]![column]).join("\x1e")));
    }
    made += batch * (LIFE.length - 1);
  }
  const startedAt = performance.now();
  for (const parameters of batches) await sql.unsafe(insert, parameters, { prepare: true });
  return batches.length * batch / (performance.now() - startedAt) * 1_000;
}

/** What somebody writes by hand: XState's public transition, and one insert a commit. Answers transitions/s and latencies in ms. */
export async function naive(
  sql: Sql,
  concurrency: number,
  total: number,
): Promise<{ perSecond: number; latenciesMs: number[] }> {
  const insert = `insert into events (position, recorded_at, append_id, ${COLUMNS})
    values (nextval('bench_positions'), clock_timestamp(), 'naive', ${
    TYPES.map((type, i) => `$${i + 1}::text::${type}`).join(", ")
  })`;
  const latenciesMs: number[] = [];
  let left = total;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (left > 0) {
      const id = newId();
      const rows = rowsOfLife(id);
      let snapshot: AnyMachineSnapshot | undefined;
      for (const [i, row] of rows.entries()) {
        if (left-- <= 0) return;
        const before = performance.now();
        [snapshot] = snapshot === undefined
          ? initialTransition(parcel.machine, { id, ...LIFE[0] })
          : transition(parcel.machine, snapshot, LIFE[i]!);
        await sql.unsafe(insert, row, { prepare: true });
        latenciesMs.push(performance.now() - before);
      }
    }
  }));
  return { perSecond: total / (performance.now() - startedAt) * 1_000, latenciesMs };
}
