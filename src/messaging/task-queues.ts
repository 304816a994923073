/**
 * The task queue's contract, for work that is nobody's actor. An enqueue that was answered is never lost; a task is
 * handed out at least once, until a worker has acknowledged it or it lies with the dead ones. `test/contract/task-queues.ts`
 * is what every implementation must pass.
 */
import { Buffer } from "node:buffer";
import { StatewrightError } from "../kernel/errors.ts";

/** From the most urgent to the least. A worker prefers the urgent ones, and starves none. */
export const PRIORITIES = ["high", "normal", "low"] as const;
export type TaskPriority = (typeof PRIORITIES)[number];

export interface EnqueueOptions {
  /** Default `normal`. */
  readonly priority?: TaskPriority;
  /**
   * Names the task: 1 to 200 of `A–Z a–z 0–9 _ - / : ~`. The same id again, within {@link DEDUP_WINDOW_MS}, is the same task and
   * enqueues nothing. Default: a new one.
   */
  readonly id?: string;
  /** The how manieth time the task is asked for on purpose: another number is no duplicate. Default 1. */
  readonly round?: number;
  /** Not to be handed out before so many milliseconds have passed. Default 0. */
  readonly delayMs?: number;
}

/** The same id within this time is a duplicate, also when its task is done. */
export const DEDUP_WINDOW_MS = 10 * 60_000;

export interface TaskQueue {
  /**
   * Answers the task's id once it is durable.
   * @param body JSON of at most 256 KiB
   * @throws StatewrightError `INVALID` for an impossible id or body, `UNAVAILABLE` when it may not have been taken
   */
  enqueue(body: unknown, options?: EnqueueOptions): Promise<string>;
  /** Whether a task of that id waits or is out with a worker. */
  has(id: string): Promise<boolean>;
  /** Takes a task back that is not wanted any more. Best effort: a worker may have it in hand. */
  remove(id: string): Promise<void>;
}

/** What a handler is told beside the body. */
export interface TaskContext {
  readonly id: string;
  readonly priority: TaskPriority;
  /** 1 for the first; those whose worker died are counted. */
  readonly attempt: number;
  /** Aborts when the time is up, when others took this worker for dead, and when the worker has to stop. */
  readonly signal: AbortSignal;
}

/**
 * Resolves when the task is done. When it rejects, the task is tried again; an error that says `retryable: false` makes
 * it dead at once.
 */
export type TaskHandler = (body: unknown, context: TaskContext) => Promise<void>;

export interface WorkOptions {
  /** Tasks that this worker handles at once. Default 8. */
  readonly concurrency: number;
  /** Tasks of one priority that may be out at once, with all workers of the queue together. Default 256. */
  readonly prefetch: number;
  /** Attempts in all, the first included; then the task is dead. Default 5. */
  readonly attempts: number;
  /** The longest wait after the first failure; it doubles with each one after it, with full jitter. Default 500. */
  readonly backoffMs: number;
  /** Default 60,000. */
  readonly maxBackoffMs: number;
  /** One attempt's time. Default 30,000. */
  readonly timeoutMs: number;
  /**
   * How long a worker may be silent before its tasks go to others; it says three times as often that it is alive.
   * Default 10,000.
   */
  readonly ackWaitMs: number;
}

export const DEFAULT_WORK: WorkOptions = {
  concurrency: 8,
  prefetch: 256,
  attempts: 5,
  backoffMs: 500,
  maxBackoffMs: 60_000,
  timeoutMs: 30_000,
  ackWaitMs: 10_000,
};

export interface TaskWorker {
  /** Takes no more, and gives what is under way up to `drainMs` (default 5,000) to end; the rest goes to other workers. */
  stop(drainMs?: number): Promise<void>;
}

export interface QueueStats {
  readonly queue: string;
  /** Tasks that wait, those for their time to come included. */
  readonly waiting: number;
  /** Tasks that are out with a worker. */
  readonly inProcess: number;
  readonly dead: number;
  /** The age of the oldest task that is not done, in milliseconds; null: there is none. */
  readonly oldestAgeMs: number | null;
}

