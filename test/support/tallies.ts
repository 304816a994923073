/** A read model of any log, for tests: per stream how many events, and a digest that depends on each and on their order. */
import { createHash } from "node:crypto";
import type { Projection } from "../../src/projection/projection.ts";
import type { Transaction } from "../../src/store/transaction.ts";

export const TALLIES = `
  create table tallies (
    stream text constraint tallies_key primary key,
    count integer not null default 0 check (count >= 0),
    digest text not null
  );
  create index tallies_by_count on tallies (count desc) include (stream)`;

/** @param before called for each event before it is folded; may throw */
export function tallies(
  before: (event: { stream: string; type: string }) => void | Promise<void> = () => {},
): Projection {
  return {
    name: "tallies",
    types: ["actor"],
    tables: ["tallies"],
    async apply(transaction, events) {
      const streams = JSON.stringify([...new Set(events.map(({ stream }) => stream))]);
      const known = await transaction.query(
        "select * from tallies where stream in (select json_array_elements_text($1::text::json))",
        [streams],
      );
      const rows = new Map(known.map((row) => [row["stream"], { count: Number(row["count"]), digest: row["digest"] }]));
      for (const event of events) {
        await before(event);
        const { count, digest } = rows.get(event.stream) ?? { count: 0, digest: "" };
        const next = createHash("md5").update(`${digest} ${event.version} ${event.type}`).digest("hex");
        rows.set(event.stream, { count: count + 1, digest: next });
      }
      await transaction.query(
        `insert into tallies select * from json_to_recordset($1::text::json) as r (stream text, count integer, digest text)
         on conflict (stream) do update set count = excluded.count, digest = excluded.digest`,
        [JSON.stringify([...rows].map(([stream, row]) => ({ stream, ...row })))],
      );
    },
  };
}

export async function tallied(readModels: Transaction): Promise<unknown[]> {
  return await readModels.query("select t::text from tallies t order by stream");
}
