/** Read models: rows and their reader's checkpoint in one transaction. */
import type postgres from "postgres";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Folded, ReadModels } from "../read-models.ts";
import type { Query } from "./connection.ts";
import { createEventReader } from "./event-log.ts";
import { readerTransaction } from "./parking.ts";
import { inSchema, parkedStreams } from "./reader-turn.ts";
import { createPreview } from "./preview.ts";
import { createRebuilds } from "./rebuilds.ts";
import { inTransaction } from "./transaction.ts";
import { createVerifications } from "./verifications.ts";

/** @param query for what needs no transaction */
export function createReadModels(sql: postgres.Sql, query: Query): ReadModels {
  return {
    query,
    ...createRebuilds(sql),
    ...createVerifications(sql, query),
    ...createPreview(sql),

    async addReader(reader) {
      await query(
        `insert into checkpoints (reader, position)
         select $1, 0 where not exists (select from checkpoints where reader = $1) on conflict (reader) do nothing`,
        [reader],
      );
    },

    fold: (reader, options, work) => inTransaction(sql, (query) => foldOnce(query, reader, options, work)),

    async checkpoint(reader) {
      const [row] = await query("select position from checkpoints where reader = $1", [reader]);
      return Number(row?.["position"] ?? 0);
    },

    async readers() {
      const rows = await query(
        `select reader, position, (select count(*)::int from parked where parked.reader = checkpoints.reader) as parked
         from checkpoints order by reader`,
      );
      return rows.map((row) => ({
        name: row["reader"] as string,
        position: Number(row["position"]),
        parked: row["parked"] as number,
      }));
    },
  };
}

async function checkpointOf(query: Query, reader: string): Promise<number> {
  const [row] = await query("select position from checkpoints where reader = $1", [reader]);
  if (row === undefined) throw new StatewrightError("NOT_FOUND", `There is no reader "${reader}" of the log`);
  return Number(row["position"]);
}

/** One turn of a reader, unless another process has it now. */
async function foldOnce(
  query: Query,
  reader: string,
  { limit, schema, upTo = Infinity }: Parameters<ReadModels["fold"]>[1],
  work: Parameters<ReadModels["fold"]>[2],
): Promise<Folded> {
  const [locked] = await query("select position from checkpoints where reader = $1 for update skip locked", [reader]);
  if (locked === undefined) {
    return { checkpoint: await checkpointOf(query, reader), events: 0, isBusy: true, hasParked: false };
  }
  const checkpoint = Number(locked["position"]);
  const [parked, read] = await Promise.all([
    parkedStreams(query, reader),
    createEventReader(query).readAll({ after: checkpoint, limit }),
  ]);
  const events = read.filter(({ position }) => position <= upTo);
  const turn = { transaction: readerTransaction(query, reader, 0), parked, events };
  const folded = { events: events.length, isBusy: false, hasParked: parked.size > 0 };
  if (events.length === 0 && limit > 0) return { ...folded, checkpoint };
  await inSchema(query, schema, turn, work);
  const last = events.at(-1)?.position ?? checkpoint;
  await query("update checkpoints set position = $2 where reader = $1", [reader, last]);
  return { ...folded, checkpoint: last };
}
