/**
 * A run: the consecutive events of one actor that go into one group of the appender, with everybody who waits for them.
 */
import type { StatewrightError } from "../kernel/errors.ts";
import type { AppendRun, NewEvent, RequestKey, RunResult } from "../store/store.ts";
import type { Outcome } from "./acceptance.ts";
import type { ActorState } from "./actor-state.ts";
import type { PendingRun, RunSize } from "./appender.ts";
import { NOTHING_OPEN, waitingFor } from "./effects.ts";
import type { Proposal, Receipt, Refused } from "./receipt.ts";

/** Something in an actor's mailbox, with the one who waits for its answer. */
export type Entry = ProposalEntry | OutcomeEntry | StopEntry | MovedEntry;

interface Attempts {
  tries: number;
  /** True once it was in a run that could not be stored: its next one is its own, to find out whose fault it was. */
  alone?: boolean;
  reject(error: StatewrightError): void;
}

export interface ProposalEntry extends Attempts {
  readonly kind: "proposal";
  readonly proposal: Proposal;
  /** For messages of actors: the position of the event that sent it. */
  readonly sentAt: number | undefined;
  /** True once the stream has been searched for its message id. */
  lookedUp: boolean;
  resolve(receipt: Receipt): void;
}

export interface OutcomeEntry extends Attempts {
  readonly kind: "outcome";
  readonly outcome: Outcome;
  /** False: the effect was not open any more, nothing was written. */
  resolve(settled: boolean): void;
}

/** The parent has left the state that asked for this child. */
export interface StopEntry extends Attempts {
  readonly kind: "stop";
  readonly causationId: string;
  readonly correlationId: string;
  resolve(stopped: boolean): void;
}

/** Stands for the move to another version of the machine; nobody waits for it, and whoever led to it leads to it again. */
export interface MovedEntry extends Attempts {
  readonly kind: "moved";
  resolve(moved: boolean): void;
}

export function movedEntry(): MovedEntry {
  return { kind: "moved", tries: 0, resolve() {}, reject() {} };
}

/** An entry that became an event, or was judged on a state that is not durable yet. */
export interface RunEntry {
  readonly entry: Entry;
  /** The state after the event; undefined for a refusal. */
  readonly state: ActorState | undefined;
  readonly refused: Refused | undefined;
}

export interface RunOwner {
  readonly stream: string;
  /** Called when the run is closed: says what is open after its last event, and whether it leaves the row. */
  runTaken(run: Run): void;
  runSettled(run: Run, result: RunResult): void;
  runFailed(run: Run, error: StatewrightError): void;
}

/** One for all, since every actor in memory has it. */
export const NOTHING_DELIVERED: ReadonlySet<string> = new Set();

export class Run implements PendingRun {
  readonly entries: RunEntry[] = [];
  readonly events: NewEvent[] = [];
  readonly messageIds = new Set<string>();
  /** The effects that its events close. */
  readonly closed: string[] = [];
  readonly expectedVersion: number;
  /** The messages that its waiting row is the first to show as delivered. */
  delivered = NOTHING_DELIVERED;
  /** What is open after its last event; known once it is taken. */
  open = NOTHING_OPEN;
  /** Whether it leaves the waiting row as it is; known once it is taken. */
  leavesRow = false;
  /** Timers that its waiting row puts off; not undefined when the row has to be written for another reason too. */
  leftAlone: ReadonlySet<string> | undefined;
  requestKey: (RequestKey & { readonly eventIndex: number }) | undefined;
  readonly #owner: RunOwner;
  #characters = 0;

  constructor(owner: RunOwner, expectedVersion: number) {
    this.#owner = owner;
    this.expectedVersion = expectedVersion;
  }

  get stream(): string {
    return this.#owner.stream;
  }

  get size(): RunSize {
    return { events: this.events.length, characters: this.#characters };
  }

  /** Answers how many characters the event holds. */
  add(event: NewEvent): number {
    const characters = event.data.length + event.metadata.length + (event.effects?.length ?? 0);
    this.events.push(event);
    this.#characters += characters;
    return characters;
  }

  take(): AppendRun {
    this.#owner.runTaken(this);
    return {
      stream: this.#owner.stream,
      expectedVersion: this.expectedVersion,
      events: this.events,
      waiting: waitingFor(this.open, this.leftAlone),
      leavesRow: this.leavesRow,
      requestKeys: this.requestKey === undefined ? [] : [this.requestKey],
    };
  }

  settle(result: RunResult): void {
    this.#owner.runSettled(this, result);
  }

  fail(error: StatewrightError): void {
    this.#owner.runFailed(this, error);
  }
}
