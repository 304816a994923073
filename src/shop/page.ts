/** Pages of a read model's rows, by key for who reads on and by number for who leafs. */
import type { Transaction } from "../projection/projection.ts";

/** Which part of a list: after a key, or after a number of rows. */
export interface Slice {
  /** The key at which the page before ended. */
  readonly after?: number | undefined;
  /** Rows to leave out. */
  readonly skip?: number | undefined;
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The key to go on after, or undefined at the end. */
  readonly next: number | undefined;
}

/** A page that can be gone on after any of its items. */
export interface KeyedPage<Item> extends Page<Item> {
  /** The key of each item. */
  readonly keys: readonly number[];
}

/** Rows of one table. Names and conditions are the shop's own text, values are parameters. */
export interface RowQuery {
  readonly table: string;
  readonly columns: string;
  /** A unique column of numbers. */
  readonly key: string;
  readonly newestFirst: boolean;
  /** A condition that holds for all of the list. */
  readonly always?: string;
  /** Conditions with one `?` each; those without a value do not count. */
  readonly where: readonly (readonly [condition: string, value: string | number | undefined])[];
}

/** The rows of one page. */
export async function readPage<Item>(
  readModel: Transaction,
  query: RowQuery,
  { after, skip = 0, limit }: Slice,
  itemOf: (row: Record<string, unknown>) => Item,
): Promise<KeyedPage<Item>> {
  const { table, columns, key, newestFirst, where } = query;
  const from: RowQuery["where"] = [[`${key} ${newestFirst ? "<" : ">"} ?::bigint`, after]];
  const { sql, values } = conditions({ ...query, where: [...where, ...from] });
  const rows = await readModel.query(
    `select ${columns}, ${key}::text as key from ${table} ${sql} order by ${key} ${newestFirst ? "desc" : "asc"}
     limit $${values.length + 1}::bigint offset $${values.length + 2}::bigint`,
    [...values, String(limit + 1), String(skip)],
  );
  const shown = rows.slice(0, limit);
  const keys = shown.map(({ key }) => Number(key));
  return { items: shown.map(itemOf), keys, next: rows.length > limit ? keys.at(-1) : undefined };
}

/** How many rows there are on all pages together. */
export async function countRows(readModel: Transaction, query: RowQuery): Promise<number> {
  const { sql, values } = conditions(query);
  const [row] = await readModel.query(`select count(*)::text as count from ${query.table} ${sql}`, values);
  return Number(row?.["count"] ?? 0);
}

function conditions({ always = "true", where }: RowQuery): { sql: string; values: string[] } {
  const present = where.flatMap(([condition, value]) =>
    value === undefined ? [] : [[condition, String(value)] as const]
  );
  const texts = present.map(([condition], at) => condition.replace("?", `$${at + 1}`));
  return {
    sql: `where ${[always, ...texts].join(" and ")}`,
    values: present.map(([, value]) => value),
  };
}

/** A time column as text: milliseconds since the epoch, because drivers differ in what they make of times. */
export function milliseconds(column: string): string {
  return `floor(extract(epoch from ${column}) * 1000)::bigint::text as ${column}`;
}
