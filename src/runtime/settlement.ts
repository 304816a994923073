import { type Clock, sleep } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, streamOf } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import { type DeadLetters, type EventLog, readStream } from "../store/store.ts";
import type { Outcome } from "./acceptance.ts";
import type { EventMetadata } from "./actor-state.ts";

const MAX_BACKOFF_MS = 5_000;

interface SettlementHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: DeadLetters & EventLog;
  readonly logger: Logger;
  /** False when the effect is not open any more. */
  settle(to: ActorRef, outcome: Outcome): Promise<boolean>;
  /** True once the node has left: whoever takes its work over does it again. */
  hasStopped(): boolean;
}

/**
 * Records an outcome, however long the store is away: the work is done, and only this keeps it from being done again.
 * An outcome that nobody waits for any more, or that the machine cannot take, becomes a dead letter.
 */
export async function settlePersistently(
  { clock, random, store, logger, settle, hasStopped }: SettlementHost,
  to: ActorRef,
  outcome: Outcome,
): Promise<void> {
  const stream = streamOf(to);
  for (let attempt = 1; !hasStopped(); attempt++) {
    try {
      const bury = (reason: string, error?: unknown) =>
        store.bury({
          reason,
          stream,
          source: `${stream}/${outcome.effectId}`,
          attempts: attempt,
          detail: JSON.stringify({ outcome, ...(error !== undefined && { error: plainError(error) }) }),
        });
      try {
        if (!(await settle(to, outcome) || await wasRecorded(store, stream, outcome))) await bury("late outcome");
      } catch (thrown) {
        const { code } = StatewrightError.from(thrown);
        // The machine would fail again, or ask again for what cannot be stored.
        if (code !== "MACHINE_ERROR" && code !== "INVALID") throw thrown;
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

/** True when this very outcome is in the history: it was recorded, and a crash came before whoever told it knew. */
export async function wasRecorded(
  store: EventLog,
  stream: string,
  { effectId, type, data }: Outcome,
): Promise<boolean> {
  const askedAt = Number(effectId.slice(0, effectId.indexOf("/")));
  for await (const row of readStream(store, stream, askedAt + 1)) {
    if ((JSON.parse(row.metadata) as EventMetadata).settles !== effectId) continue;
    return row.type === type && row.data === JSON.stringify(data);
  }
  return false;
}
