/**
 * One partition of a subscription, in this process's hand: the events that wait in it, in order, and how one turn
 * handles some of them.
 *
 *  1. Turns of one partition never overlap.
 *  2. Nothing is written but under the partition's claim; once that is lost, it is over.
 *  3. The cursor never passes an event that is neither handled nor parked.
 */
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import type { EventLog, StoredEvent } from "../store/store.ts";
import type { PartitionCursor, Subscriptions } from "../store/subscriptions.ts";
import type { ParkedEvent, Parking, ReaderTransaction } from "../store/transaction.ts";
import { ATTEMPTS, backoffMs, blameFor, MOST_PARKED_KEYS, passes } from "./poison.ts";
import type { Subscription } from "./subscription.ts";

/** Events a turn. At most once means that a crash loses one, so one a turn. */
const BATCH = { "effectively-once": 100, "at-least-once": 100, "at-most-once": 1 } as const;

export interface PartitionParts {
  readonly store: Pick<EventLog, "readAll"> & Parking & Subscriptions;
  readonly subscription: Subscription;
  readonly logger: Logger;
  readonly random: Random;
  /** Counts events that were handled. */
  handled(events: number): void;
}

/** What comes after a turn: another one, after a wait perhaps, or nothing, since the claim is lost. */
export type AfterTurn = { readonly waitMs: number } | "lost";

interface Keyed {
  readonly key: string;
  readonly event: StoredEvent;
}

const NOW: AfterTurn = { waitMs: 0 };

export class Partition {
  readonly #parts: PartitionParts;
  #cursor: PartitionCursor;
  #queue: Keyed[] = [];
  /** Up to here the log was looked through for events of this partition. */
  #offered: number;
  /** Undefined until they are looked up, which the first turn does. */
  #parkedKeys: Set<string> | undefined;
  #hasRedrives = false;
  /** Up to here event by event, since a batch has failed. */
  #carefulUntil = 0;
  /** Failures in a row, and of the event at the head of the queue. */
  #failures = 0;
  #suspect = { position: 0, failures: 0 };

  constructor(parts: PartitionParts, cursor: PartitionCursor) {
    this.#parts = parts;
    this.#cursor = cursor;
    this.#offered = cursor.position;
  }

  get claim(): PartitionCursor {
    return this.#cursor;
  }

  get offered(): number {
    return this.#offered;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0 || this.#hasRedrives;
  }

