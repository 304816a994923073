/**
 * Streams in both directions: messages come in and are handled one after the other; answers, and the events of whatever
 * actors came up, go out. Once the client has said its last word, it still hears what came of its words, and no more.
 *
 * Invariants:
 *  1. What waits to be sent is bounded: who produces waits until the client reads.
 *  2. An actor is followed once, however often it comes up.
 */
import { StatewrightError } from "../../kernel/errors.ts";
import { type ActorRef, streamOf } from "../../kernel/ids.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import { followActor } from "../../shop/follow-actor.ts";

const MAX_WAITING = 64;
const MAX_FOLLOWED = 100;

export interface FollowInDialogue<Out> {
  /** The position after which to begin, for the first time that the actor comes up. */
  readonly after: number;
  /** The dialogue does not end before the client has heard of the event at this position. */
  readonly until: number;
  /** What to send for an event; undefined: nothing. */
  message(event: StoredEvent): Out | undefined;
  /** True for the event after which the dialogue is over. */
  isLast?(event: StoredEvent): boolean;
}

export interface Dialogue<Out> {
  /** Resolves once there is room for it. */
  send(message: Out): Promise<void>;
  /** Sends an actor's events from now on. @throws StatewrightError `LIMIT` beyond 100 actors */
  follow(system: ActorSystem, actor: ActorRef, options: FollowInDialogue<Out>): Promise<void>;
}

/** @param handle rejects to end the whole dialogue with that error */
export async function* inDialogue<In, Out>(
  input: AsyncIterable<In>,
  signal: AbortSignal,
  handle: (message: In, dialogue: Dialogue<Out>) => Promise<void>,
): AsyncGenerator<Out> {
  const over = new AbortController();
  const outbox = new Outbox<Out>();
  const follower = new Follower<Out>(outbox, AbortSignal.any([signal, over.signal]));
  const listening = (async () => {
    for await (const message of input) {
      await handle(message, {
        send: (out) => outbox.put(out),
        follow: (system, actor, options) => follower.follow(system, actor, options),
      });
    }
    await follower.caughtUp();
  })();
  listening.then(() => outbox.end(), (thrown: unknown) => outbox.fail(thrown));
  try {
    yield* outbox;
  } finally {
    over.abort();
    outbox.end();
  }
}

interface Followed {
  heard: number;
  until: number;
  reached: () => void;
}

/** The actors of one dialogue. */
class Follower<Out> {
  readonly #outbox: Outbox<Out>;
  readonly #signal: AbortSignal;
  readonly #followed = new Map<string, Followed>();

  constructor(outbox: Outbox<Out>, signal: AbortSignal) {
    this.#outbox = outbox;
    this.#signal = signal;
  }

  async follow(system: ActorSystem, actor: ActorRef, options: FollowInDialogue<Out>): Promise<void> {
    const stream = streamOf(actor);
    const known = this.#followed.get(stream);
    if (known) {
      known.until = Math.max(known.until, options.until);
      return;
    }
    if (this.#followed.size >= MAX_FOLLOWED) {
      throw new StatewrightError("LIMIT", `One stream follows ${MAX_FOLLOWED} actors; open another`);
    }
    const followed: Followed = { heard: options.after, until: options.until, reached: () => {} };
    this.#followed.set(stream, followed);
    const events = await followActor(system, actor, { after: options.after, signal: this.#signal });
    this.#passOn(events, followed, options).catch((thrown: unknown) => this.#outbox.fail(thrown));
  }

  async #passOn(events: AsyncIterable<StoredEvent>, followed: Followed, options: FollowInDialogue<Out>): Promise<void> {
    for await (const event of events) {
      const message = options.message(event);
      if (message !== undefined) await this.#outbox.put(message);
      followed.heard = event.position;
      followed.reached();
      if (options.isLast?.(event)) return this.#outbox.end();
    }
  }

  /** Resolves once all that was told of by receipts has been heard. */
  async caughtUp(): Promise<void> {
    for (const followed of this.#followed.values()) {
      while (followed.heard < followed.until && !this.#signal.aborted) {
        await new Promise<void>((resolve) => {
          followed.reached = resolve;
          this.#signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
    }
  }
}

/** A bounded queue with one reader. */
class Outbox<Out> {
  readonly #waiting: Out[] = [];
  readonly #producers: (() => void)[] = [];
  #wakeReader: () => void = () => {};
  #ended = false;
  #failure: { readonly thrown: unknown } | undefined;

  async put(message: Out): Promise<void> {
    while (this.#waiting.length >= MAX_WAITING && !this.#ended) {
      await new Promise<void>((resolve) => this.#producers.push(resolve));
    }
    if (this.#ended) return;
    this.#waiting.push(message);
    this.#wakeReader();
  }

  /** The reader gets what waits, and then the end. */
  end(): void {
    this.#ended = true;
    this.#wakeReader();
    for (const wake of this.#producers.splice(0)) wake();
  }

  /** The reader gets what waits, and then the error. */
  fail(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Out> {
    for (;;) {
      while (this.#waiting.length > 0) {
        const message = this.#waiting.shift()!;
        this.#producers.shift()?.();
        yield message;
      }
      if (this.#failure) throw this.#failure.thrown;
      if (this.#ended) return;
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
  }
}
