/** The stream that keeps the feed: every committed event, for a while. */
import { DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import type { Retained } from "../bus.ts";
import { identityOf } from "./cloud-events.ts";
import type { Nats } from "./connection.ts";
import { busError } from "./failures.ts";
import { findStream, managerOf, nanosOf, reconcileStream, type WantedStream } from "./streams.ts";
import { ALL_EVENTS } from "./subjects.ts";

export interface FeedOptions {
  /** How long the feed keeps an event, in ms; 0: for ever. */
  readonly maxAgeMs: number;
  /** Servers of the cluster that keep a copy each: 1, 3 or 5. */
  readonly replicas: number;
}

export const FEED_STREAM = "EVENTS";

/** Within it JetStream takes the same event once; it is at least 100 ms and at most the age. */
const DUPLICATE_WINDOW_MS = 120_000;

export function wantedFeed({ maxAgeMs, replicas }: FeedOptions): WantedStream {
  return {
    name: FEED_STREAM,
    subjects: [ALL_EVENTS],
    description: "Every committed event, as the log has them",
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: StorageType.File,
    max_age: nanosOf(maxAgeMs),
    duplicate_window: nanosOf(maxAgeMs === 0 ? DUPLICATE_WINDOW_MS : Math.min(DUPLICATE_WINDOW_MS, maxAgeMs)),
    num_replicas: replicas,
    metadata: { "statewright-purpose": "feed" },
  };
}

export class FeedStream {
  readonly #nats: Nats;
  readonly #options: FeedOptions;
  #reconciled = false;

  constructor(nats: Nats, options: FeedOptions) {
    this.#nats = nats;
    this.#options = options;
  }

  /**
   * What the stream holds. It is made when it is missing, and reconciled with the configuration once.
   * @throws StatewrightError `UNAVAILABLE`, or `USAGE` when it cannot be reconciled
   */
  async retained(): Promise<Retained> {
    try {
      const client = this.#nats.client();
      const manager = await managerOf(client);
      const found = this.#reconciled ? await findStream(manager, FEED_STREAM) : undefined;
      const info = found ?? await reconcileStream(client, wantedFeed(this.#options));
      this.#reconciled = true;
      const { messages, last_seq: taken } = info.state;
      const last = messages === 0 ? null : await manager.streams.getMessage(FEED_STREAM, { seq: taken });
      return {
        incarnation: info.created,
        taken,
        last: last === null ? undefined : identityOf(last.header),
        keptForMs: info.config.max_age / nanosOf(1),
      };
    } catch (thrown) {
      throw busError(thrown);
    }
  }
}
