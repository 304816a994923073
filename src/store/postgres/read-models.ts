/** Read models: rows and their reader's checkpoint in one transaction. */
import type postgres from "postgres";
import type { ReadModels, Transaction } from "../read-models.ts";
import { queryOn } from "./connection.ts";
import { storeError } from "./failures.ts";

export function createReadModels(sql: postgres.Sql): ReadModels {
  return {
    query: queryOn(sql),

    async advance(reader, work) {
      // What `work` throws goes on as it is; what the driver throws becomes ours.
      let thrownByWork: { readonly thrown: unknown } | undefined;
      try {
        return await sql.begin(async (begun) => {
          const query = queryOn(begun);
          const before = await lockCheckpoint(query, reader);
          const after = await work({ query }, before).catch((thrown: unknown) => {
            thrownByWork = { thrown };
            throw thrown;
          });
          if (after !== before) await query("update checkpoints set position = $2 where reader = $1", [reader, after]);
          return after;
        });
      } catch (thrown) {
        throw thrownByWork ? thrownByWork.thrown : storeError(thrown);
      }
    },

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
