import type { DeadLetters } from "../store.ts";
import type { Query } from "./connection.ts";

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

    async deadLetters({ limit, after }) {
      const rows = await query(
        `select id, reason, stream, source, attempts, detail::text as detail, recorded_at from dead_letters
         where id > $1 order by id limit $2`,
        [after ?? "0", limit],
      );
      return rows.map((row) => ({
        id: row["id"] as string,
        reason: row["reason"] as string,
        stream: row["stream"] as string,
        source: row["source"] as string,
        attempts: row["attempts"] as number,
        detail: row["detail"] as string,
        recordedAt: (row["recorded_at"] as Date).getTime(),
      }));
    },
  };
}
