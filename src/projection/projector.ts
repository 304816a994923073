/**
 * The projector keeps projections at the head of the log. Woken by whoever knows that the log has grown; what it
 * reads is the log.
 */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { follow, type Follower } from "../kernel/follower.ts";
import type { Logger } from "../kernel/logger.ts";
import type { ReadModels, Transaction } from "../store/read-models.ts";
import type { EventLog } from "../store/store.ts";
import type { Projection } from "./projection.ts";

const BATCH = 500;
const POLL_MS = 1_000;

export interface ProjectorOptions {
  readonly log: Pick<EventLog, "readAll">;
  readonly readModels: ReadModels;
  readonly projections: readonly Projection[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Projector {
  wake(): void;
  /**
   * Resolves when every projection has folded the log up to `position`.
   * @throws StatewrightError `DEADLINE_EXCEEDED` after `timeoutMs`
   */
  reached(position: number, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one follower a projection, so that a slow or failing one holds up nobody else. */
export function startProjector(options: ProjectorOptions): Projector {
  const checkpoints = new Checkpoints(options.clock);
  const followers = options.projections.map((projection) => startFollower(projection, options, checkpoints));
  return {
    wake() {
      for (const follower of followers) follower.wake();
    },
    reached: (position, timeoutMs) => checkpoints.reached(position, timeoutMs),
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()));
    },
  };
}

function startFollower(
  projection: Projection,
  { readModels, log, clock, logger }: ProjectorOptions,
  checkpoints: Checkpoints,
): Follower {
  checkpoints.move(projection.name, 0);
  let before = -1;
  return follow({
    name: `projection ${projection.name}`,
    clock,
    logger,
    pollMs: POLL_MS,
    async work() {
      const after = await readModels.advance(
        projection.name,
        (transaction, checkpoint) => fold(log, projection, transaction, checkpoint),
      );
      const moved = after !== before;
      before = after;
      if (moved) checkpoints.move(projection.name, after);
      return moved;
    },
  });
}

/** Folds one batch; answers the checkpoint after it, which also moves past events that the projection does not care for. */
async function fold(
  log: Pick<EventLog, "readAll">,
  projection: Projection,
  transaction: Transaction,
  checkpoint: number,
): Promise<number> {
  const events = await log.readAll({ after: checkpoint, limit: BATCH });
  const wanted = events.filter(({ stream }) => projection.types.includes(stream.slice(0, stream.indexOf("/"))));
  if (wanted.length > 0) await projection.apply(transaction, wanted);
  return events.at(-1)?.position ?? checkpoint;
}

/** How far each projection has come, and who waits for it. */
class Checkpoints {
  readonly #clock: Clock;
  readonly #positions = new Map<string, number>();
  readonly #waiters = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  move(projection: string, position: number): void {
    this.#positions.set(projection, position);
    for (const check of this.#waiters) check();
  }

  reached(position: number, timeoutMs: number): Promise<void> {
    const isReached = () => [...this.#positions.values()].every((each) => each >= position);
    if (isReached()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = `The read models have not reached position ${position} within ${timeoutMs} ms`;
      const cancel = this.#clock.schedule(timeoutMs, () => {
        this.#waiters.delete(check);
        reject(new StatewrightError("DEADLINE_EXCEEDED", late));
      });
      const check = () => {
        if (!isReached()) return;
        cancel();
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
    });
  }
}
