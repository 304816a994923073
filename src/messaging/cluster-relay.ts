/**
 * Feeds a bus that the whole cluster hears. One node at a time does it, under a lease of the store. The lease also keeps
 * the checkpoint, which moves only past what the bus has taken, and is noted now and then: where to go on is decided by
 * what the feed itself holds (feed-resumption.ts), and two that feed it at once are told apart by the feed.
 */
import type { Clock } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { CounterMetric, Metrics } from "../kernel/metrics.ts";
import type { Bus, FeedEvent, FeedMark } from "./bus.ts";
import { type Checkpoint, type LogReader, positionToResume } from "./feed-resumption.ts";

/** The relay's view of the store's leases. */
export interface RelayLeases {
  acquireLease(name: string, holder: string, ttlMs: number): Promise<RelayLease | undefined>;
  advanceLease(lease: RelayLease, to: LeaseMove, ttlMs: number): Promise<RelayLease | undefined>;
  releaseLease(lease: RelayLease): Promise<void>;
  leasedPosition(name: string): Promise<number | undefined>;
}

interface LeaseMove {
  readonly position: number;
  readonly note: string | null;
}

interface RelayLease extends LeaseMove {
  readonly name: string;
  readonly token: number;
}

export interface ClusterRelayOptions {
  readonly log: LogReader;
  readonly bus: Bus;
  readonly leases: RelayLeases;
  readonly holder: string;
  /** Events that are published at once. */
  readonly batch: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly relayed: CounterMetric;
}

const LEASE = "relay";
/** After a death another node takes over within this and one poll. */
const TTL_MS = 4_000;
const ASK_MS = 900;
/** How often the lease is held on to when nothing happens, and the checkpoint noted when much does. */
const HOLD_MS = 1_200;
const NOTE_MS = 250;
/** How often the feed is looked at for what it has lost. */
const LOOK_MS = 3_000;
/** After a failure; wake-ups do not shorten it. */
const RETRY_MS = 300;
/** The bus takes what comes after a failure one by one; a whole batch of that could outlast the lease. */
const BATCH_AFTER_FAILURE = 20;

/** What has come back from a failure is looked at before anything is published. */
const LONG_AGO = -Infinity;

export class ClusterRelay {
  readonly #options: ClusterRelayOptions;
  readonly #republished: CounterMetric;
  #lease: RelayLease | undefined;
  /** The feed has everything up to here. */
  #at: Checkpoint = { position: 0, mark: undefined };
  /** The furthest that is known to have been published. */
  #furthest = 0;
  #askedAt = LONG_AGO;
  #notedAt = LONG_AGO;
  #lookedAt = LONG_AGO;
  #failedAt = LONG_AGO;
  #isFailing = false;
  /** Events that are published next, at most. */
  #limit: number;
  /** The next page, asked for while the one before is published. */
  #ahead: { readonly after: number; readonly events: Promise<readonly FeedEvent[]> } | undefined;

  constructor(options: ClusterRelayOptions) {
    this.#options = options;
    this.#limit = options.batch;
    const { metrics } = options;
    this.#republished = metrics.counter(
      "statewright_republished_total",
      "Events published once more, because the feed had lost them",
    );
    metrics.gauge("statewright_relay_lease_held", "1 on the node that feeds the feed", [], () => this.#lease ? 1 : 0);
  }

  async position(): Promise<number | undefined> {
    return this.#lease ? this.#at.position : await this.#options.leases.leasedPosition(LEASE);
  }

