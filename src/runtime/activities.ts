/**
 * Activities: the work behind `invoke`s, run at least once, with the same key on every attempt. What comes of it is
 * proposed to the actor as an outcome; only that ends the activity.
 */
import { type Clock, sleep } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import type { Outcome } from "./acceptance.ts";
import type { Activity, RetryPolicy } from "./definition.ts";
import type { OpenEffect } from "./effects.ts";
import { completed, failed } from "./outcomes.ts";
import { Gate } from "./gate.ts";
import type { MachineEvent } from "./machine-event.ts";
import type { RegisteredActor } from "./register.ts";

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, backoffMs: 100, maxBackoffMs: 10_000, timeoutMs: 30_000 };
const DEFAULT_CONCURRENCY = 64;

export type OpenActivity = Extract<OpenEffect, { kind: "activity" }>;

/** What the activities need of their node. */
export interface ActivityHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Proposes the outcome until it is durable or known to be late. */
  settle(ref: ActorRef, outcome: Outcome): Promise<void>;
}

/** Thrown, or answered with `retryable: false`, by work that would fail the same way again. */
export class NonRetryableError extends Error {
  override readonly name = "NonRetryableError";
}

export class Activities {
  readonly #host: ActivityHost;
  readonly #running = new Map<string, AbortController>();
  readonly #gates = new Map<string, Gate>();
  #stopped = false;

  constructor(host: ActivityHost) {
    this.#host = host;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Starts an open activity, unless it is under way on this node. */
  start(registered: RegisteredActor, ref: ActorRef, effect: OpenActivity): void {
    const key = `${ref.type}/${ref.id}/${effect.id}`;
    if (this.#stopped || this.#running.has(key)) return;
    const closed = new AbortController();
    this.#running.set(key, closed);
    this.#work(registered, ref, effect, key, closed.signal)
      .catch((thrown) =>
        this.#host.logger.error(
          { effect: key, error: plainError(thrown) },
          "an activity's outcome could not be recorded",
        )
      )
      .finally(() => this.#running.delete(key));
  }

  /** The effect was closed: nobody waits for it any more. */
  close(key: string): void {
    this.#running.get(key)?.abort(new Error("The state that asked for it was left"));
  }

  /** Aborts everything; what had no outcome yet is taken up again by whoever claims the actor next. */
  stop(): void {
    this.#stopped = true;
    for (const closed of this.#running.values()) closed.abort(new Error("The node is stopping"));
  }

  async #work(
    registered: RegisteredActor,
    ref: ActorRef,
    effect: OpenActivity,
    key: string,
    closed: AbortSignal,
  ): Promise<void> {
    const activity = registered.definition.activities?.[effect.src];
    const gate = this.#gateOf(`${ref.type}.${effect.src}`, activity?.concurrency);
    let outcome: Outcome;
    try {
      if (activity === undefined) {
        throw new NonRetryableError(`No activity "${effect.src}" is registered for ${ref.type}`);
      }
      outcome = outcomeOf(
        registered,
        activity,
        effect,
        await this.#attempts(activity, { ref, key, effect, closed, gate }),
      );
    } catch (thrown) {
      if (closed.aborted) return;
      outcome = failed(effect, plainError(thrown));
    }
    await this.#host.settle(ref, outcome);
  }

  async #attempts(
    activity: Activity,
    { ref, key, effect, closed, gate }: {
      ref: ActorRef;
      key: string;
      effect: OpenActivity;
      closed: AbortSignal;
      gate: Gate;
    },
  ): Promise<unknown> {
    const policy = { ...DEFAULT_RETRY, ...activity.retry };
    const input: unknown = JSON.parse(JSON.stringify(effect.input));
    for (let attempt = 1;; attempt++) {
      try {
        return await gate.pass(() => {
          closed.throwIfAborted();
          return this.#withinTime(
            policy.timeoutMs,
            closed,
            (signal) => activity.run(input, { actor: ref, key, attempt, signal }),
          );
        });
      } catch (thrown) {
        if (closed.aborted || thrown instanceof NonRetryableError || attempt >= policy.attempts) throw thrown;
        this.#host.logger.info({ effect: key, attempt, error: plainError(thrown) }, "an activity will be tried again");
        // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        const ceiling = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (attempt - 1));
        await sleep(this.#host.clock, Math.ceil(this.#host.random() * ceiling));
      }
    }
  }

  /** Rejects after the time even when the work does not listen to its signal. */
  #withinTime<T>(timeoutMs: number, closed: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = new AbortController();
    return new Promise((resolve, reject) => {
      const late = new StatewrightError(
        "DEADLINE_EXCEEDED",
        `No answer within ${timeoutMs} ms; what came of it is unknown`,
      );
      const cancel = this.#host.clock.schedule(timeoutMs, () => timeout.abort(late));
      const signal = AbortSignal.any([closed, timeout.signal]);
      const abandon = () => reject(signal.reason);
      signal.addEventListener("abort", abandon);
      work(signal).then(resolve, reject).finally(() => {
        cancel();
        signal.removeEventListener("abort", abandon);
      });
    });
  }

  #gateOf(name: string, concurrency = DEFAULT_CONCURRENCY): Gate {
    const gate = this.#gates.get(name) ?? new Gate(concurrency);
    this.#gates.set(name, gate);
    return gate;
  }
}

function outcomeOf(registered: RegisteredActor, activity: Activity, effect: OpenActivity, answer: unknown): Outcome {
  if (!activity.answersWithEvent) return completed(effect, answer);
  const { type, ...fields } = (answer ?? {}) as MachineEvent;
  const { events } = registered.definition;
  const checked = Object.hasOwn(events, type) ? events[type]?.schema["~standard"].validate(fields) : undefined;
  if (checked === undefined || checked instanceof Promise || checked.issues !== undefined) {
    const fault = `The activity "${effect.src}" answered with "${type}", which is no declared event of the actor`;
    throw new NonRetryableError(fault);
  }
  return { effectId: effect.id, type, data: checked.value as object };
}
