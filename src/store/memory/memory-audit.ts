import type { Clock } from "../../kernel/clock.ts";
import type { AuditEntry, AuditLog } from "../audit.ts";

export function createMemoryAudit(clock: Clock): AuditLog {
  const entries: AuditEntry[] = [];
  return {
    async recordAudit(entry) {
      const id = String(entries.length + 1);
      entries.push({ ...entry, id, outcome: null, recordedAt: clock.now() });
      return id;
    },
    async concludeAudit(id, outcome) {
      const entry = entries[Number(id) - 1];
      if (entry) entries[Number(id) - 1] = { ...entry, outcome };
    },
    async audits({ subject, before = Infinity, limit }) {
      return entries.filter((entry) =>
        (subject === undefined || entry.subject === subject) && Number(entry.id) < Number(before)
      ).toReversed().slice(0, limit);
    },
  };
}
