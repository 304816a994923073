import { type Clock, sleep } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import type { DeadLetters } from "../store/store.ts";
import type { Outcome } from "./acceptance.ts";
import type { Actor } from "./actor.ts";

const MAX_BACKOFF_MS = 5_000;

/**
 * Records an outcome, however long the store is away: the work is done, and only this keeps it from being done again.
 * An outcome that nobody waits for any more, or that the machine cannot take, becomes a dead letter.
 */
export async function settlePersistently(
  { clock, random, store, logger }: { clock: Clock; random: Random; store: DeadLetters; logger: Logger },
  actor: () => Actor,
  outcome: Outcome,
): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      const { stream } = actor();
      const bury = (reason: string, error?: unknown) =>
        store.bury({
          reason,
          stream,
          source: `${stream}/${outcome.effectId}`,
          attempts: attempt,
          detail: JSON.stringify({ outcome, ...(error !== undefined && { error: plainError(error) }) }),
        });
      try {
        if (!(await actor().settle(outcome))) await bury("late outcome");
      } catch (thrown) {
        if (StatewrightError.from(thrown).code !== "MACHINE_ERROR") throw thrown;
        await bury("outcome the machine failed on", thrown);
      }
      return;
    } catch (thrown) {
      logger.warn(
        { effect: outcome.effectId, attempt, error: plainError(thrown) },
        "an outcome could not be recorded; trying again",
      );
      await sleep(clock, Math.ceil(random() * Math.min(MAX_BACKOFF_MS, 50 * 2 ** Math.min(attempt, 10))));
    }
  }
}
