/**
 * Activities that other processes do, in whatever language: what they are told, and what they answer. Both are JSON;
 * docs/bring-your-own-machine.md shows them to those who write such workers.
 */
import type { PlainError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";

/** A kind of work that is done elsewhere. */
export interface RemoteKind {
  /** The type of the actors that ask for it. */
  readonly type: string;
  /** The `src` of their invoke. */
  readonly activity: string;
  /** How long a worker may be silent before the task goes to another one. */
  readonly timeoutMs: number;
}

/** One attempt at an activity. */
export interface RemoteTask {
  readonly actor: ActorRef;
  readonly activity: string;
  /** The same on every attempt: hand it to whatever must not happen twice. */
  readonly key: string;
  readonly input: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  /** Attempts in all; a failure after the last is one for good. */
  readonly attempts: number;
  /** The span that asked for it, when it is traced (W3C Trace Context). */
  readonly traceparent?: string;
}

export type RemoteOutcome =
  & { readonly key: string; readonly attempt: number }
  & (
    | { readonly status: "completed"; readonly output?: unknown }
    /** For good. */
    | { readonly status: "failed"; readonly error: Partial<PlainError> }
    /** It may go better the next time. */
    | { readonly status: "retry"; readonly error: Partial<PlainError> }
  );

export interface RemoteWork {
  /**
   * Gets ready for these kinds, and hands every outcome to `settle`: again and again until that resolves. One that says
   * `retryable: false` as it rejects makes the outcome a dead task.
   */
  start(kinds: readonly RemoteKind[], settle: (outcome: RemoteOutcome) => Promise<void>): Promise<void>;
  /** Puts a task where workers find it; the same attempt again is the same task. Resolves once it is durable. */
  assign(task: RemoteTask, delayMs: number): Promise<void>;
  /** Whether a task, in any attempt, waits or is out with a worker. */
  isAssigned(task: RemoteTask): Promise<boolean>;
  /** Nobody waits for it any more. Best effort. */
  cancel(task: RemoteTask): Promise<void>;
  /** Takes no more outcomes. */
  stop(): Promise<void>;
}
