/** Read models: rows and their reader's checkpoint in one transaction. */
import type postgres from "postgres";
import type { ReadModels, Transaction } from "../read-models.ts";
import { queryOn } from "./connection.ts";
import { storeError } from "./failures.ts";
import { inTransaction } from "./transaction.ts";

export function createReadModels(sql: postgres.Sql): ReadModels {
  return {
    query: queryOn(sql),

    advance: (reader, work) =>
      inTransaction(sql, async (query) => {
        const before = await lockCheckpoint(query, reader);
        const after = await work({ query }, before);
        if (after !== before) await query("update checkpoints set position = $2 where reader = $1", [reader, after]);
        return after;
      }),

    async checkpoint(reader) {
      const [row] = await sql`select position from checkpoints where reader = ${reader}`.catch((thrown: unknown) => {
        throw storeError(thrown);
      });
      return Number(row?.["position"] ?? 0);
    },
  };
}

async function lockCheckpoint(query: Transaction["query"], reader: string): Promise<number> {
  const lock = () => query("select position from checkpoints where reader = $1 for update", [reader]);
  const [known] = await lock();
  if (known !== undefined) return Number(known["position"]);
  await query("insert into checkpoints (reader, position) values ($1, 0) on conflict (reader) do nothing", [reader]);
  const [made] = await lock();
  return Number(made!["position"]);
}
