/**
 * Messages between actors: open effects that end when the target has answered with a receipt. In order for each
 * (source, target), so that one slow or broken target holds up nobody else.
 */
import { type Clock, sleep } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import type { DeadLetter } from "../store/store.ts";
import { deliver, type DeliveryHost, type OpenMessage } from "./delivery.ts";

const MAX_ATTEMPTS = 60;
/** For an error that nobody knows: it may pass, and if not, the message has lost less than a second. */
const MAX_UNKNOWN_ATTEMPTS = 5;
const MAX_BACKOFF_MS = 5_000;

/** Its `settle` goes on until the outcome is durable or known to be late. */
export interface MessageHost extends DeliveryHost {
  readonly clock: Clock;
  readonly random: Random;
  /** The message is over: accepted, or in the dead letters. */
  delivered(source: ActorRef, effectId: string): void;
  bury(letter: Omit<DeadLetter, "id" | "recordedAt">): Promise<void>;
}

export class Messages {
  readonly #host: MessageHost;
  readonly #running = new Set<string>();
  /** The last delivery under way for each (source, target). */
  readonly #lanes = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(host: MessageHost) {
    this.#host = host;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Delivers an open message, unless it is under way on this node. */
  start(source: ActorRef, message: OpenMessage): void {
    const stream = `${source.type}/${source.id}`;
    const key = `${stream}/${message.id}`;
    if (this.#stopped || this.#running.has(key)) return;
    this.#running.add(key);
    const lane = `${stream}>${message.to.type}/${message.to.id}`;
    const before = this.#lanes.get(lane);
    const deliver = () => this.#deliver(source, stream, key, message);
    const delivery = (before ? before.then(deliver) : deliver()).finally(() => {
      this.#running.delete(key);
      if (this.#lanes.get(lane) === delivery) this.#lanes.delete(lane);
    });
    this.#lanes.set(lane, delivery);
  }

  /** Begins nothing more; what is undelivered is taken up again by whoever claims the actor next. */
  stop(): void {
    this.#stopped = true;
  }

  async #deliver(source: ActorRef, stream: string, key: string, message: OpenMessage): Promise<void> {
    for (let attempt = 1; !this.#stopped; attempt++) {
      try {
        const receipt = await deliver(this.#host, source, message);
        if (receipt) await this.#host.bury(letter("message refused", stream, key, attempt, { message, receipt }));
        return this.#host.delivered(source, message.id);
      } catch (thrown) {
        const error = StatewrightError.from(thrown);
        if (this.#stopped) return;
        if (attempt >= mostAttempts(error)) {
          const dead = letter("message undeliverable", stream, key, attempt, { message, error: error.message });
          if (await this.#bury(dead, source, message)) return;
        }
        await sleep(
          this.#host.clock,
          Math.ceil(this.#host.random() * Math.min(MAX_BACKOFF_MS, 10 * 2 ** Math.min(attempt, 12))),
        );
      }
    }
  }

  /** False while the store does not take it either: then the delivery goes on. */
  async #bury(
    dead: Omit<DeadLetter, "id" | "recordedAt">,
    source: ActorRef,
    message: OpenMessage,
  ): Promise<boolean> {
    try {
      await this.#host.bury(dead);
      this.#host.delivered(source, message.id);
      return true;
    } catch {
      return false;
    }
  }
}

function mostAttempts({ code, retryable }: StatewrightError): number {
  // Nothing is wrong with a message whose target nobody runs at the moment.
  if (code === "UNAVAILABLE") return Infinity;
  if (code === "INTERNAL") return MAX_UNKNOWN_ATTEMPTS;
  return retryable ? MAX_ATTEMPTS : 1;
}

function letter(
  reason: string,
  stream: string,
  source: string,
  attempts: number,
  detail: object,
): Omit<DeadLetter, "id" | "recordedAt"> {
  return { reason, stream, source, attempts, detail: JSON.stringify(detail) };
}
