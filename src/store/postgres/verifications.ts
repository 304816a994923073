/** Verifying a projection: the rows in use beside those of its shadow, seen at one moment, with nobody kept waiting. */
import type postgres from "postgres";
import { assert } from "../../kernel/assert.ts";
import type { Comparison, ReadModels, RowDifference, Shadow, Turn } from "../read-models.ts";
import type { Query } from "./connection.ts";
import { createEventReader } from "./event-log.ts";
import { readerTransaction } from "./parking.ts";
import { inSchema } from "./reader-turn.ts";
import { beginShadow, endShadow, homeSchema } from "./shadow-tables.ts";
import { inTransaction } from "./transaction.ts";

type Verifications = Pick<
  ReadModels,
  "beginVerification" | "compareRows" | "rowOf" | "endVerification" | "parkedPositions"
>;

export function createVerifications(sql: postgres.Sql, query: Query): Verifications {
  return {
    beginVerification: (projection, tables) =>
      inTransaction(sql, (query) => beginShadow(query, "verification", projection, tables)),

    compareRows: (projection, shadow, options, work) =>
      inTransaction(sql, (query) => compareRows(query, projection, shadow, options, work)),

    async rowOf(transaction, { table, key }) {
      const columns = Object.keys(JSON.parse(key) as object).join(", ");
      const [row] = await transaction.query(
        `select to_json(t)::text as row from ${table} t
         where (${columns}) = (select ${columns} from json_populate_record(null::${table}, $1::text::json))`,
        [key],
      );
      return (row?.["row"] ?? null) as string | null;
    },

    endVerification: (projection) => inTransaction(sql, (query) => endShadow(query, "verification", projection)),

    parkedPositions: (reader) => parkedPositions(query, reader),
  };
}

async function compareRows(
  query: Query,
  projection: string,
  { reader, schema }: Shadow,
  { tables, limit, most }: Parameters<ReadModels["compareRows"]>[2],
  work: (turn: Turn) => Promise<void>,
): Promise<Comparison | undefined> {
  // One snapshot for checkpoint, log and rows; the locks come before it, so that the tables are those it sees.
  await query("set transaction isolation level repeatable read");
  for (const table of tables) await query(`lock table ${table} in access share mode`);
  const position = await checkpointOf(query, projection);
  const after = await checkpointOf(query, reader);
  const behind = await createEventReader(query).readAll({ after, limit: limit + 1 });
  const events = behind.filter((event) => event.position <= position);
  if (events.length > limit) return undefined;
  const home = await homeSchema(query, schema);
  await inSchema(
    query,
    schema,
    { transaction: readerTransaction(query, reader, 0), parked: new Set(), events },
    work,
  );
  let differing = 0;
  const differences: RowDifference[] = [];
  for (const table of tables) {
    const rows = await differingRows(query, { table, home, schema, limit: most - differences.length });
    differing += Number(rows[0]?.["differing"] ?? 0);
    differences.push(...rows.slice(0, most - differences.length).map((row) => differenceOf(table, row)));
  }
  return { position, parked: await parkedPositions(query, projection), differing, differences };
}

async function checkpointOf(query: Query, reader: string): Promise<number> {
  const [row] = await query("select position from checkpoints where reader = $1", [reader]);
  return Number(row?.["position"] ?? 0);
}

async function parkedPositions(query: Query, reader: string): Promise<number[]> {
  const rows = await query("select position from parked where reader = $1 order by position", [reader]);
  return rows.map(({ position }) => Number(position));
}

interface Tables {
  readonly table: string;
  readonly home: string;
  readonly schema: string;
  readonly limit: number;
}

/** At least one, if there is any, since each says how many there are. */
async function differingRows(query: Query, { table, home, schema, limit }: Tables): Promise<Record<string, unknown>[]> {
  const key = await keyOf(query, `${home}.${table}`);
  const rows = (from: string) =>
    `select json_build_object(${key})::jsonb as key, to_json(t)::text as row from ${from}.${table} t`;
  return await query(
    `select count(*) over () as differing, coalesce(stored.key, folded.key)::text as key, stored.row as stored, folded.row as folded
     from (${rows(home)}) as stored full join (${rows(schema)}) as folded on stored.key = folded.key
     where stored.row is distinct from folded.row order by 2 limit $1`,
    [Math.max(limit, 1)],
  );
}

/** `'id', t.id`, of the primary key. */
async function keyOf(query: Query, table: string): Promise<string> {
  const columns = await query(
    `select quote_literal(attname) || ', t.' || quote_ident(attname) as column
     from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
     where indrelid = $1::text::regclass and indisprimary`,
    [table],
  );
  assert(columns.length > 0, `${table} has no primary key, by which its rows could be compared`);
  return columns.map(({ column }) => column as string).join(", ");
}

function differenceOf(table: string, { key, stored, folded }: Record<string, unknown>): RowDifference {
  return { table, key: key as string, stored: stored as string | null, folded: folded as string | null };
}
