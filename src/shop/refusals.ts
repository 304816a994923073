import { type ErrorCode, StatewrightError } from "../kernel/errors.ts";
import type { Accepted, Receipt, RefusalReason } from "../runtime/receipt.ts";

const CODE_OF: Readonly<Record<RefusalReason, ErrorCode>> = {
  finished: "TRANSITION_NOT_ALLOWED",
  notAllowed: "TRANSITION_NOT_ALLOWED",
  notFound: "NOT_FOUND",
  alreadyExists: "ALREADY_EXISTS",
  undeclared: "INVALID",
  notPublic: "EVENT_NOT_PUBLIC",
  invalid: "INVALID",
  versionConflict: "VERSION_CONFLICT",
  machineError: "MACHINE_ERROR",
  keyTaken: "IDEMPOTENCY_KEY_REUSED",
};

/** The receipt of an event that is a fact. @throws StatewrightError for a refusal, with the state and what it allows */
export function requireAccepted(receipt: Receipt): Accepted {
  if (receipt.outcome !== "refused") return receipt;
  const { reason, detail, state, event, allowed, errors } = receipt;
  const code = CODE_OF[reason];
  throw new StatewrightError(code, detail, code === "NOT_FOUND" ? {} : { state, event, allowed, errors });
}
