import { systemClock } from "../../kernel/clock.ts";
import type { Histories } from "../histories.ts";
import { openPool, type Query, queryOn, serverVersion } from "./connection.ts";
import { impatient } from "./deadline.ts";
import { EVENT, eventOf } from "./event-log.ts";

/**
 * Which streams began in the slice is asked of the index by position; what each of them holds, of the primary key. The
 * join is spelled out, because the planner would rather read the whole table.
 */
const HISTORIES = `
  select ${EVENT} from (
      select stream as begun from events
      where position > $1 and position <= $2 and version = 1
        and ($4::text is null or starts_with(stream, $4 || '/')) and stream >= $5
      order by stream
    ) as slice
  cross join lateral (
      select * from events where stream = begun and position <= $3 and (stream, version) > ($5, $6::int) order by version
    ) as events
  order by begun, version limit $7`;

export function createHistories(query: Query): Histories {
  return {
    async readHistories({ after, upTo, head, type }, { limit, behind }) {
      const { stream, version } = behind ?? { stream: "", version: 0 };
      const rows = await query(HISTORIES, [after, upTo, head, type, stream, version, limit]);
      return rows.map(eventOf);
    },
  };
}

/**
 * The histories alone, for a thread that does nothing else and is to begin soon.
 * @param connections how many pages are read at once
 * @throws StatewrightError as `openPostgresStore`
 */
export async function openHistories(url: string, connections: number): Promise<Histories> {
  const sql = openPool(url, await serverVersion(url), connections);
  return createHistories(impatient(queryOn(sql), systemClock));
}
