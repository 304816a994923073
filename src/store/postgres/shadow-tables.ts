/** A projection's tables once more, empty, in a schema of their own, with a reader that folds into them. */
import { assert } from "../../kernel/assert.ts";
import { newId } from "../../kernel/ids.ts";
import type { Shadow } from "../read-models.ts";
import type { Query } from "./connection.ts";
import { forgetParked } from "./parking.ts";

type Purpose = "rebuild" | "verification";

/** Names that need no quotes, so that they can stand in SQL as they are. */
const NAME = /^[a-z_][a-z0-9_]{0,50}$/;

/** Throws away what an earlier one of the same purpose has left, and begins anew. */
export async function beginShadow(
  query: Query,
  purpose: Purpose,
  projection: string,
  tables: readonly string[],
): Promise<Shadow> {
  await endShadow(query, purpose, projection);
  const [schema, reader] = [schemaOf(purpose, projection), `${purpose} of ${projection} ${newId()}`];
  await query(`create schema ${schema}`);
  const home = await homeSchema(query);
  for (const table of tables) await copyTable(query, home, schema, table);
  await query("insert into checkpoints (reader, position) values ($1, 0)", [reader]);
  return { reader, schema };
}

/** Throws it away. One that is still at work finds its checkpoint gone, and ends. */
export async function endShadow(query: Query, purpose: Purpose, projection: string): Promise<void> {
  const rows = await query("delete from checkpoints where starts_with(reader, $1) returning reader", [
    `${purpose} of ${projection} `,
  ]);
  for (const { reader } of rows) await forgetParked(query, reader as string, 0);
  await query(`drop schema if exists ${schemaOf(purpose, projection)} cascade`);
}

function schemaOf(purpose: Purpose, projection: string): string {
  assert(NAME.test(projection), `a projection's name is a plain SQL name, not "${projection}"`);
  return `${purpose}_${projection}`;
}

/** Where the tables in use are: the first schema of the search path that exists, but for the shadow's own. */
export async function homeSchema(query: Query, not = ""): Promise<string> {
  const [row] = await query(
    "select quote_ident(name) as home from unnest(current_schemas(false)) as name where name <> $1 limit 1",
    [not],
  );
  return row!["home"] as string;
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
