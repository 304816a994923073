import type { StatewrightError } from "../kernel/errors.ts";

/** For the operator's log: the whole story, causes included. */
export function describeError(error: StatewrightError): string {
  const cause = error.details.cause instanceof Error ? error.details.cause.stack : error.details.cause;
  return `${error.stack ?? error.message}${cause === undefined ? "" : `\ncaused by ${String(cause)}`}`;
}
