/**
 * Activities: the work behind `invoke`s, run at least once, with the same key on every attempt. What comes of it is
 * proposed to the actor as an outcome; only that ends the activity.
 */
import { type Clock, sleep } from "../kernel/clock.ts";
import { plainError, StatewrightError, wouldFailAgain } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import { inSpan } from "../kernel/tracing.ts";
import { checkData, type Outcome } from "./acceptance.ts";
import { Attempts } from "./attempts.ts";
import type { Activity, LocalActivity, RetryPolicy } from "./definition.ts";
import { toDurableJson } from "./durable-json.ts";
import type { OpenEffect } from "./effects.ts";
import { completed, failed } from "./outcomes.ts";
import { Gate } from "./gate.ts";
import type { MachineEvent } from "./machine-event.ts";
import type { ActivityAttempts } from "./operations.ts";
import type { RegisteredActor } from "./register.ts";

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, backoffMs: 100, maxBackoffMs: 10_000, timeoutMs: 30_000 };
const DEFAULT_CONCURRENCY = 64;
const STORE_AWAY_PAUSE_MS = 500;

export type OpenActivity = Extract<OpenEffect, { kind: "activity" }>;

/** What an answer is compared with. */
export type AnsweredActivity = Pick<OpenActivity, "id" | "child" | "src" | "traceparent">;

/** What the activities need of their node. */
export interface ActivityHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Makes sure that this node still lives, in the eyes of the others, before it calls anybody. */
  confirmAlive(): Promise<void>;
  /** Proposes the outcome until it is durable or known to be late. */
  settle(ref: ActorRef, outcome: Outcome): Promise<void>;
  /** Looks after those that are done elsewhere. */
  readonly remote: {
    begin(registered: RegisteredActor, ref: ActorRef, effect: OpenActivity): void;
    close(key: string): void;
    abandon(): void;
  };
}

/** Thrown by work that would fail the same way again; any error that says `retryable: false` does as well. */
export class NonRetryableError extends Error {
  override readonly name = "NonRetryableError";
  readonly retryable = false;
}

/** One open activity, with what its attempts need. */
interface Assignment {
  readonly activity: LocalActivity;
  readonly ref: ActorRef;
  readonly key: string;
  readonly effect: OpenActivity;
  readonly attempts: Attempts;
  readonly gate: Gate;
  /** Called with an answer that comes after the effect was closed. */
  readonly answeredLate: (answer: unknown) => void;
}

