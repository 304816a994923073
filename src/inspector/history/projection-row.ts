/** The actor's row in its read model: as it stands, or folded anew from its events up to a version. */
import { shopProjections } from "../../shop/projections/shop-projections.ts";
import type { InspectorDependencies } from "../dependencies.ts";
import { redact } from "../personal-fields.ts";
import type { Tape } from "./tapes.ts";

/** A longer history is not folded for one row. */
const MAX_EVENTS = 2_000;

export interface ProjectionRow {
  readonly table: string;
  /** Null: there is none (yet). */
  readonly row: unknown;
  /** `fold`: as it was at that version; `now`: as it stands, because the history is long. */
  readonly asOf: "fold" | "now";
}

type Parts = Pick<InspectorDependencies, "system" | "readModels" | "preview">;

/** Null when no read model tells of such actors. */
export async function projectionAt(
  { system, readModels, preview }: Parts,
  { ref, machine }: Tape,
  version: number,
  seesPersonal: boolean,
): Promise<ProjectionRow | null> {
  const projection = shopProjections.find(({ types }) => types.includes(ref.type));
  const table = projection?.tables[0];
  if (projection === undefined || table === undefined) return null;
  const shown = (text: unknown, asOf: ProjectionRow["asOf"]): ProjectionRow => {
    const row: unknown = text === undefined ? null : JSON.parse(text as string);
    return { table, row: seesPersonal ? row : redact(row, machine.personal), asOf };
  };
  if (version > MAX_EVENTS) {
    const [now] = await readModels.query(`select to_json(t)::text as row from ${table} t where id = $1`, [ref.id]);
    return shown(now?.["row"], "now");
  }
  const events = await system.actor(ref.type, ref.id).events({ limit: version });
  const rows = await preview(projection.tables, (transaction) => projection.apply(transaction, events));
  return shown(rows[table]?.[0], "fold");
}
