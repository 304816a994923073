/**
 * What every worker does with the tasks that it is handed, wherever they come from: take no more than it can handle,
 * prefer the urgent ones, keep saying that it is alive, try again with backoff, give up with a reason.
 */
import type { Clock } from "../kernel/clock.ts";
import { plainError, StatewrightError, wouldFailAgain } from "../kernel/errors.ts";
import { follow } from "../kernel/follower.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import { PRIORITIES, type TaskHandler, type TaskPriority, type TaskWorker, type WorkOptions } from "./task-queues.ts";

/** A task in this worker's hand. All of its answers reject when they may not have been heard. */
export interface Delivery {
  readonly id: string;
  readonly priority: TaskPriority;
  readonly body: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  done(): Promise<void>;
  /** It is still being worked on. */
  extend(): Promise<void>;
  /** @param attempts how many count as used */
  retry(delayMs: number, attempts: number): Promise<void>;
  bury(reason: string): Promise<void>;
}

/** Where tasks come from. */
export interface TaskSource {
  /** Hands out up to `wanted` tasks that may be worked on now, of the first of these priorities that has some. */
  take(priorities: readonly TaskPriority[], wanted: number, handOut: (delivery: Delivery) => void): Promise<void>;
}

export interface WorkerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface RunningWorker extends TaskWorker {
  /** A hint that there may be tasks. */
  wake(): void;
}

const POLL_MS = 500;
/** Whose turn it is to be first: six in ten for the urgent, three, and one. */
const TURNS: readonly TaskPriority[] = [
  "high",
  "normal",
  "high",
  "high",
  "normal",
  "high",
  "low",
  "high",
  "normal",
  "high",
];
const ANSWER_PAUSE_MS = 200;

/** The same work, of whose failures for want of a broker or a database only the first in a row is told. */
export function patient(logger: Logger, name: string, work: () => Promise<boolean>): () => Promise<boolean> {
  let isAway = false;
  return async () => {
    try {
      const more = await work();
      isAway = false;
      return more;
    } catch (thrown) {
      const error = StatewrightError.from(thrown);
      if (!error.retryable) throw error;
      if (!isAway) logger.warn({ error: plainError(error) }, `${name} waits for what it needs`);
      isAway = true;
      return false;
    }
  };
}

/** Starts a worker on a source. */
export function startWorker(
  { clock, random, logger }: WorkerParts,
  name: string,
  options: WorkOptions,
  source: TaskSource,
  handle: TaskHandler,
): RunningWorker {
  const underWay = new Map<Promise<void>, AbortController>();
  let turn = 0;

  const start = (delivery: Delivery) => {
    const stopping = new AbortController();
    const attempt = new Attempt({ clock, random, logger }, name, options, delivery, stopping.signal);
    const ended: Promise<void> = attempt.run(handle).finally(() => {
      underWay.delete(ended);
      follower.wake();
    });
    underWay.set(ended, stopping);
  };

  const work = patient(logger, `the worker of ${name}`, async () => {
    const free = options.concurrency - underWay.size;
    if (free <= 0) return false;
    const first = TURNS[turn++ % TURNS.length]!;
    await source.take([first, ...PRIORITIES.filter((other) => other !== first)], free, start);
    return options.concurrency - underWay.size < free && underWay.size < options.concurrency;
  });
  const follower = follow({ name: `worker of ${name}`, clock, logger, pollMs: POLL_MS, work });

  return {
    wake: () => follower.wake(),
    async stop(drainMs = 5_000) {
      await follower.stop();
      const stopAll = () => {
        for (const stopping of underWay.values()) stopping.abort(new Error("The worker is stopping"));
      };
      const cancel = clock.schedule(drainMs, stopAll);
      await Promise.all(underWay.keys());
      cancel();
    },
  };
}

/** Why an attempt ended from outside. Only the first counts. */
type Ending = "time is up" | "lost" | "stopping";

