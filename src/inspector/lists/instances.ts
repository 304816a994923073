/** Where actors stand: counts and lists, by one query. */
import { refOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { Slice } from "../answering.ts";
import type { ChartModel } from "../chart/chart-model.ts";
import { type List, listOf, ms } from "./list.ts";

export interface Instance {
  readonly stream: string;
  readonly type: string;
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly position: number;
  /** When its newest event was stored. */
  readonly since: number;
  readonly lastEvent: string;
  readonly finished: boolean;
}

/**
 * The newest event of each actor of the type $1. It jumps from stream to stream, so that long streams cost no more
 * than short ones. "0" is the character after "/".
 */
const STANDING = `with recursive standing as (
  (select stream, version, position, type, state, recorded_at from events
   where stream >= $1 || '/' and stream < $1 || '0' order by stream desc, version desc limit 1)
  union all
  select newest.* from standing, lateral (
    select stream, version, position, type, state, recorded_at from events
    where stream >= $1 || '/' and stream < standing.stream order by stream desc, version desc limit 1) as newest
)`;

/** In the state $2, in something inside it, or anywhere when it is empty. */
const IN_STATE = `($2 = '' or exists (
  select from unnest(string_to_array(state, ' | ')) as leaf where leaf = $2 or starts_with(leaf, $2 || '.')))`;

/** How many actors of a type stand in each stored state. */
export async function countStanding(readModels: Transaction, type: string): Promise<ReadonlyMap<string, number>> {
  const rows = await readModels.query(
    `${STANDING} select state, count(*)::int as count from standing group by state order by state`,
    [type],
  );
  return new Map(rows.map(({ state, count }) => [state as string, count as number]));
}

/** Actors of a type that stand in a state (empty: in any), the latest change first. */
export async function listInstances(
  readModels: Transaction,
  { type, state, model }: { readonly type: string; readonly state: string; readonly model: ChartModel },
  slice: Slice,
): Promise<List<Instance>> {
  const [counted] = await readModels.query(
    `${STANDING} select count(*)::int as count from standing where ${IN_STATE}`,
    [type, state],
  );
  const rows = await readModels.query(
    `${STANDING} select stream, version, position::text as position, type, state, ${ms("recorded_at")} as since
     from standing where ${IN_STATE} and ($3::bigint is null or position < $3::bigint)
     order by standing.position desc limit $4::int`,
    [type, state, slice.after ?? null, slice.limit + 1],
  );
  return listOf(rows, slice, Number(counted!["count"]), instanceOf(model), ({ position }) => position as string);
}

export function instanceOf(model: ChartModel): (row: Record<string, unknown>) => Instance {
  const ends = new Set(model.states.flatMap(({ path, parent, kind }) => kind === "final" && parent === "" ? path : []));
  return (row) => ({
    stream: row["stream"] as string,
    ...refOf(row["stream"] as string),
    state: row["state"] as string,
    version: row["version"] as number,
    position: Number(row["position"]),
    since: row["since"] as number,
    lastEvent: row["type"] as string,
    finished: ends.has(row["state"] as string),
  });
}
