/** What people have done by hand, and why: kept for good, never changed but for the outcome. */

export interface NewAuditEntry {
  /** Who did it: an opaque id, never a name. */
  readonly who: string;
  /** `propose`, `retry activity`, `redrive`, `dismiss` … */
  readonly action: string;
  /** What it was done to: an actor's address, or `dead-letter/<id>`. */
  readonly subject: string;
  /** Why, in that person's words. */
  readonly reason: string;
  /** JSON: what exactly. */
  readonly detail: string;
}

export interface AuditEntry extends NewAuditEntry {
  readonly id: string;
  /** What came of it; null when the process ended before that was known. */
  readonly outcome: string | null;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly recordedAt: number;
}

export interface AuditLog {
  /** Writes an entry before the thing is done, so that nothing is done unseen; answers its id. */
  recordAudit(entry: NewAuditEntry): Promise<string>;
  /** Says what came of it. */
  concludeAudit(id: string, outcome: string): Promise<void>;
  /** The newest first. @param options.before the id to go on before */
  audits(options: { subject?: string; before?: string; limit: number }): Promise<AuditEntry[]>;
}
