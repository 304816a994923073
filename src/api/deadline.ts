/** How long a caller waits for the answer, where it says so. */
import { type Clock, withDeadline } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";

/** The header that Connect has for it, in whole milliseconds; here every door over HTTP takes it. */
export const TIMEOUT_HEADER = "connect-timeout-ms";

/** What a timer can be set to: about 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The work's outcome, when it comes in time. What was begun goes on all the same.
 * @param given the header's value; undefined: whenever it comes
 * @throws StatewrightError `DEADLINE_EXCEEDED`; `MALFORMED` when it is no such number
 */
export function inTime<Result>(
  clock: Clock,
  given: string | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  return given === undefined ? work() : timed(clock, given, work);
}

async function timed<Result>(clock: Clock, given: string, work: () => Promise<Result>): Promise<Result> {
  if (!/^\d{1,10}$/.test(given)) {
    throw new StatewrightError("MALFORMED", `\`${TIMEOUT_HEADER}\` is a whole number of milliseconds`);
  }
  const late = () => new StatewrightError("DEADLINE_EXCEEDED", `There was no answer within ${given} ms`);
  if (Number(given) === 0) throw late();
  return await withDeadline(clock, Math.min(Number(given), LONGEST_MS), work(), late);
}
