import type { Standing } from "../standing.ts";
import type { Query } from "./connection.ts";

const NEWEST = "select stream, version, type, state, recorded_at from events";
const FIRST_OF_ALL = "order by stream desc, version desc limit 1";

/** Hops backwards through the primary key from one stream's last event to the next one's, and no further than asked. */
function standingText(hasType: boolean, hasBefore: boolean): string {
  // "0" is the character after "/": every stream of the type, and no other.
  const ofType = hasType ? ["stream >= $3 || '/'", "stream < $3 || '0'"] : [];
  const beginning = ["$2::text is not null", ...ofType, ...(hasBefore ? ["stream < $2"] : [])].join(" and ");
  const onward = ["e.stream < newest.stream", ...ofType.map((condition) => `e.${condition}`)].join(" and ");
  return `
    with recursive newest as (
      (${NEWEST} where ${beginning} ${FIRST_OF_ALL})
      union all
      select next.* from newest, lateral (${NEWEST} e where ${onward} ${FIRST_OF_ALL}) as next
    )
    select found.*, due, open::text as open
    from (select * from newest limit $1) as found left join waiting using (stream)
    order by stream desc`;
}

export function createStanding(query: Query): Standing {
  return {
    async now() {
      const [row] = await query("select clock_timestamp() as now");
      return (row!["now"] as Date).getTime();
    },

    async standing({ type, before, limit }) {
      const rows = await query(standingText(type !== undefined, before !== undefined), [
        limit,
        before ?? "",
        ...(type === undefined ? [] : [type]),
      ]);
      return rows.map((row) => ({
        stream: row["stream"] as string,
        version: row["version"] as number,
        type: row["type"] as string,
        state: row["state"] as string,
        recordedAt: (row["recorded_at"] as Date).getTime(),
        dueAt: (row["due"] as Date | null)?.getTime() ?? null,
        open: row["open"] as string | null,
      }));
    },
  };
}
