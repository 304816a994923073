/** What flows through a machine: how often each transition was taken, after how long a stay, and by whom. */
import type { Transaction } from "../../projection/projection.ts";
import { OUTCOME_NAMES } from "../../runtime/outcome-names.ts";
import type { Slice } from "../answering.ts";
import type { ChartEdge, ChartModel } from "../chart/chart-model.ts";
import { edgesTaken } from "../chart/edges-taken.ts";
import { type Instance, instanceOf } from "./instances.ts";
import { type List, listOf, ms } from "./list.ts";

export interface EdgeFlow {
  readonly id: string;
  readonly count: number;
  /** From the event before to the one that took it. */
  readonly medianDwellMs: number | null;
  readonly failures: number;
  readonly failureShare: number;
}

export interface Flow {
  readonly edges: readonly EdgeFlow[];
  /** What it was counted over: the newest events of the type. */
  readonly over: { readonly events: number; readonly complete: boolean };
}

const MAX_EVENTS = 50_000;

/** The newest events of the type $1, each with where its actor stood before. $2: the outcomes' names. */
const STEPS = `with recent as materialized (
  select stream, version, position, type, state, recorded_at,
    case when type = any (string_to_array($2, ',')) then data->'event'->>'type' else type end as event
  from events where stream >= $1 || '/' and stream < $1 || '0' order by position desc limit ${MAX_EVENTS}
), steps as (
  select recent.*, earlier.state as before, earlier.recorded_at as arrived
  from recent left join events as earlier on earlier.stream = recent.stream and earlier.version = recent.version - 1
)`;

/** A way from state to state, as the log tells it; `edges` are the transitions behind it. */
interface Way {
  readonly before: string | null;
  readonly event: string;
  readonly after: string;
  readonly edges: readonly string[];
}

const WAYS = `ways as (
  select way.before, way.event, way.after, edge
  from json_to_recordset($3::text::json) as way(before text, event text, after text, edges json),
    json_array_elements_text(way.edges) as edge
), taken as (
  select steps.*, ways.edge from steps join ways
  on ways.before is not distinct from steps.before and ways.event = steps.event and ways.after = steps.state
)`;

const OUTCOMES = [...OUTCOME_NAMES].join(",");

export async function countFlow(readModels: Transaction, type: string, model: ChartModel): Promise<Flow> {
  const { ways, events } = await waysOf(readModels, type, model);
  const rows = await readModels.query(
    `${STEPS}, ${WAYS} select edge, count(*)::int as count,
       percentile_cont(0.5) within group (order by extract(epoch from recorded_at - arrived) * 1000)::float8 as dwell
     from taken group by edge`,
    [type, OUTCOMES, JSON.stringify(ways)],
  );
  const byId = new Map(model.edges.map((edge) => [edge.id, edge]));
  const edges = rows.map((row): EdgeFlow => {
    const [id, count] = [row["edge"] as string, row["count"] as number];
    const edge = byId.get(id);
    const failures = edge !== undefined && isFailure(edge) ? count : 0;
    return { id, count, medianDwellMs: row["dwell"] as number | null, failures, failureShare: failures / count };
  });
  return { edges: edges.toSorted((a, b) => b.count - a.count), over: { events, complete: events < MAX_EVENTS } };
}

/** The actors that took a transition, among the events that {@link countFlow} counts, the latest first. */
export async function listTakers(
  readModels: Transaction,
  { type, edge, model }: { readonly type: string; readonly edge: string; readonly model: ChartModel },
  slice: Slice,
): Promise<List<Instance>> {
  const { ways } = await waysOf(readModels, type, model);
  const parameters = [type, OUTCOMES, JSON.stringify(ways.filter(({ edges }) => edges.includes(edge))), edge];
  const takers = `${STEPS}, ${WAYS}, takers as (
    select distinct on (stream) stream, version, position, type, state, recorded_at from taken
    where edge = $4 order by stream, version desc)`;
  const [counted] = await readModels.query(`${takers} select count(*)::int as count from takers`, parameters);
  const rows = await readModels.query(
    `${takers} select stream, version, position::text as position, type, state, ${ms("recorded_at")} as since
     from takers where $5::bigint is null or position < $5::bigint order by takers.position desc limit $6::int`,
    [...parameters, slice.after ?? null, slice.limit + 1],
  );
  return listOf(rows, slice, Number(counted!["count"]), instanceOf(model), ({ position }) => position as string);
}

async function waysOf(
  readModels: Transaction,
  type: string,
  model: ChartModel,
): Promise<{ ways: Way[]; events: number }> {
  const rows = await readModels.query(
    `${STEPS} select before, event, state as after, count(*)::int as count from steps group by 1, 2, 3`,
    [type, OUTCOMES],
  );
  const ways = rows.map((row): Way => {
    const [before, event, after] = [row["before"] as string | null, row["event"] as string, row["after"] as string];
    return { before, event, after, edges: edgesTaken(model, before ?? undefined, event, after) };
  });
  return { ways, events: rows.reduce((sum, { count }) => sum + Number(count), 0) };
}

/** Time ran out, work failed, or what was done has to be undone. */
export function isFailure({ kind, source, compensating, event }: ChartEdge): boolean {
  return kind === "error" || /(Failed|Declined|Denied|Refused|Timeout)$/.test(event) ||
    (kind === "delayed" && compensating) || (compensating && !source.startsWith("compensat"));
}
