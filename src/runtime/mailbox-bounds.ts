/** What an actor does not let into its mailbox, so that what waits is bounded. */
import { StatewrightError } from "../kernel/errors.ts";
import type { Appender } from "./appender.ts";
import type { Entry } from "./run.ts";

const MAX_MAILBOX = 1_024;

/**
 * Why an entry is not taken, if it is not. Outcomes always are: the work they stand for is done, and their number is
 * that of the open effects. Messages of actors wait for the database too, since somebody has promised them.
 */
export function tooMuch(
  entry: Entry,
  mailbox: readonly Entry[],
  stream: string,
  appender: Appender,
): StatewrightError | undefined {
  if (entry.kind !== "proposal") return undefined;
  if (mailbox.length >= MAX_MAILBOX) {
    return new StatewrightError("OVERLOADED", `${stream} has ${MAX_MAILBOX} proposals waiting; try again shortly`);
  }
  if (entry.sentAt !== undefined || !appender.full) return undefined;
  return new StatewrightError(
    "OVERLOADED",
    "This node waits for the database with all that it can hold; try again shortly",
    { retryAfterMs: 1_000 },
  );
}
