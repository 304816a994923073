/** The end of the log, whoever's events they are. */
import type { Transaction } from "../../projection/projection.ts";
import { ms } from "./list.ts";

const SHOWN = 50;

/** The newest first, as the stream of events tells them. */
export async function newestEvents(readModels: Transaction) {
  const rows = await readModels.query(
    `select position::text as position, stream, version, type, state, ${ms("recorded_at")} as at
     from events order by events.position desc limit ${SHOWN}`,
  );
  return rows.map(({ position, ...row }) => ({ ...row, position: Number(position) }));
}
