/**
 * A loop that follows something that grows: it works until there is nothing left, sleeps until it is woken or a short
 * while has passed, and tries again after a failure. A wake-up that comes while it works is not lost.
 */
import type { Clock } from "./clock.ts";
import { plainError } from "./errors.ts";
import type { Logger } from "./logger.ts";

export interface Follower {
  /** A hint that there is something to do. */
  wake(): void;
  /** Resolves once the work under way is done. */
  stop(): Promise<void>;
}

/**
 * @param work does one bounded piece; answers true when there may be more
 * @param pollMs how long to sleep at most: the hint may be lost, the poll is the truth
 */
export function follow(
  options: { name: string; clock: Clock; logger: Logger; pollMs: number; work: () => Promise<boolean> },
): Follower {
  const { clock, logger, pollMs } = options;
  let stopped = false;
  let woken = false;
  let endSleep = () => {};

  const sleep = () =>
    new Promise<void>((resolve) => {
      const cancel = clock.schedule(pollMs, () => endSleep());
      endSleep = () => {
        cancel();
        resolve();
      };
    });

  async function loop(): Promise<void> {
    while (!stopped) {
      woken = false;
      let more = false;
      try {
        more = await options.work();
      } catch (thrown) {
        logger.error({ follower: options.name, error: plainError(thrown) }, "a follower failed; it tries again");
      }
      if (!more && !woken && !stopped) await sleep();
    }
  }

  const running = loop();
  return {
    wake() {
      woken = true;
      endSleep();
    },
    async stop() {
      stopped = true;
      endSleep();
      await running;
    },
  };
}
