import type { AuditLog } from "../audit.ts";
import type { Query } from "./connection.ts";

export function createAuditLog(query: Query): AuditLog {
  return {
    async recordAudit({ who, action, subject, reason, detail }) {
      const [row] = await query(
        `insert into audit (who, action, subject, reason, detail) values ($1, $2, $3, $4, $5::text::json) returning id`,
        [who, action, subject, reason, detail],
      );
      return row!["id"] as string;
    },

    async concludeAudit(id, outcome) {
      await query("update audit set outcome = $2 where id = $1", [id, outcome]);
    },

    async audits({ subject, before, limit }) {
      const rows = await query(
        `select id, recorded_at, who, action, subject, reason, detail::text as detail, outcome from audit
         where ($1::text is null or subject = $1) and ($2::bigint is null or id < $2) order by id desc limit $3`,
        [subject ?? null, before ?? null, limit],
      );
      return rows.map((row) => ({
        id: row["id"] as string,
        recordedAt: (row["recorded_at"] as Date).getTime(),
        who: row["who"] as string,
        action: row["action"] as string,
        subject: row["subject"] as string,
        reason: row["reason"] as string,
        detail: row["detail"] as string,
        outcome: row["outcome"] as string | null,
      }));
    },
  };
}
