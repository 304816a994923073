/** Fires the timers of one actor that are due, the earliest first. */
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { DeadLetters } from "../store/store.ts";
import type { Actor } from "./actor.ts";
import type { OpenEffect, Timer } from "./effects.ts";
import { fired } from "./outcomes.ts";

type OpenTimer = OpenEffect & Timer;

/** How long a timer on which the machine has failed is left alone. */
const LEAVE_ALONE_MS = 30_000;

/**
 * A timer on which the machine fails becomes a dead letter and stays open, and holds up no other. When none is due, the
 * row that led here was of a timer that is over, and is corrected.
 * @param now by the store's clock
 * @returns for how long nobody needs to ask again, in ms, when one has failed
 */
export async function fireDueTimers(actor: Actor, now: number, letters: DeadLetters): Promise<number | undefined> {
  const committed = await actor.committed();
  const timers = (committed?.state.open ?? []).filter((effect): effect is OpenTimer => effect.kind === "timer")
    .toSorted((a, b) => dueOf(a) - dueOf(b));
  const due = timers.filter((one) => dueOf(one) <= now);
  if (due.length === 0) await actor.correctRow();
  let failed = false;
  for (const timer of due) {
    try {
      await actor.settle(fired(timer));
    } catch (thrown) {
      const { code } = StatewrightError.from(thrown);
      if (code !== "MACHINE_ERROR" && code !== "INVALID") throw thrown;
      failed = true;
      await letters.bury({
        reason: "outcome the machine failed on",
        stream: actor.stream,
        source: `${actor.stream}/${timer.id}`,
        attempts: 1,
        detail: JSON.stringify({ timer, error: plainError(thrown) }),
      });
    }
  }
  const next = timers.find((one) => dueOf(one) > now);
  return failed ? Math.min(LEAVE_ALONE_MS, next === undefined ? Infinity : dueOf(next) - now) : undefined;
}

/** What is not committed yet is not due. */
function dueOf({ dueAt }: OpenTimer): number {
  return dueAt ?? Infinity;
}
