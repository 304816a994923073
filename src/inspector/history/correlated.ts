/**
 * The events that belong together, in whichever actor's stream they are. There is no index by correlation: the
 * messages of each stream tell which streams to look into next.
 */
import { streamOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { EventMetadata } from "../../runtime/actor-state.ts";
import type { Effect } from "../../runtime/effects.ts";
import { ms } from "../lists/list.ts";
import { effectsOfRow } from "./shown-effects.ts";

export interface CorrelatedRow {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly type: string;
  readonly state: string;
  /** The event's data, without what is large: `line`, `orderId` … */
  readonly data: Readonly<Record<string, unknown>>;
  readonly effects: readonly Effect[];
  readonly metadata: EventMetadata;
  readonly at: number;
}

export interface Correlated {
  /** In the order of the log. */
  readonly rows: readonly CorrelatedRow[];
  readonly correlations: readonly string[];
  /** False when there is more than is told. */
  readonly complete: boolean;
}

const MAX_ROWS = 2_000;
const MAX_STREAMS = 100;
const MAX_ROUNDS = 6;

const COLUMNS = `stream, version, position::text as position, type, state, data::text as data, effects::text as effects,
  metadata::text as metadata, ${ms("recorded_at")} as at`;

/** Everything of one actor, and what it led to elsewhere. */
export async function correlatedWith(readModels: Transaction, stream: string): Promise<Correlated> {
  const newest = await readModels.query(
    `select ${COLUMNS} from events where stream = $1 order by version desc limit ${MAX_ROWS / 2}`,
    [stream],
  );
  const rows = newest.map(rowOf).reverse();
  const correlations = [...new Set(rows.map(({ metadata }) => metadata.correlation))];
  const others = await follow(readModels, rows, correlations, new Set([stream]));
  return { correlations, ...together(rows, others), complete: others.complete && (rows[0]?.version ?? 1) === 1 };
}

/** Everything that has one correlation id. */
export async function correlatedBy(readModels: Transaction, correlation: string): Promise<Correlated> {
  const stream = correlation.slice(0, correlation.lastIndexOf("/"));
  const first = await readModels.query(
    `select ${COLUMNS} from events where stream = $1 and metadata->>'correlation' = $2
     order by version limit ${MAX_ROWS / 2}`,
    [stream, correlation],
  );
  const rows = first.map(rowOf);
  const others = await follow(readModels, rows, [correlation], new Set([stream]));
  return { correlations: [correlation], ...together(rows, others), complete: others.complete };
}

function together(rows: readonly CorrelatedRow[], others: { readonly rows: readonly CorrelatedRow[] }) {
  return { rows: [...rows, ...others.rows].toSorted((a, b) => a.position - b.position) };
}

async function follow(
  readModels: Transaction,
  start: readonly CorrelatedRow[],
  correlations: readonly string[],
  seen: Set<string>,
): Promise<{ rows: CorrelatedRow[]; complete: boolean }> {
  const found: CorrelatedRow[] = [];
  let latest = start;
  for (let round = 0; round < MAX_ROUNDS && latest.length > 0; round++) {
    const streams = [...new Set(latest.flatMap(targetsOf))].filter((stream) => !seen.has(stream));
    const next = streams.slice(0, MAX_STREAMS - seen.size);
    if (next.length === 0) return { rows: found, complete: streams.length === 0 };
    for (const stream of next) seen.add(stream);
    const rows = await readModels.query(
      `select ${COLUMNS} from events
       where stream = any (array(select json_array_elements_text($1::text::json))) and position > $2::bigint
         and metadata->>'correlation' = any (array(select json_array_elements_text($3::text::json)))
       order by events.position limit ${MAX_ROWS}`,
      [JSON.stringify(next), String(start[0]!.position), JSON.stringify(correlations)],
    );
    latest = rows.map(rowOf);
    found.push(...latest);
    if (found.length >= MAX_ROWS || next.length < streams.length) return { rows: found, complete: false };
  }
  return { rows: found, complete: latest.length === 0 };
}

function targetsOf({ effects }: CorrelatedRow): string[] {
  return effects.flatMap((effect) => effect.kind === "message" || effect.kind === "child" ? streamOf(effect.to) : []);
}

function rowOf(row: Record<string, unknown>): CorrelatedRow {
  return {
    stream: row["stream"] as string,
    version: row["version"] as number,
    position: Number(row["position"]),
    type: row["type"] as string,
    state: row["state"] as string,
    data: JSON.parse(row["data"] as string) as Record<string, unknown>,
    effects: effectsOfRow(row["effects"] as string | null),
    metadata: JSON.parse(row["metadata"] as string) as EventMetadata,
    at: row["at"] as number,
  };
}
