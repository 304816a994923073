import type { Turn } from "../read-models.ts";
import type { Query } from "./connection.ts";

/** The streams of which a reader has set events aside. */
export async function parkedStreams(query: Query, reader: string): Promise<Set<string>> {
  const rows = await query("select distinct key from parked where reader = $1", [reader]);
  return new Set(rows.map(({ key }) => key as string));
}

/** Does the work of a turn with unqualified names looked up in a schema first. */
export async function inSchema(
  query: Query,
  schema: string | undefined,
  turn: Turn,
  work: (turn: Turn) => Promise<void>,
): Promise<void> {
  if (schema !== undefined) {
    await query(`select set_config('search_path', quote_ident($1) || ', ' || current_setting('search_path'), true)`, [
      schema,
    ]);
  }
  await work(turn);
}
