/** Fires the timers of one actor that are due, the earliest first. */
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { DeadLetters } from "../store/store.ts";
import type { Actor } from "./actor.ts";
import type { OpenEffect, Timer } from "./effects.ts";
import { fired } from "./outcomes.ts";

type OpenTimer = OpenEffect & Timer;

/**
 * A timer on which the machine fails becomes a dead letter and stays open, and holds up no other. When none is due, the
 * row that led here was of a timer that is over, and is corrected.
 * @param now by the store's clock
 */
export async function fireDueTimers(actor: Actor, now: number, letters: DeadLetters): Promise<void> {
  const committed = await actor.committed();
  const due = (committed?.state.open ?? [])
    .filter((effect): effect is OpenTimer => effect.kind === "timer" && dueOf(effect) <= now)
    .toSorted((a, b) => dueOf(a) - dueOf(b));
  const failed = new Set<string>();
  for (const timer of due) {
    try {
      await actor.settle(fired(timer));
    } catch (thrown) {
      const { code } = StatewrightError.from(thrown);
      if (code !== "MACHINE_ERROR" && code !== "INVALID") throw thrown;
      failed.add(timer.id);
      await letters.bury({
        reason: "outcome the machine failed on",
        stream: actor.stream,
        source: `${actor.stream}/${timer.id}`,
        attempts: 1,
        detail: JSON.stringify({ timer, error: plainError(thrown) }),
      });
    }
  }
  if (due.length === 0 || failed.size > 0) await actor.correctRow(failed);
}

/** What is not committed yet is not due. */
function dueOf({ dueAt }: OpenEffect): number {
  return dueAt ?? Infinity;
}