/** One task, once in hand. */
class Attempt {
  readonly #parts: WorkerParts;
  readonly #name: string;
  readonly #options: WorkOptions;
  readonly #delivery: Delivery;
  readonly #stopping: AbortSignal;
  readonly #ended = new AbortController();
  #ending: Ending | undefined;
  /** Until when others leave the task to us, by the clock that measures. */
  #heldUntil: number;

  constructor(parts: WorkerParts, name: string, options: WorkOptions, delivery: Delivery, stopping: AbortSignal) {
    this.#parts = parts;
    this.#name = name;
    this.#options = options;
    this.#delivery = delivery;
    this.#stopping = stopping;
    this.#heldUntil = parts.clock.now() + options.ackWaitMs;
  }

  /** Never rejects. */
  async run(handle: TaskHandler): Promise<void> {
    const { attempt } = this.#delivery;
    if (attempt > this.#options.attempts) {
      return await this.#answer(() => this.#delivery.bury(`no worker lived to answer in ${attempt - 1} attempts`));
    }
    const stopTimers = this.#startTimers();
    try {
      await this.#untilEnded(handle);
      await this.#answer(() => this.#delivery.done());
    } catch (thrown) {
      await this.#failed(thrown);
    } finally {
      stopTimers();
    }
  }

  /** The handler, or whatever ends the attempt before; what a handler does after that counts for nothing. */
  #untilEnded(handle: TaskHandler): Promise<void> {
    const { id, priority, body, attempt } = this.#delivery;
    const { signal } = this.#ended;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      Promise.resolve().then(() => handle(body, { id, priority, attempt, signal })).then(resolve, reject);
    });
  }

  async #failed(thrown: unknown): Promise<void> {
    if (this.#ending === "lost") return;
    const { attempt, id } = this.#delivery;
    if (this.#ending === "stopping") return await this.#answer(() => this.#delivery.retry(0, attempt - 1));
    const error = plainError(thrown);
    this.#parts.logger.info({ queue: this.#name, task: id, attempt, error }, "a task has failed");
    if (attempt >= this.#options.attempts || wouldFailAgain(thrown)) {
      return await this.#answer(() => this.#delivery.bury(`${error.name}: ${error.message}`));
    }
    // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    const ceiling = Math.min(this.#options.maxBackoffMs, this.#options.backoffMs * 2 ** (attempt - 1));
    const delayMs = Math.ceil(this.#parts.random() * ceiling);
    await this.#answer(() => this.#delivery.retry(delayMs, attempt));
  }

  /** Says it while the task is ours, and not after that: it may be somebody else's then, who answers for it. */
  async #answer(say: () => Promise<void>): Promise<void> {
    while (this.#parts.clock.now() < this.#heldUntil) {
      try {
        return await say();
      } catch (thrown) {
        const { id } = this.#delivery;
        this.#parts.logger.info({ queue: this.#name, task: id, error: plainError(thrown) }, "a task is answered again");
        await new Promise<void>((resolve) => this.#parts.clock.schedule(ANSWER_PAUSE_MS, resolve));
      }
    }
  }

  #startTimers(): () => void {
    const { clock } = this.#parts;
    const { timeoutMs, ackWaitMs } = this.#options;
    const everyMs = Math.ceil(ackWaitMs / 3);
    let cancelBeat = () => {};
    const beat = () => {
      const asked = clock.now();
      if (asked >= this.#heldUntil) return this.#end("lost", "Others took this worker for dead");
      this.#delivery.extend().then(() => (this.#heldUntil = Math.max(this.#heldUntil, asked + ackWaitMs)), () => {});
      cancelBeat = clock.schedule(everyMs, beat);
    };
    cancelBeat = clock.schedule(everyMs, beat);
    const cancelTimeout = clock.schedule(timeoutMs, () => this.#end("time is up", `Not done within ${timeoutMs} ms`));
    const stop = () => this.#end("stopping", "The worker is stopping");
    this.#stopping.addEventListener("abort", stop);
    if (this.#stopping.aborted) stop();
    return () => {
      cancelBeat();
      cancelTimeout();
    };
  }

  #end(ending: Ending, why: string): void {
    this.#ending ??= ending;
    this.#ended.abort(new Error(why));
  }
}