  /** Never rejects: while the bus or the store is away, nothing is read and the log keeps it all. */
  async work(): Promise<boolean> {
    if (!this.#isPast(this.#failedAt, RETRY_MS)) return false;
    try {
      const more = await this.#step();
      if (this.#isFailing) this.#options.logger.info({ position: this.#at.position }, "the relay goes on");
      this.#isFailing = false;
      return more;
    } catch (thrown) {
      this.#fail(StatewrightError.from(thrown));
      return false;
    }
  }

  #fail(error: StatewrightError): void {
    const { clock, logger } = this.#options;
    this.#failedAt = clock.now();
    this.#limit = BATCH_AFTER_FAILURE;
    this.#ahead = undefined;
    this.#lookedAt = LONG_AGO;
    const level = this.#isFailing ? "debug" : error.retryable ? "warn" : "error";
    logger[level]({ error: plainError(error) }, "the relay cannot publish; what is committed waits in the log");
    this.#isFailing = true;
  }

  /** A clock that was set back must not make this wait for it. */
  #isPast(moment: number, byMs: number): boolean {
    return Math.abs(this.#options.clock.now() - moment) >= byMs;
  }

  async stop(): Promise<void> {
    try {
      await this.#note();
      if (this.#lease) await this.#options.leases.releaseLease(this.#lease);
    } catch (thrown) {
      this.#options.logger.warn({ error: plainError(thrown) }, "the relay's lease runs out by itself");
    }
    this.#lease = undefined;
  }

  async #step(): Promise<boolean> {
    if (this.#lease === undefined && !await this.#takeOver()) return false;
    if (this.#isPast(this.#lookedAt, LOOK_MS)) await this.#look();
    // After a long failure the lease may be another one's.
    if (this.#isPast(this.#notedAt, TTL_MS)) await this.#note();
    if (this.#lease === undefined) return false;
    const more = await this.#publish();
    if (this.#isPast(this.#notedAt, this.#isNoted() ? HOLD_MS : NOTE_MS)) await this.#note();
    return more && this.#lease !== undefined;
  }

  async #takeOver(): Promise<boolean> {
    const { clock, leases, holder, logger } = this.#options;
    // Not at every wake-up: all nodes but one ask in vain.
    if (!this.#isPast(this.#askedAt, ASK_MS)) return false;
    this.#askedAt = clock.now();
    this.#lease = await leases.acquireLease(LEASE, holder, TTL_MS);
    if (this.#lease === undefined) return false;
    const { position, note } = this.#lease;
    this.#at = { position, mark: note === null ? undefined : JSON.parse(note) as FeedMark };
    this.#furthest = Math.max(this.#furthest, position);
    this.#lookedAt = LONG_AGO;
    logger.info({ position }, "this node feeds the feed now");
    return true;
  }

  /** Finds out where to go on. */
  async #look(): Promise<void> {
    const { bus, clock, log, logger } = this.#options;
    const retained = await bus.retained();
    if (retained === undefined) return;
    const { incarnation, taken } = retained;
    const from = this.#at.position;
    const position = await positionToResume(log, this.#at, retained, clock.now());
    this.#at = { position, mark: { incarnation, taken } };
    this.#lookedAt = clock.now();
    if (position < from) {
      logger.warn({ from, to: position }, "the feed has lost events; they are published once more");
      await this.#note();
    }
  }

  async #publish(): Promise<boolean> {
    const { batch, bus, relayed } = this.#options;
    const after = this.#at.position;
    const events = await this.#page(after);
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) return false;
    const isFull = events.length === this.#limit;
    if (isFull) this.#readAhead(last.position);
    this.#at = { mark: await bus.publish(events, after), position: last.position };
    this.#limit = batch;
    relayed.add(events.length);
    if (first.position <= this.#furthest) {
      this.#republished.add(events.filter(({ position }) => position <= this.#furthest).length);
    }
    this.#furthest = Math.max(this.#furthest, last.position);
    return isFull;
  }

  #page(after: number): Promise<readonly FeedEvent[]> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead?.after === after ? ahead.events : this.#read(after, this.#limit);
  }

  #readAhead(after: number): void {
    const events = this.#read(after, this.#options.batch);
    // Whoever takes the page hears of its failure.
    events.catch(() => {});
    this.#ahead = { after, events };
  }

  #read(after: number, limit: number): Promise<readonly FeedEvent[]> {
    return this.#options.log.readAll({ after, limit });
  }

  #isNoted(): boolean {
    return this.#lease?.position === this.#at.position && this.#lease.note === JSON.stringify(this.#at.mark);
  }

  /** Notes how far the feed has come, and holds on to the lease. */
  async #note(): Promise<void> {
    const { clock, leases, logger } = this.#options;
    const { position, mark } = this.#at;
    if (this.#lease === undefined || mark === undefined) return;
    this.#lease = await leases.advanceLease(this.#lease, { position, note: JSON.stringify(mark) }, TTL_MS);
    this.#notedAt = clock.now();
    if (this.#lease === undefined) logger.info({}, "another node feeds the feed now");
  }
}
