/** Rebuilding a projection: its tables once more in a schema of their own, until they take the place of the old ones. */
import type postgres from "postgres";
import { assert } from "../../kernel/assert.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { ReadModels, Turn } from "../read-models.ts";
import type { Query } from "./connection.ts";
import { createEventReader } from "./event-log.ts";
import { forgetParked, handOverParked, readerTransaction } from "./parking.ts";
import { inSchema, parkedStreams } from "./reader-turn.ts";
import { inTransaction } from "./transaction.ts";

/** Names that need no quotes, so that they can stand in SQL as they are. */
const NAME = /^[a-z_][a-z0-9_]{0,50}$/;

export function createRebuilds(sql: postgres.Sql): Pick<ReadModels, "beginRebuild" | "finishRebuild"> {
  return {
    beginRebuild: (projection, tables) =>
      inTransaction(sql, async (query) => {
        const [schema, reader] = [schemaOf(projection), `rebuild of ${projection} ${newId()}`];
        await forgetRebuilds(query, projection);
        await query(`drop schema if exists ${schema} cascade`);
        await query(`create schema ${schema}`);
        const home = await homeSchema(query);
        for (const table of tables) await copyTable(query, home, schema, table);
        await query("insert into checkpoints (reader, position) values ($1, 0)", [reader]);
        return { reader, schema };
      }),

    finishRebuild: (projection, { reader, schema }, { tables, limit }, work) =>
      inTransaction(sql, async (query) => {
        // In this order, as every turn of the projection does: its checkpoint first, then its tables.
        const current = await lockCheckpoint(query, projection);
        const rebuilt = await lockCheckpoint(query, reader);
        const ahead = await createEventReader(query).readAll({ after: rebuilt, limit: limit + 1 });
        const events = ahead.filter(({ position }) => position <= current);
        if (events.length > limit) return false;
        const parked = await parkedStreams(query, reader);
        const turn: Turn = { transaction: readerTransaction(query, reader, 0), parked, events };
        if (events.length > 0) await inSchema(query, schema, turn, work);
        const home = await homeSchema(query, schema);
        for (const table of tables) {
          await query(`drop table ${home}.${table}`);
          await query(`alter table ${schema}.${table} set schema ${home}`);
        }
        await query(`drop schema ${schema}`);
        await forgetParked(query, projection, 0);
        await handOverParked(query, reader, projection);
        await query("delete from checkpoints where reader = $1", [reader]);
        const position = Math.max(current, rebuilt);
        await query("update checkpoints set position = $2 where reader = $1", [projection, position]);
        return true;
      }),
  };
}

function schemaOf(projection: string): string {
  assert(NAME.test(projection), `a projection's name is a plain SQL name, not "${projection}"`);
  return `rebuild_${projection}`;
}

/** Where the tables in use are: the first schema of the search path that exists, but for the rebuild's own. */
async function homeSchema(query: Query, not = ""): Promise<string> {
  const [row] = await query(
    "select quote_ident(name) as home from unnest(current_schemas(false)) as name where name <> $1 limit 1",
    [not],
  );
  return row!["home"] as string;
}

/** What an earlier rebuild has left. One that is still at work finds its checkpoint gone, and ends. */
async function forgetRebuilds(query: Query, projection: string): Promise<void> {
  const rows = await query("delete from checkpoints where starts_with(reader, $1) returning reader", [
    `rebuild of ${projection} `,
  ]);
  for (const { reader } of rows) await forgetParked(query, reader as string, 0);
}

async function lockCheckpoint(query: Query, reader: string): Promise<number> {
  const [row] = await query("select position from checkpoints where reader = $1 for update", [reader]);
  if (row === undefined) {
    throw new StatewrightError("NOT_FOUND", `There is no reader "${reader}" any more: another rebuild has begun`);
  }
  return Number(row["position"]);
}

/** With the names of its constraints and indexes, its owner and its grants: later migrations find what they expect. */
async function copyTable(query: Query, home: string, schema: string, table: string): Promise<void> {
  assert(NAME.test(table), `a projection's table has a plain SQL name, not "${table}"`);
  const [from, to] = [`${home}.${table}`, `${schema}.${table}`];
  await query(`create table ${to} (like ${from} including all excluding indexes)`);
  const constraints = await query(
    `select quote_ident(conname) || ' ' || pg_get_constraintdef(oid) as text
     from pg_constraint where conrelid = $1::text::regclass and contype in ('p', 'u', 'x') order by conname`,
    [from],
  );
  for (const { text } of constraints) await query(`alter table ${to} add constraint ${String(text)}`);
  const indexes = await query(
    `select pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = $1::text::regclass and not exists (select from pg_constraint where conindid = indexrelid)`,
    [from],
  );
  for (const { definition } of indexes) await query(String(definition).replace(/ ON \S+ USING /, ` ON ${to} USING `));
  const grants = await query(
    `select 'grant ' || privilege_type || ' on ' || $2 || ' to '
       || case grantee when 0 then 'public' else grantee::regrole::text end as statement
     from pg_class, aclexplode(relacl) where oid = $1::text::regclass and grantee <> relowner
     union all
     select 'alter table ' || $2 || ' owner to ' || relowner::regrole::text
     from pg_class where oid = $1::text::regclass and pg_get_userbyid(relowner) <> current_user`,
    [from, to],
  );
  for (const { statement } of grants) await query(statement as string);
}
