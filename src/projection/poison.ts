/** What a reader of the log does about an event that it cannot handle. */
import type { Random } from "../kernel/random.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { Blame } from "../store/transaction.ts";

/** How often one event is tried before it is set aside. */
export const ATTEMPTS = 5;

/** How many keys a reader may hold back. One that fails on more is broken itself: it waits, and says so. */
export const MOST_PARKED_KEYS = 1_000;

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;

/** How long to wait after the n-th failure, in ms: doubling from 50 ms to 5 s, with jitter. */
export function backoffMs(failures: number, random: Random): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1)) * (0.5 + random() / 2);
}

/** True when the failure is not the event's fault: what the handler needs is away, and will be back. */
export function passes(thrown: unknown): boolean {
  return StatewrightError.from(thrown).retryable;
}

/** What a dead letter keeps of a failure. */
export function blameFor(reader: string, key: string, attempts: number, thrown: unknown): Blame {
  return { attempts, detail: JSON.stringify({ reader, key, error: plainError(thrown) }) };
}