export class Activities {
  readonly #host: ActivityHost;
  readonly #running = new Map<string, Attempts>();
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
    if (registered.definition.activities?.[effect.src]?.remote) return this.#host.remote.begin(registered, ref, effect);
    const attempts = new Attempts();
    this.#running.set(key, attempts);
    this.#work(registered, ref, effect, key, attempts)
      .catch((thrown) =>
        this.#host.logger.error(
          { effect: key, error: plainError(thrown) },
          "an activity's outcome could not be recorded",
        )
      )
      .finally(() => {
        if (this.#running.get(key) === attempts) this.#running.delete(key);
      });
  }

  /** How an activity of this node goes; undefined when it is none. */
  attemptsOf(key: string): ActivityAttempts | undefined {
    return this.#running.get(key)?.describe();
  }

  /** Ends the pause before its next attempt. False when it does not pause here. */
  hurry(key: string): boolean {
    return this.#running.get(key)?.hurry() ?? false;
  }

  /** The effect was closed: nobody waits for it any more. */
  close(key: string): void {
    this.#running.get(key)?.closed.abort(new Error("The state that asked for it was left"));
    this.#host.remote.close(key);
  }

  /** The node was taken for dead: what was under way belongs to whoever claims it now, this node among them. */
  abandon(): void {
    for (const { closed } of this.#running.values()) closed.abort(new Error("Others took this node for dead"));
    this.#running.clear();
    this.#host.remote.abandon();
  }

  /** Aborts everything; what had no outcome yet is taken up again by whoever claims the actor next. */
  stop(): void {
    this.#stopped = true;
    for (const { closed } of this.#running.values()) closed.abort(new Error("The node is stopping"));
  }

  async #work(
    registered: RegisteredActor,
    ref: ActorRef,
    effect: OpenActivity,
    key: string,
    attempts: Attempts,
  ): Promise<void> {
    const activity = registered.definition.activities?.[effect.src];
    let outcome: Outcome;
    try {
      if (activity === undefined || activity.remote) {
        throw new NonRetryableError(`No activity "${effect.src}" is registered for ${ref.type}`);
      }
      const gate = this.#gateOf(`${ref.type}.${effect.src}`, activity.concurrency);
      const settleWith = (answer: unknown) => outcomeOf(registered, activity, effect, answer);
      const answeredLate = (answer: unknown) => void this.#reportLate(ref, key, () => settleWith(answer));
      outcome = settleWith(await this.#attempts({ activity, ref, key, effect, attempts, gate, answeredLate }));
    } catch (thrown) {
      if (attempts.closed.signal.aborted) return;
      outcome = failed(effect, plainError(thrown));
    }
    await this.#host.settle(ref, outcome);
  }

  /** What was done although nobody waited for it any more must not be forgotten: it becomes a dead letter. */
  async #reportLate(ref: ActorRef, key: string, outcome: () => Outcome): Promise<void> {
    if (this.#stopped) return;
    try {
      await this.#host.settle(ref, outcome());
    } catch (thrown) {
      this.#host.logger.warn({ effect: key, error: plainError(thrown) }, "an answer that came too late was no good");
    }
  }

  async #attempts({ activity, ref, key, effect, attempts, gate, answeredLate }: Assignment): Promise<unknown> {
    const policy = { ...DEFAULT_RETRY, ...activity.retry };
    const input = JSON.stringify(effect.input);
    const closed = attempts.closed.signal;
    for (;;) {
      const attempt = attempts.number;
      try {
        return await gate.pass(async () => {
          await this.#untilAlive(closed);
          closed.throwIfAborted();
          const work = async (signal: AbortSignal) => {
            const answer = await inSpan(
              { name: `activity ${effect.src}`, kind: "CLIENT", attributes: { "statewright.attempt": attempt } },
              effect.traceparent,
              () => activity.run(JSON.parse(input), { actor: ref, key, attempt, signal }),
            );
            if (closed.aborted) answeredLate(answer);
            return answer;
          };
          return this.#withinTime(policy.timeoutMs, closed, work);
        });
      } catch (thrown) {
        if (closed.aborted || wouldFailAgain(thrown) || attempt >= policy.attempts) throw thrown;
        this.#host.logger.info({ effect: key, attempt, error: plainError(thrown) }, "an activity will be tried again");
        // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        const ceiling = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (attempt - 1));
        await attempts.pause(this.#host.clock, Math.ceil(this.#host.random() * ceiling), thrown);
      }
    }
  }

  /** While the store is away nobody can be called; that is a wait, not an attempt that failed. */
  async #untilAlive(closed: AbortSignal): Promise<void> {
    while (!closed.aborted) {
      try {
        return await this.#host.confirmAlive();
      } catch {
        await sleep(this.#host.clock, STORE_AWAY_PAUSE_MS);
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

/** @throws when the answer is not what was declared, or cannot be stored: that is a failure of the work */
export function outcomeOf(
  registered: RegisteredActor,
  activity: Activity,
  effect: AnsweredActivity,
  answer: unknown,
): Outcome {
  if (!activity.answersWithEvent) {
    const outcome = completed(effect, answer);
    toDurableJson(outcome.data, `The output of "${effect.src}"`);
    return outcome;
  }
  const { type, ...fields } = (answer ?? {}) as MachineEvent;
  const { events } = registered.definition;
  const declared = Object.hasOwn(events, type) ? events[type] : undefined;
  const checked = declared && checkData(declared.schema, fields);
  if (checked === undefined || checked.issues !== undefined) {
    const fault = `The activity "${effect.src}" answered with "${type}", which is no declared event of the actor`;
    throw new NonRetryableError(fault);
  }
  toDurableJson(checked.value, `The event "${type}" of "${effect.src}"`);
  return { effectId: effect.id, type, data: checked.value as object, traceparent: effect.traceparent };
}
