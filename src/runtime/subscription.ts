/**
 * One follower of one actor: hears each of its committed events once, in version order.
 *
 * Invariants:
 *  1. Only the next version is queued, so that none is missed, doubled or out of order.
 *  2. The queue is bounded. What does not fit, or does not follow, is read from the log once there is room.
 */
import type { Clock } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { EventLog, StoredEvent } from "../store/store.ts";

/** Events that wait for their reader at most. */
const MAX_QUEUED = 128;
/** How long to rely on hints; what another node commits may come without one. */
const POLL_MS = 1_000;

export interface SubscriptionHost {
  readonly log: Pick<EventLog, "read">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const NOBODY_WAITS = () => {};

export class Subscription implements AsyncIterableIterator<StoredEvent> {
  readonly #host: SubscriptionHost;
  readonly #stream: string;
  readonly #onEnd: () => void;
  readonly #queue: StoredEvent[] = [];
  /** The version that is queued next. */
  #next: number;
  /** True while the log may hold versions from `#next` on. */
  #isBehind = true;
  #ended = false;
  #failure: StatewrightError | undefined;
  /** Ends the pause that the reader is in. */
  #wake: () => void = NOBODY_WAITS;
  /** The `next` before, so that two at once take their turns. */
  #before: Promise<unknown> = Promise.resolve();

  /** @param onEnd called once, whoever ends it */
  constructor(host: SubscriptionHost, stream: string, fromVersion: number, onEnd: () => void) {
    this.#host = host;
    this.#stream = stream;
    this.#next = fromVersion;
    this.#onEnd = onEnd;
  }

  /** Consecutive events of the stream that were just committed here, or read. */
  offer(events: readonly StoredEvent[]): void {
    for (const event of events) {
      if (event.version < this.#next) continue;
      if (event.version > this.#next || this.#queue.length >= MAX_QUEUED) {
        this.#isBehind = true;
        break;
      }
      this.#queue.push(event);
      this.#next++;
    }
    this.#wake();
  }

  /** Somebody has committed that version. */
  hint(version: number): void {
    if (version < this.#next) return;
    this.#isBehind = true;
    this.#wake();
  }

  /** The reader gets what is queued, and then the error. */
  fail(error: StatewrightError): void {
    this.#failure = error;
    this.#onEnd();
    this.#wake();
  }

  /** The reader gets nothing more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake();
  }

  next(): Promise<IteratorResult<StoredEvent, undefined>> {
    const taken = this.#before.then(() => this.#take());
    this.#before = taken.catch(() => {});
    return taken;
  }

  async return(): Promise<IteratorResult<StoredEvent, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #take(): Promise<IteratorResult<StoredEvent, undefined>> {
    while (!this.#ended) {
      const value = this.#queue.shift();
      if (value) return { done: false, value };
      if (this.#failure) {
        this.end();
        throw this.#failure;
      }
      if (this.#isBehind) await this.#catchUp();
      else await this.#pause();
    }
    return { done: true, value: undefined };
  }

  async #catchUp(): Promise<void> {
    this.#isBehind = false;
    try {
      const page = await this.#host.log.read(this.#stream, { fromVersion: this.#next, limit: MAX_QUEUED });
      if (page.length === MAX_QUEUED) this.#isBehind = true;
      this.offer(page);
    } catch (thrown) {
      const error = StatewrightError.from(thrown);
      if (!error.retryable) return this.fail(error);
      this.#host.logger.warn(
        { stream: this.#stream, error: plainError(error) },
        "a subscription could not read the log; trying again",
      );
      await this.#pause();
      this.#isBehind = true;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#host.clock.schedule(POLL_MS, () => {
        this.#isBehind = true;
        this.#wake();
      });
      this.#wake = () => {
        this.#wake = NOBODY_WAITS;
        cancel();
        resolve();
      };
    });
  }
}