  /** Where its cursor may be moved while no turn is under way; undefined when it is there. */
  get idleMark(): PartitionCursor | undefined {
    if (this.#queue.length > 0 || this.#offered === this.#cursor.position) return undefined;
    return { ...this.#cursor, position: this.#offered };
  }

  /** Takes an event, unless it was offered before. */
  offer(key: string, event: StoredEvent): void {
    if (event.position > this.#offered) this.#queue.push({ key, event });
  }

  /** Says that the log was looked through up to a position. */
  lookedThrough(position: number): void {
    this.#offered = Math.max(this.#offered, position);
  }

  /** The store says that the cursor was moved to an idle mark. */
  moved(position: number): void {
    this.#cursor = { ...this.#cursor, position: Math.max(position, this.#cursor.position) };
  }

  /** Parked events are to be tried again, perhaps of this partition. */
  redrive(): void {
    this.#hasRedrives = true;
  }

  /** Handles some events. Never rejects. */
  async turn(): Promise<AfterTurn> {
    try {
      const after = await this.#turn();
      this.#failures = 0;
      return after;
    } catch (thrown) {
      const { subscription, logger, random } = this.#parts;
      if (this.#failures++ === 0) {
        const { detail } = blameFor(subscription.name, "", 1, thrown);
        logger.warn({ partition: this.#cursor.partition, detail }, "a subscription has to wait");
      }
      return { waitMs: backoffMs(this.#failures, random) };
    } finally {
      this.#queue = this.#queue.filter(({ event }) => event.position > this.#cursor.position);
    }
  }

  async #turn(): Promise<AfterTurn> {
    const { store, subscription } = this.#parts;
    this.#parkedKeys ??= new Set(
      await store.parkedKeys(subscription.name, this.#cursor.partition, MOST_PARKED_KEYS + 1),
    );
    if (this.#hasRedrives) return await this.#redrive();
    const [first] = this.#queue;
    if (first === undefined) return NOW;
    const isParked = this.#parkedKeys.has(first.key);
    const batch = this.#next(isParked);
    if (isParked) {
      return await this.#advance(batch, async (transaction) => {
        for (const { key, event } of batch) await transaction.park(key, event);
      });
    }
    try {
      return await this.#deliver(batch);
    } catch (thrown) {
      if (passes(thrown)) throw thrown;
      return await this.#blame(thrown);
    }
  }

  /** The first events of the queue, as many as are of one kind: parked, or not. */
  #next(parked: boolean): Keyed[] {
    const { delivery } = this.#parts.subscription;
    const isCareful = this.#queue[0]!.event.position <= this.#carefulUntil;
    const most = this.#queue.slice(0, isCareful ? 1 : BATCH[delivery]);
    const end = most.findIndex(({ key }) => this.#parkedKeys?.has(key) !== parked);
    return end === -1 ? most : most.slice(0, end);
  }

  async #deliver(batch: readonly Keyed[]): Promise<AfterTurn> {
    const { subscription, logger, handled } = this.#parts;
    if (subscription.delivery === "effectively-once") {
      const after = await this.#advance(batch, async (transaction) => {
        for (const { event } of batch) await subscription.handle(event, { query: transaction.query });
      });
      if (after !== "lost") handled(batch.length);
      return after;
    }
    if (subscription.delivery === "at-most-once") {
      const { event } = batch[0]!;
      if (!await this.#move(event.position)) return "lost";
      await subscription.handle(event).then(() => handled(1), (thrown: unknown) => {
        const { detail } = blameFor(subscription.name, batch[0]!.key, 1, thrown);
        logger.warn({ event: `${event.stream}/${event.version}`, detail }, "a subscriber failed, at most once");
      });
      return NOW;
    }
    let last = 0;
    try {
      for (const { event } of batch) {
        await subscription.handle(event);
        last = event.position;
        handled(1);
      }
    } finally {
      // What was handled is behind it, also when the next event fails.
      if (last > 0 && !await this.#move(last)) last = -1;
    }
    return last === -1 ? "lost" : NOW;
  }

  /** Finds the event that makes a turn fail, and sets it aside when it goes on failing. */
  async #blame(thrown: unknown): Promise<AfterTurn> {
    const { subscription, logger, random } = this.#parts;
    const left = this.#queue.filter(({ event }) => event.position > this.#cursor.position);
    const { key, event } = left[0]!;
    if (subscription.delivery === "effectively-once" && event.position > this.#carefulUntil && left.length > 1) {
      this.#carefulUntil = left[Math.min(left.length, BATCH[subscription.delivery]) - 1]!.event.position;
      return NOW;
    }
    const failures = 1 + (this.#suspect.position === event.position ? this.#suspect.failures : 0);
    this.#suspect = { position: event.position, failures };
    if (failures < ATTEMPTS) return { waitMs: backoffMs(failures, random) };
    if (this.#parkedKeys!.size >= MOST_PARKED_KEYS) throw thrown;
    const blame = blameFor(subscription.name, key, failures, thrown);
    logger.error(
      { event: `${event.stream}/${event.version}`, detail: blame.detail },
      "a subscription sets an event aside",
    );
    const after = await this.#advance([{ key, event }], (transaction) => transaction.park(key, event, blame));
    this.#parkedKeys!.add(key);
    return after;
  }

  /** Tries one parked event again. */
  async #redrive(): Promise<AfterTurn> {
    const { store, subscription } = this.#parts;
    const next = await store.nextRedrive(subscription.name, this.#cursor.partition);
    const [event] = next === undefined ? [] : await store.readAll({ after: next.position - 1, limit: 1 });
    if (next === undefined || event === undefined) {
      this.#hasRedrives = false;
      this.#parkedKeys = undefined;
      return NOW;
    }
    try {
      return await this.#redriveOne(event);
    } catch (thrown) {
      if (passes(thrown)) throw thrown;
      return await this.#redriveFailed(next, event, thrown);
    }
  }

  #redriveOne(event: StoredEvent): Promise<AfterTurn> {
    const { subscription } = this.#parts;
    if (subscription.delivery === "effectively-once") {
      return this.#advance([], async (transaction) => {
        await transaction.unpark(event);
        await subscription.handle(event, { query: transaction.query });
      });
    }
    return subscription.handle(event).then(() =>
      this.#advance([], async (transaction) => void await transaction.unpark(event))
    );
  }

  #redriveFailed({ key }: ParkedEvent, event: StoredEvent, thrown: unknown): Promise<AfterTurn> {
    const blame = blameFor(this.#parts.subscription.name, key, 1, thrown);
    return this.#advance([], (transaction) => transaction.park(key, event, blame));
  }

  /** Moves the cursor behind a batch, together with what `work` writes. */
  async #advance(
    batch: readonly Keyed[],
    work: (transaction: ReaderTransaction) => Promise<void>,
  ): Promise<AfterTurn> {
    const { store, subscription } = this.#parts;
    const to = batch.at(-1)?.event.position ?? this.#cursor.position;
    if (!await store.advancePartition(subscription.name, this.#cursor, to, work)) return "lost";
    this.moved(to);
    return NOW;
  }

  async #move(to: number): Promise<boolean> {
    const { store, subscription } = this.#parts;
    const cursor = { ...this.#cursor, position: to };
    if ((await store.movePartitions(subscription.name, [cursor])).length === 0) return false;
    this.moved(to);
    return true;
  }
}
