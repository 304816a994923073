/**
 * The projector keeps projections at the head of the log. Woken by whoever knows that the log has grown; what it
 * reads is the log.
 */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { follow, type Follower } from "../kernel/follower.ts";
import type { Logger } from "../kernel/logger.ts";
import type { ReadModels } from "../store/read-models.ts";
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
  const { readModels, projections, clock } = options;
  const checkpoints = new Map<string, number>();
  const waiters = new Set<() => void>();
  const lowest = () => Math.min(Infinity, ...projections.map(({ name }) => checkpoints.get(name) ?? 0));

  const followers: Follower[] = projections.map((projection) =>
    follow({
      name: `projection ${projection.name}`,
      clock,
      logger: options.logger,
      pollMs: POLL_MS,
      async work() {
        const before = checkpoints.get(projection.name);
        const after = await readModels.advance(projection.name, (transaction, checkpoint) =>
          fold(options.log, projection, transaction, checkpoint));
        checkpoints.set(projection.name, after);
        if (after !== before) {
          for (const check of waiters) {
            check();
          }
        }
        return after !== (before ?? 0);
      },
    })
  );

  return {
    wake() {
      for (const follower of followers) follower.wake();
    },
    reached(position, timeoutMs) {
      if (lowest() >= position) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const settle = (done: () => void) => {
          cancel();
          waiters.delete(check);
          done();
        };
        const check = () => {
          if (lowest() >= position) settle(resolve);
        };
        const cancel = clock.schedule(
          timeoutMs,
          () =>
            settle(() =>
              reject(
                new StatewrightError(
                  "DEADLINE_EXCEEDED",
                  `The read models have not reached position ${position} within ${timeoutMs} ms`,
                ),
              )
            ),
        );
        waiters.add(check);
      });
    },
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()));
    },
  };
}

/** Folds one batch; answers the checkpoint after it, which also moves past events that the projection does not care for. */
async function fold(
  log: Pick<EventLog, "readAll">,
  projection: Projection,
  transaction: Parameters<Projection["apply"]>[0],
  checkpoint: number,
): Promise<number> {
  const events = await log.readAll({ after: checkpoint, limit: BATCH });
  const wanted = events.filter(({ stream }) => projection.types.includes(stream.slice(0, stream.indexOf("/"))));
  if (wanted.length > 0) await projection.apply(transaction, wanted);
  return events.at(-1)?.position ?? checkpoint;
}
