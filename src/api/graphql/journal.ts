import type { ErrorCode } from "../../kernel/errors.ts";
import { isOurFault } from "../problems.ts";
import type { RequestOutcome } from "../requests.ts";

/** What is noted of one operation while it is carried out. */
export interface Journal {
  readonly traceId: string;
  /** `query orders`: its kind, and the first of its fields; never what a stranger made up. */
  route: string;
  /** Of the first error. */
  code: ErrorCode | undefined;
}

export function newJournal(traceId: string): Journal {
  return { traceId, route: "unreadable", code: undefined };
}

export function outcomeOf({ route, code }: Journal): RequestOutcome {
  return { route, status: code ?? "ok", failed: code !== undefined && isOurFault(code) };
}
