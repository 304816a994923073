/**
 * The relay publishes committed events from the log to the feed, in commit order.
 */
import type { Clock } from "../kernel/clock.ts";
import { follow, type Follower } from "../kernel/follower.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Bus, FeedEvent } from "./bus.ts";

/** The relay's view of the log. */
export interface LogReader {
  readAll(options: { after: number; limit: number }): Promise<readonly FeedEvent[]>;
  head(): Promise<number>;
}

const BATCH = 500;
const POLL_MS = 1_000;

/** Starts to relay what is committed from now on. A subscriber that wants what was before reads the log. */
export async function startRelay(
  options: { log: LogReader; bus: Bus; clock: Clock; logger: Logger },
): Promise<Follower> {
  const { log, bus } = options;
  let published = await log.head();
  return follow({
    name: "relay",
    clock: options.clock,
    logger: options.logger,
    pollMs: POLL_MS,
    async work() {
      const events = await log.readAll({ after: published, limit: BATCH });
      await bus.publish(events);
      published = events.at(-1)?.position ?? published;
      return events.length === BATCH;
    },
  });
}
