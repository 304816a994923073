import { plainError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Bus, FeedEvent } from "./bus.ts";

/** A bus within one process: for one node, for tests, and for the first five minutes. */
export function createInProcessBus(logger: Logger): Bus {
  const handlers = new Set<(event: FeedEvent) => void>();
  return {
    description: "in-process",
    reach: "process",
    async publish(events) {
      for (const event of events) {
        for (const handle of handlers) {
          try {
            handle(event);
          } catch (thrown) {
            logger.error({ position: event.position, error: plainError(thrown) }, "a subscriber of the feed failed");
          }
        }
      }
      return undefined;
    },
    async subscribe(handle) {
      // A wrapper of its own, so that one function may subscribe twice.
      const subscriber = (event: FeedEvent) => handle(event);
      handlers.add(subscriber);
      return { close: () => void handlers.delete(subscriber) };
    },
    retained: async () => undefined,
    ping: async () => {},
    async close() {
      handlers.clear();
    },
  };
}