/** A task that could not be done. */
export interface DeadTask {
  /** Names the letter; rises with each. */
  readonly number: number;
  readonly queue: string;
  readonly id: string;
  readonly priority: TaskPriority;
  readonly body: unknown;
  readonly reason: string;
  readonly attempts: number;
  /** Milliseconds since the epoch, as are all of these. */
  readonly enqueuedAt: number;
  readonly diedAt: number;
}

/** What an operator may see and do. */
export interface TaskOffice {
  /** Every queue that is known, by name. */
  stats(): Promise<readonly QueueStats[]>;
  /** A page of a queue's dead tasks, the oldest first. */
  dead(queue: string, options: { readonly limit: number; readonly after?: number }): Promise<readonly DeadTask[]>;
  /** Enqueues a dead task anew, as if for the first time. False: there is no such letter. */
  redrive(queue: string, number: number): Promise<boolean>;
  /** Throws a dead task away. False: there is no such letter. */
  dismiss(queue: string, number: number): Promise<boolean>;
}

export interface TaskQueues extends TaskOffice {
  /** @throws StatewrightError `INVALID` for an impossible name */
  queue(name: string): TaskQueue;
  /**
   * Looks after a queue whose workers are not ours: sets what they have to keep to, and hands on what had to wait.
   * Answers what ends that.
   */
  tend(name: string, options: Partial<Pick<WorkOptions, "prefetch" | "ackWaitMs">>): Promise<() => Promise<void>>;
  /** Starts to work tasks off. Workers of one queue share it; they should have the same options but for concurrency. */
  work(name: string, options: Partial<WorkOptions>, handle: TaskHandler): Promise<TaskWorker>;
}

const PAGE = 100;

/**
 * Redrives all of a queue's dead tasks that there are now.
 * @returns how many; with `dryRun` how many it would be
 */
export async function redriveAll(office: TaskOffice, queue: string, dryRun: boolean): Promise<number> {
  const found: number[] = [];
  for (let after = 0;;) {
    const page = await office.dead(queue, { limit: PAGE, after });
    found.push(...page.map(({ number }) => number));
    if (page.length < PAGE) break;
    after = found.at(-1)!;
  }
  if (dryRun) return found.length;
  let redriven = 0;
  for (const number of found) if (await office.redrive(queue, number)) redriven++;
  return redriven;
}

/** One queue's figures. @throws StatewrightError `NOT_FOUND` for a queue that nobody has used yet */
export async function statsOf(office: TaskOffice, queue: string): Promise<QueueStats> {
  const stats = (await office.stats()).find((one) => one.queue === queue);
  if (stats === undefined) throw new StatewrightError("NOT_FOUND", `There is no queue "${queue.slice(0, 80)}"`);
  return stats;
}

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const ID = /^[A-Za-z0-9_/:~-]{1,200}$/;
const MAX_NAME = 128;
const MAX_BODY_BYTES = 256 * 1024;

/** @throws StatewrightError `INVALID` */
export function checkQueueName(name: string): string {
  if (NAME.test(name) && name.length <= MAX_NAME) return name;
  throw new StatewrightError("INVALID", "A queue's name is words of A–Z a–z 0–9 _ - with dots between, 128 at most");
}

/** @throws StatewrightError `INVALID` */
export function checkTaskId(id: string): string {
  if (ID.test(id)) return id;
  throw new StatewrightError("INVALID", "A task's id is 1 to 200 of the characters A–Z a–z 0–9 _ - / : ~");
}

/** The body as it is stored. @throws StatewrightError `INVALID` for what is no JSON, or too large */
export function taskText(body: unknown): string {
  const text: string | undefined = JSON.stringify(body);
  if (text === undefined || !text.isWellFormed() || text.includes("\\u0000")) {
    throw new StatewrightError("INVALID", "A task is JSON, without NUL and half surrogate pairs");
  }
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    throw new StatewrightError("INVALID", "A task is larger than 256 KiB; keep the bytes elsewhere");
  }
  return text;
}
