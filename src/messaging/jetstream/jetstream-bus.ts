/** The bus over NATS: events are kept by JetStream, and heard from NATS itself, which is the shortest way. */
import { plainError, StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { type Metrics, noMetrics } from "../../kernel/metrics.ts";
import type { Bus, FeedEvent } from "../bus.ts";
import { decodeEvent } from "./cloud-events.ts";
import type { Listening, Nats } from "./connection.ts";
import { busError } from "./failures.ts";
import { FeedPublisher } from "./feed-publisher.ts";
import { type FeedOptions, FeedStream } from "./feed-stream.ts";
import { ALL_EVENTS } from "./subjects.ts";

export interface JetStreamBusOptions {
  /** Stays open when the bus is closed. */
  readonly nats: Nats;
  readonly feed: FeedOptions;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export function createJetStreamBus({ nats, feed, logger, metrics = noMetrics }: JetStreamBusOptions): Bus {
  const stream = new FeedStream(nats, feed);
  const skipped = metrics.counter("statewright_feed_skipped_total", "Events too large for the NATS server");
  const publisher = new FeedPublisher({ client: () => nats.client(), end: () => stream.retained(), logger, skipped });
  const handlers = new Set<(event: FeedEvent) => void>();
  // One subscription for all, so that an event comes here once.
  let listening: Promise<Listening> | undefined;

  function hear(event: FeedEvent): void {
    for (const handle of handlers) {
      try {
        handle(event);
      } catch (thrown) {
        logger.error({ stream: event.stream, error: plainError(thrown) }, "a subscriber of the feed failed");
      }
    }
  }

  return {
    get description() {
      return nats.description;
    },
    reach: "cluster",
    publish: (events, after) => publisher.publish(events, after),

    async subscribe(handle) {
      // A wrapper of its own, so that one function may subscribe twice.
      const subscriber = (event: FeedEvent) => handle(event);
      handlers.add(subscriber);
      await (listening ??= nats.listen(ALL_EVENTS, (message) => hear(decodeEvent(message))));
      return { close: () => void handlers.delete(subscriber) };
    },

    async retained() {
      const retained = await stream.retained();
      publisher.standsAt(retained);
      return retained;
    },

    // A full disk silences JetStream while NATS itself goes on, so it is JetStream that is asked.
    async ping(deadlineMs) {
      try {
        const answer = await nats.client().request("$JS.API.INFO", "", { timeout: deadlineMs });
        const { error } = answer.json<{ error?: { description: string } }>();
        if (error) throw new StatewrightError("UNAVAILABLE", `${nats.description}: ${error.description}`);
      } catch (thrown) {
        throw busError(thrown);
      }
    },

    async close() {
      handlers.clear();
      await (await listening)?.close();
    },
  };
}
