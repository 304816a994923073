/**
 * Builds a projection anew from the log, while the one in use goes on: in tables beside its own, which take their place
 * once they have caught up. A process that dies at it leaves the old ones as they are; it can be begun again.
 */
import { type Clock, sleep } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { EventLog } from "../store/store.ts";
import { Fold, type ProjectionStore } from "./fold.ts";
import type { Projection } from "./projection.ts";

const BATCH = 2_000;
/** What the last step, during which nobody else folds or reads, may have left to do. */
const LAST_STEP = 500;
const TRIES = 50;
const TRY_AGAIN_MS = 100;

export interface RebuildOptions {
  readonly store: ProjectionStore & Pick<EventLog, "head">;
  readonly projection: Projection;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called after each batch. */
  readonly onProgress?: (progress: { readonly position: number; readonly head: number }) => void;
}

/**
 * @returns the position up to which the new tables were folded when they were put in place
 * @throws StatewrightError `NOT_FOUND` when somebody else has begun a rebuild meanwhile; `OVERLOADED` when it did not
 * catch up, or when readers never let go of the old tables. The old ones are as they were.
 */
export async function rebuildProjection(options: RebuildOptions): Promise<number> {
  const { store, projection: { name, tables }, clock, onProgress = () => {} } = options;
  await store.addReader(name);
  const rebuild = await store.beginRebuild(name, tables);
  const fold = new Fold({ ...options, ...rebuild, batch: BATCH });
  for (let tries = 1;; tries++) {
    for (let isBehind = true; isBehind;) {
      const { checkpoint, hasMore } = await fold.turn();
      onProgress({ position: checkpoint, head: await store.head() });
      isBehind = hasMore && checkpoint < await store.checkpoint(name);
    }
    const isDone = await store.finishRebuild(name, rebuild, { tables, limit: LAST_STEP }, (turn) => fold.apply(turn))
      .catch((thrown: unknown) => {
        // An event that cannot be folded is found, and set aside, by the turns of the next try.
        if (tries === TRIES || StatewrightError.from(thrown).code === "NOT_FOUND") throw thrown;
        return false;
      });
    if (isDone) return await store.checkpoint(name);
    if (tries >= TRIES) {
      throw new StatewrightError("OVERLOADED", `The rebuild of ${name} does not catch up; try again at a quieter time`);
    }
    await sleep(clock, TRY_AGAIN_MS);
  }
}
