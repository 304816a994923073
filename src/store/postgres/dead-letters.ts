import type { DeadLetter, DeadLetters } from "../store.ts";
import type { Query } from "./connection.ts";

const COLUMNS = "id, reason, stream, source, attempts, detail::text as detail, recorded_at";

/** Dead letters as rows, in the order in which they were buried. */
export function createDeadLetters(query: Query): DeadLetters {
  return {
    async bury({ reason, stream, source, attempts, detail }) {
      await query(
        `insert into dead_letters (reason, stream, source, attempts, detail) values ($1, $2, $3, $4, $5::text::json)
         on conflict (source, reason) do nothing`,
        [reason, stream, source, attempts, detail],
      );
    },

    async deadLetters({ limit, after, reason, stream }) {
      const rows = await query(
        `select ${COLUMNS} from dead_letters
         where id > $1 and ($3::text is null or reason = $3) and ($4::text is null or stream = $4) order by id limit $2`,
        [after ?? "0", limit, reason ?? null, stream ?? null],
      );
      return rows.map(letterOf);
    },

    async deadLetter(id) {
      const [row] = await query(`select ${COLUMNS} from dead_letters where id = $1`, [id]);
      return row && letterOf(row);
    },

    async removeDeadLetter(id) {
      return (await query("delete from dead_letters where id = $1 returning id", [id])).length > 0;
    },

    async deadLetterReasons() {
      const rows = await query(
        "select reason, count(*)::int as count from dead_letters group by reason order by reason",
      );
      return rows.map((row) => ({ reason: row["reason"] as string, count: row["count"] as number }));
    },
  };
}

function letterOf(row: Record<string, unknown>): DeadLetter {
  return {
    id: row["id"] as string,
    reason: row["reason"] as string,
    stream: row["stream"] as string,
    source: row["source"] as string,
    attempts: row["attempts"] as number,
    detail: row["detail"] as string,
    recordedAt: (row["recorded_at"] as Date).getTime(),
  };
}
