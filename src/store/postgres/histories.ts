import type { Histories } from "../histories.ts";
import type { Query } from "./connection.ts";
import { COLUMNS, eventOf } from "./event-log.ts";

/** Which streams began in the slice is asked of the index by position; what they hold, of the primary key. */
const HISTORIES = `
  select ${COLUMNS} from events
  where stream in (
      select stream from events
      where position > $1 and position <= $2 and version = 1 and ($4::text is null or starts_with(stream, $4 || '/'))
    )
    and position <= $3 and (stream, version) > ($5, $6::int)
  order by stream, version limit $7`;

export function createHistories(query: Query): Histories {
  return {
    async readHistories({ after, upTo, head, type }, { limit, behind }) {
      const { stream, version } = behind ?? { stream: "", version: 0 };
      const rows = await query(HISTORIES, [after, upTo, head, type, stream, version, limit]);
      return rows.map(eventOf);
    },
  };
}
