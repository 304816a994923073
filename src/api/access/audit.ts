/** What staff do, and what nobody was let do: on the record. */
import { plainError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Principal } from "./principal.ts";

/** What somebody of the staff wants done. */
export interface Deed {
  readonly principal: Principal;
  readonly action: "propose" | "redrive" | "dismiss";
  /** `<type>/<id>` of the actor, or what else it is done to. */
  readonly target: string;
  /** The type of the event that is proposed. */
  readonly event?: string;
  /** What they gave as theirs, if they did. */
  readonly reason?: unknown;
}

/** Who was refused what. */
export interface Denial {
  /** Undefined: nobody known. */
  readonly principal: Principal | undefined;
  /** As `rules.ts` names it; undefined: none such. */
  readonly operation: string | undefined;
  readonly code: string;
}

export interface AuditTrail {
  /**
   * Does it, once it is written down who wants it; then writes down what came of it.
   * @param describe says what came of it, in a few words
   */
  recorded<Answer>(deed: Deed, act: () => Promise<Answer>, describe: (answer: Answer) => string): Promise<Answer>;
  denied(denial: Denial): void;
}

/** Where the rows are; what changes an actor without a door writes them too. */
export interface AuditRows {
  /** Answers the row's id. */
  recordAudit(
    entry: { readonly [Column in "who" | "action" | "subject" | "reason" | "detail"]: string },
  ): Promise<string>;
  concludeAudit(id: string, outcome: string): Promise<void>;
}

const MAX_REASON = 500;

/** Each deed is a row and a line of the log, each denial a line. */
export function createAuditTrail(rows: AuditRows, logger: Logger): AuditTrail {
  return {
    async recorded({ principal: { id: who, role }, action, target, event, reason: given }, act, describe) {
      const reason = reasonIn(given);
      const detail = JSON.stringify({ role, event });
      const row = await rows.recordAudit({ who, action, subject: target, reason, detail });
      let outcome = "failed";
      try {
        const answer = await act();
        outcome = describe(answer);
        return answer;
      } catch (thrown) {
        outcome = `failed: ${plainError(thrown).message}`;
        throw thrown;
      } finally {
        logger.info({ principal: who, role, action, target, event, ...(reason && { reason }), outcome }, "audit");
        // It is done, whether or not that can be written down.
        await rows.concludeAudit(row, outcome).catch(() => {});
      }
    },
    denied: ({ principal, operation, code }) =>
      logger.info({ principal: principal?.id, role: principal?.role, operation, outcome: `denied: ${code}` }, "audit"),
  };
}

/** What of it a database's text can hold: whether it may be said at all is the event's own matter. */
function reasonIn(given: unknown): string {
  return typeof given === "string" ? given.toWellFormed().replaceAll("\0", "").slice(0, MAX_REASON) : "";
}
