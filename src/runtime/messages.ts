/**
 * Messages between actors: open effects that end when the target has answered with a receipt. In order for each
 * (source, target), so that one slow or broken target holds up nobody else.
 */
import { type Clock, sleep } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { Random } from "../kernel/random.ts";
import type { DeadLetter } from "../store/store.ts";
import type { Outcome } from "./acceptance.ts";
import { childFailed } from "./outcomes.ts";
import type { OpenEffect } from "./effects.ts";
import type { MachineEvent } from "./machine-event.ts";
import type { Proposal, Receipt, Refused } from "./receipt.ts";

const MAX_ATTEMPTS = 60;
const MAX_BACKOFF_MS = 5_000;

export type OpenMessage = Extract<OpenEffect, { kind: "message" }>;

export interface MessageHost {
  readonly clock: Clock;
  readonly random: Random;
  propose(to: ActorRef, proposal: Proposal, sentAt: number): Promise<Receipt>;
  /** Proposes the end of a child to its parent, until it is durable or known to be late. */
  settle(to: ActorRef, outcome: Outcome): Promise<void>;
  stop(child: ActorRef, causationId: string, correlationId: string): Promise<unknown>;
  /** The message is over: accepted, or in the dead letters. */
  delivered(source: ActorRef, effectId: string): Promise<unknown>;
  /** Offers the refusal to the sender as an event; false when its machine has no use for it. */
  refused(source: ActorRef, message: OpenMessage, receipt: Refused): Promise<boolean>;
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
        await this.#hand(source, stream, key, message, attempt);
        return void await this.#host.delivered(source, message.id);
      } catch (thrown) {
        const error = StatewrightError.from(thrown);
        if (this.#stopped) return;
        // Nothing is wrong with a message whose target nobody runs at the moment.
        const isHopeless = !error.retryable || (attempt >= MAX_ATTEMPTS && error.code !== "UNAVAILABLE");
        if (isHopeless) {
          const buried = await this.#bury(
            letter("message undeliverable", stream, key, attempt, { message, error: error.message }),
          );
          if (buried) return void await this.#host.delivered(source, message.id).catch(() => {});
        }
        await sleep(
          this.#host.clock,
          Math.ceil(this.#host.random() * Math.min(MAX_BACKOFF_MS, 10 * 2 ** Math.min(attempt, 12))),
        );
      }
    }
  }

  /** One attempt. Resolves when the target has answered, whatever it said. */
  async #hand(source: ActorRef, stream: string, key: string, message: OpenMessage, attempt: number): Promise<void> {
    const { to, link, correlationId, traceparent } = message;
    // As it is read back after a crash: a Date is a text by then, and what was undefined is gone.
    const event = JSON.parse(JSON.stringify(message.event)) as MachineEvent;
    const causationId = `${stream}/${message.id.slice(0, message.id.indexOf("/"))}`;
    if (link?.as === "stop") return void await this.#host.stop(to, causationId, correlationId);
    if (link?.as === "outcome") {
      const type = event.type.startsWith("xstate.error.") ? "ChildFailed" : "ChildCompleted";
      return this.#host.settle(to, { effectId: link.effect, type, data: { event }, traceparent });
    }
    const parent = link && { parent: source, effect: link.effect, child: link.child };
    const proposal: Proposal = {
      event,
      messageId: key,
      by: "internal",
      correlationId,
      causationId,
      traceparent,
      ...(parent && { parent }),
    };
    const receipt = await this.#host.propose(to, proposal, message.position);
    if (receipt.outcome === "refused" && link) {
      // The child was never made; its parent must not wait for it.
      const error = { name: "Refused", message: receipt.detail, code: receipt.reason };
      return this.#host.settle(source, childFailed({ id: link.effect, child: link.child, traceparent }, error));
    }
    if (receipt.outcome === "refused" && !(await this.#host.refused(source, message, receipt))) {
      await this.#host.bury(letter("message refused", stream, key, attempt, { message, receipt }));
    }
  }

  /** False while the store does not take it either: then the delivery goes on. */
  async #bury(dead: Omit<DeadLetter, "id" | "recordedAt">): Promise<boolean> {
    try {
      await this.#host.bury(dead);
      return true;
    } catch {
      return false;
    }
  }
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
