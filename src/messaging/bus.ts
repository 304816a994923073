/**
 * The bus contract. The log is the truth and the bus is a wire: whatever is on it can be published again, so a
 * subscriber may see an event twice and must not count on seeing it at all; projections are only woken by it.
 */

/** A committed event as it travels. */
export interface FeedEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  /** JSON texts, as stored. */
  readonly data: string;
  readonly metadata: string;
  readonly state: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly recordedAt: number;
}

export interface FeedSubscription {
  close(): void;
}

export interface Bus {
  /** `in-process`, `JetStream 2.10 at …`. */
  readonly description: string;
  /** Publishes in order; resolves when the bus has taken all of them. At-least-once. */
  publish(events: readonly FeedEvent[]): Promise<void>;
  /**
   * Calls `handle` for each event published from now on, in order. A handler that throws is logged and does not
   * stop the others. Answers once the subscription is in place.
   */
  subscribe(handle: (event: FeedEvent) => void): Promise<FeedSubscription>;
  close(): Promise<void>;
}
