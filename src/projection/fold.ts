/**
 * Folds one projection turn by turn. A batch that fails is folded again event by event, to find the one to blame; that
 * one is set aside after some attempts, and so are the later ones of its actor, while all others flow.
 */
import { type Clock, sleep } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import { type Random, systemRandom } from "../kernel/random.ts";
import type { ReadModels, Turn } from "../store/read-models.ts";
import type { EventLog, StoredEvent } from "../store/store.ts";
import type { ParkedEvent, Parking } from "../store/transaction.ts";
import { ATTEMPTS, backoffMs, blameFor, MOST_PARKED_KEYS, passes } from "./poison.ts";
import type { Projection } from "./projection.ts";

export type ProjectionStore = Pick<EventLog, "readAll"> & Parking & ReadModels;

export interface FoldOptions {
  readonly store: ProjectionStore;
  readonly projection: Projection;
  /** The reader whose checkpoint moves. */
  readonly reader: string;
  /** Where the projection's tables are looked up first; undefined: where they always are. */
  readonly schema?: string;
  /** Events a transaction. */
  readonly batch: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: Random;
}

export interface Progress {
  readonly checkpoint: number;
  /** False once the turn has come to the head of the log. */
  readonly hasMore: boolean;
  /** True when another process has its turn with the same reader. */
  readonly isBusy: boolean;
}

export class Fold {
  readonly #options: FoldOptions;
  /** What the turn has read. */
  #read: readonly StoredEvent[] = [];
  /** Up to here event by event, since a batch has failed. */
  #carefulUntil = 0;
  /** The event that failed last. */
  #suspect: { position: number; failures: number; thrown?: unknown } = { position: 0, failures: 0 };

  constructor(options: FoldOptions) {
    this.#options = options;
  }

  /**
   * Folds the next events, and then what was set aside and is to be tried again.
   * @throws StatewrightError when it cannot go on now: try again
   */
  async turn(): Promise<Progress> {
    const { store, reader, schema, batch } = this.#options;
    const limit = this.#carefulUntil > 0 ? 1 : batch;
    this.#read = [];
    try {
      const { checkpoint, events, isBusy, hasParked } = await store.fold(
        reader,
        { limit, schema },
        (turn) => this.apply(turn),
      );
      if (checkpoint >= this.#carefulUntil) this.#carefulUntil = 0;
      if (hasParked) await this.#redrive();
      return { checkpoint, hasMore: events === limit, isBusy };
    } catch (thrown) {
      await this.#blame(thrown);
      return { checkpoint: await store.checkpoint(reader), hasMore: true, isBusy: false };
    }
  }

  /** Applies what a turn has read, but for what has to be set aside. */
  async apply({ transaction, events, parked }: Turn): Promise<void> {
    const { projection, reader } = this.#options;
    this.#read = events;
    const wanted = events.filter(({ stream }) => projection.types.includes(stream.slice(0, stream.indexOf("/"))));
    const { position, failures, thrown } = this.#suspect;
    const [first] = wanted;
    if (first?.position === position && failures >= ATTEMPTS && parked.size < MOST_PARKED_KEYS) {
      await transaction.park(first.stream, first, blameFor(reader, first.stream, failures, thrown));
      return;
    }
    const free = wanted.filter(({ stream }) => !parked.has(stream));
    if (free.length > 0) await projection.apply(transaction, free);
    for (const event of wanted) if (parked.has(event.stream)) await transaction.park(event.stream, event);
  }

  /** Finds the event that makes a turn fail. What is nobody's fault, or everybody's, is thrown on. */
  async #blame(thrown: unknown): Promise<void> {
    const { reader, clock, logger, random = systemRandom } = this.#options;
    const last = this.#read.at(-1);
    if (last === undefined || passes(thrown)) throw thrown;
    if (this.#read.length > 1) {
      this.#carefulUntil = last.position;
      return;
    }
    const before = this.#suspect.position === last.position ? this.#suspect.failures : 0;
    this.#suspect = { position: last.position, failures: before + 1, thrown };
    if (before >= ATTEMPTS) throw thrown;
    if (before + 1 === ATTEMPTS) {
      const { detail } = blameFor(reader, last.stream, ATTEMPTS, thrown);
      logger.error({ event: `${last.stream}/${last.version}`, detail }, "a projection cannot fold an event");
    }
    await sleep(clock, backoffMs(before + 1, random));
  }

  /** Tries parked events again, in their order, for as long as they can be folded. */
  async #redrive(): Promise<void> {
    const { store, reader } = this.#options;
    for (;;) {
      const next = await store.nextRedrive(reader, 0);
      if (next === undefined) return;
      const [event] = await store.readAll({ after: next.position - 1, limit: 1 });
      if (event === undefined || !await this.#redriveOne(next, event)) return;
    }
  }

  /** False when another process has the reader's turn. */
  async #redriveOne({ key }: ParkedEvent, event: StoredEvent): Promise<boolean> {
    const { store, projection, reader, schema } = this.#options;
    const alone = (work: (turn: Turn) => Promise<void>) => store.fold(reader, { limit: 0, schema }, work);
    try {
      const { isBusy } = await alone(async ({ transaction }) => {
        if (await transaction.unpark(event)) await projection.apply(transaction, [event]);
      });
      return !isBusy;
    } catch (thrown) {
      if (passes(thrown)) throw thrown;
      const { isBusy } = await alone(({ transaction }) =>
        transaction.park(key, event, blameFor(reader, key, 1, thrown))
      );
      return !isBusy;
    }
  }
}
