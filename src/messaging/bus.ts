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

/** How far a bus that keeps its events has come: noted beside a checkpoint, it shows later whether events were lost. */
export interface FeedMark {
  /** Another one when the bus has begun anew. */
  readonly incarnation: string;
  /** Messages that it has ever taken in this incarnation. */
  readonly taken: number;
}

/** What a bus keeps. */
export interface Retained extends FeedMark {
  /** The newest event, if one is kept. `id` is its {@link feedId}. */
  readonly last: { readonly position: number; readonly id: string } | undefined;
  /** How long an event is kept, in ms; 0: for ever. */
  readonly keptForMs: number;
}

export interface Bus {
  /** `in-process`, `NATS 2.10.7 at …`. */
  readonly description: string;
  /** Who hears what is published: this process only, or all that use the same servers. */
  readonly reach: "process" | "cluster";
  /**
   * Publishes in order; resolves when the bus has taken all of them. At-least-once; when it rejects, any number of the
   * first ones may have been taken.
   * @param after the position in the log before the first of them
   * @returns how far the bus has come, when it keeps what it takes
   */
  publish(events: readonly FeedEvent[], after: number): Promise<FeedMark | undefined>;
  /**
   * Calls `handle` for each event published from now on, in order. A handler that throws is logged and does not
   * stop the others. Answers once the subscription is in place; while the bus is away, that is when it returns.
   */
  subscribe(handle: (event: FeedEvent) => void): Promise<FeedSubscription>;
  /** What the bus keeps now; undefined when it keeps nothing by its nature. */
  retained(): Promise<Retained | undefined>;
  /** Rejects with the reason, for people, when the bus could not take an event now. */
  ping(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What an event is known by on the feed: no two events of a log have the same. */
export function feedId({ stream, version }: Pick<FeedEvent, "stream" | "version">): string {
  return `${stream}/${version}`;
}
