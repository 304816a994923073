/** Rebuilding a projection: its tables once more in a schema of their own, until they take the place of the old ones. */
import type postgres from "postgres";
import { StatewrightError } from "../../kernel/errors.ts";
import type { ReadModels, Turn } from "../read-models.ts";
import type { Query } from "./connection.ts";
import { createEventReader } from "./event-log.ts";
import { forgetParked, handOverParked, readerTransaction } from "./parking.ts";
import { inSchema, parkedStreams } from "./reader-turn.ts";
import { beginShadow, homeSchema } from "./shadow-tables.ts";
import { inTransaction } from "./transaction.ts";

export function createRebuilds(sql: postgres.Sql): Pick<ReadModels, "beginRebuild" | "finishRebuild"> {
  return {
    beginRebuild: (projection, tables) =>
      inTransaction(sql, (query) => beginShadow(query, "rebuild", projection, tables)),

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

async function lockCheckpoint(query: Query, reader: string): Promise<number> {
  const [row] = await query("select position from checkpoints where reader = $1 for update", [reader]);
  if (row === undefined) {
    throw new StatewrightError("NOT_FOUND", `There is no reader "${reader}" any more: another rebuild has begun`);
  }
  return Number(row["position"]);
}
