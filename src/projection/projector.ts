/**
 * The projector keeps projections at the head of the log. Woken by whoever knows that the log has grown; what it
 * reads is the log. Several processes may run it on one database: each turn is one process's, and the others skip it.
 */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { follow, type Follower } from "../kernel/follower.ts";
import type { Logger } from "../kernel/logger.ts";
import { type Metrics, noMetrics } from "../kernel/metrics.ts";
import type { Random } from "../kernel/random.ts";
import type { EventLog } from "../store/store.ts";
import { Fold, type ProjectionStore } from "./fold.ts";
import { measureLag } from "./lag.ts";
import type { Projection } from "./projection.ts";

const BATCH = 500;
const POLL_MS = 1_000;
/** How soon to look again while somebody waits for what another process folds. */
const LOOK_AGAIN_MS = 10;

export interface ProjectorOptions {
  readonly store: ProjectionStore & Pick<EventLog, "head">;
  readonly projections: readonly Projection[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly random?: Random;
}

export interface Projector {
  wake(): void;
  /**
   * Resolves when every projection has folded the log up to `position`, by this process or another.
   * @throws StatewrightError `DEADLINE_EXCEEDED` after `timeoutMs`
   */
  reached(position: number, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one follower a projection, so that a slow or failing one holds up nobody else. */
export function startProjector(options: ProjectorOptions): Projector {
  const { projections, clock, store, metrics = noMetrics } = options;
  const checkpoints = new Checkpoints(clock);
  const followers = projections.map((projection) => startFollower(projection, options, checkpoints));
  const wake = () => {
    for (const follower of followers) follower.wake();
  };
  measureLag({
    metrics,
    what: "projection",
    log: store,
    clock,
    async readers() {
      const known = await store.readers();
      return known.filter(({ name }) => projections.some((projection) => projection.name === name));
    },
  });
  return {
    wake,
    reached(position, timeoutMs) {
      if (!checkpoints.isReached(position)) wake();
      return checkpoints.reached(position, timeoutMs);
    },
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()));
    },
  };
}

function startFollower(
  projection: Projection,
  options: ProjectorOptions,
  checkpoints: Checkpoints,
): Follower {
  const { store, clock } = options;
  const { name } = projection;
  checkpoints.move(name, 0);
  const fold = new Fold({ ...options, projection, reader: name, batch: BATCH });
  let isKnown = false;
  const follower = follow({
    ...options,
    name: `projection ${name}`,
    pollMs: POLL_MS,
    async work() {
      if (!isKnown) await store.addReader(name);
      isKnown = true;
      const { checkpoint, hasMore, isBusy } = await fold.turn();
      checkpoints.move(name, checkpoint);
      if (isBusy && checkpoints.isAwaited) clock.schedule(LOOK_AGAIN_MS, () => follower.wake());
      return hasMore;
    },
  });
  return follower;
}

/** How far each projection has come, and who waits for it. */
class Checkpoints {
  readonly #clock: Clock;
  readonly #positions = new Map<string, number>();
  readonly #waiters = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isAwaited(): boolean {
    return this.#waiters.size > 0;
  }

  move(projection: string, position: number): void {
    this.#positions.set(projection, position);
    for (const check of this.#waiters) check();
  }

  isReached(position: number): boolean {
    return [...this.#positions.values()].every((each) => each >= position);
  }

  reached(position: number, timeoutMs: number): Promise<void> {
    if (this.isReached(position)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = `The read models have not reached position ${position} within ${timeoutMs} ms`;
      const cancel = this.#clock.schedule(timeoutMs, () => {
        this.#waiters.delete(check);
        reject(new StatewrightError("DEADLINE_EXCEEDED", late));
      });
      const check = () => {
        if (!this.isReached(position)) return;
        cancel();
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
    });
  }
}
