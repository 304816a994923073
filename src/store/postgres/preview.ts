/** A projection folded aside: into temporary copies of its tables, which hide the real ones and end with the transaction. */
import type postgres from "postgres";
import { assert } from "../../kernel/assert.ts";
import type { ReadModels } from "../read-models.ts";
import { inTransaction } from "./transaction.ts";

/** A name that needs no quotes. */
const NAME = /^[a-z_][a-z0-9_]{0,50}$/;

class Forgotten extends Error {}

export function createPreview(sql: postgres.Sql): Pick<ReadModels, "preview"> {
  return {
    async preview(tables, work) {
      const rows: Record<string, readonly string[]> = {};
      try {
        await inTransaction(sql, async (query) => {
          for (const table of tables) {
            assert(NAME.test(table), `${table} is a table's name`);
            await query(`create temporary table ${table} (like ${table} including all) on commit drop`);
          }
          await work({ query });
          for (const table of tables) {
            const found = await query(`select to_json(t)::text as row from pg_temp.${table} t`);
            rows[table] = found.map(({ row }) => row as string);
          }
          // Whatever else `work` has written is forgotten too.
          throw new Forgotten();
        });
      } catch (thrown) {
        if (!(thrown instanceof Forgotten)) throw thrown;
      }
      return rows;
    },
  };
}
