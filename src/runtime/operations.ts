/** What operators ask and do: why an actor waits, which ones nobody can wake, and how to mend what went wrong. */
import type { PlainError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { AuditEntry } from "../store/audit.ts";
import type { DeadLetter } from "../store/store.ts";
import type { Proposer } from "./definition.ts";
import type { MachineEvent } from "./machine-event.ts";
import type { Receipt } from "./receipt.ts";

/** Why an actor waits, and for what. Times are ms since the epoch by the store's clock, `effect` is `<version>/<n>`. */
export interface Diagnosis {
  readonly actor: ActorRef;
  readonly version: number;
  readonly state: string;
  readonly status: "active" | "done" | "error" | "stopped";
  /** When its newest event was recorded. */
  readonly since: number;
  readonly accepts: Readonly<Record<Proposer, readonly string[]>>;
  readonly timers: readonly WaitingTimer[];
  readonly activities: readonly WaitingActivity[];
  readonly messages: readonly WaitingMessage[];
  readonly children: readonly WaitingChild[];
  /** False when nothing that is open can wake it, and nobody can propose anything that it accepts. */
  readonly canBeWoken: boolean;
  /** All of it in a few words, for people. */
  readonly sentence: string;
}

export interface WaitingTimer {
  readonly effect: string;
  /** The delay's name, the send's, or the event's type. */
  readonly name: string;
  readonly event: string;
  readonly dueAt: number;
  /** How long it is past due; 0 before. */
  readonly overdueMs: number;
}

export interface WaitingActivity {
  readonly effect: string;
  readonly src: string;
  readonly since: number;
  /** True when other processes do it; then their task queue knows more. */
  readonly remote: boolean;
  /** Absent when the node that runs it cannot be asked, or it is remote. */
  readonly attempts?: ActivityAttempts;
}

/** How an activity went so far, on the node that runs it. */
export interface ActivityAttempts {
  /** The attempt that is under way or comes next, 1 for the first; it starts again at 1 with another node. */
  readonly attempt: number;
  readonly lastError?: PlainError;
  /** When it is tried again, by that node's clock; absent while an attempt is under way. */
  readonly nextAt?: number;
}

export interface WaitingMessage {
  readonly effect: string;
  readonly event: string;
  readonly to: ActorRef;
  readonly since: number;
  /** What the target would say to it now. Absent where that was not looked into. */
  readonly target?: Counterpart;
}

export interface WaitingChild {
  readonly effect: string;
  /** Its name in the machine. */
  readonly name: string;
  readonly actor: ActorRef;
  readonly since: number;
  readonly target?: Counterpart;
}

/** Another actor, as far as this one waits for it. */
export interface Counterpart {
  /** Empty when there is no such actor. */
  readonly state: string;
  readonly status: Diagnosis["status"] | "missing" | "unreadable";
  /** Whether it would accept the event; absent for children. */
  readonly accepts?: boolean;
}

export interface StuckActor {
  readonly actor: ActorRef;
  readonly state: string;
  /** Since when it has been so, ms since the epoch by the store's clock. */
  readonly since: number;
  readonly why: StuckReason;
  /** For people. */
  readonly sentence: string;
}

export type StuckReason =
  /** It is active, nothing is open, and nobody can propose anything. */
  | "nothing can wake it"
  /** Its machine met an error that it does not handle. */
  | "failed"
  /** Today's machine cannot replay its history. */
  | "history cannot be replayed"
  /** A timer should have fired long ago. */
  | "timer overdue"
  /** An activity or a message has been under way for long. */
  | "work takes long";

export interface StuckPage {
  readonly items: readonly StuckActor[];
  /** Go on after it; undefined at the end. A page may be empty and yet not be the last. */
  readonly next: string | undefined;
}

/** Who does something, and why: recorded with it. */
export interface Attribution {
  /** An opaque id, never a name. */
  readonly who: string;
  /** 1 to 500 characters. */
  readonly reason: string;
}

export interface RetryAnswer {
  /**
   * `now`: its pause was cut short; `underWay`: an attempt runs already; `remote`: its workers have it; `elsewhere`:
   * the node that runs it could not be asked; `notOpen`: it has its outcome, or there never was one.
   */
  readonly outcome: "now" | "underWay" | "remote" | "elsewhere" | "notOpen";
  readonly detail: string;
}

export interface RedriveAnswer {
  readonly id: string;
  readonly reason: string;
  /**
   * `redriven`: it is over, and the letter gone; `asked`: its reader tries again; `would`: what a dry run says;
   * `failed`: it is as before; `impossible`: it cannot be redriven, only dismissed.
   */
  readonly outcome: "redriven" | "asked" | "would" | "failed" | "impossible";
  /** For people. */
  readonly detail: string;
}

/** Letters that a mending is about. */
export type LetterSelection = { readonly ids: readonly string[] } | { readonly reason: string };

export interface Operations {
  /** Undefined when there is no such actor. @throws StatewrightError `NOT_FOUND` for a type that is not registered */
  why(ref: ActorRef): Promise<Diagnosis | undefined>;
  /** A page of the actors that are stuck, by address, the newest first. Looks at a bounded number of actors a page. */
  stuck(options?: { readonly after?: string | undefined; readonly type?: string | undefined }): Promise<StuckPage>;
  /** @throws StatewrightError as `ActorHandle.propose` does; `INVALID` without a reason */
  propose(
    ref: ActorRef,
    event: MachineEvent,
    by: Attribution,
    options?: { readonly expectedVersion?: number | undefined },
  ): Promise<Receipt>;
  /** Tries an open activity now instead of after its pause. */
  retryActivity(ref: ActorRef, effect: string, by: Attribution): Promise<RetryAnswer>;
  /** Undefined when there is no such letter (any more). */
  deadLetter(id: string): Promise<DeadLetter | undefined>;
  /** Whether a letter can be redriven, and what that would do. */
  describeRedrive(letter: DeadLetter): RedriveAnswer;
  /** Redrives letters in the order in which they were buried; at most 1,000 at once. A dry run records nothing. */
  redrive(letters: LetterSelection, by: Attribution, options?: { readonly dryRun?: boolean }): Promise<RedriveAnswer[]>;
  /** Throws a letter away. @throws StatewrightError `NOT_FOUND` */
  dismiss(id: string, by: Attribution): Promise<void>;
  /** What operators have done, the newest first. */
  audit(
    options: { readonly subject?: string; readonly before?: string; readonly limit: number },
  ): Promise<AuditEntry[]>;
}
