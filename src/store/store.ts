/**
 * The event store's contract. Postgres and memory implement it; `test/contract/store.ts` is what both must pass.
 *
 * Invariants every implementation keeps:
 *  1. (stream, version) is unique and dense: 1, 2, 3 …
 *  2. Positions rise in commit order: whoever has read up to position p has seen everything that will ever be ≤ p.
 *  3. A run is stored whole or not at all, with its effects, its waiting row and its request key.
 *  4. Time is the store's: `recordedAt`, what is due, and who is alive are all read from its one clock.
 */
import type { AuditLog } from "./audit.ts";
import type { Leases } from "./leases.ts";
import type { Standing } from "./standing.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Parking } from "./transaction.ts";

/** An event on its way in. Texts are JSON exactly as they will be read back. */
export interface NewEvent {
  readonly type: string;
  /** The event without its type. */
  readonly data: string;
  /** The machine's path after it: `compensating.refunding`, parallel parts joined by ` | `. */
  readonly state: string;
  /** What the step asked for, or null when it asked for nothing. */
  readonly effects: string | null;
  /** 16 hex digits over the canonical snapshot after the event. */
  readonly snapshotHash: string;
  readonly metadata: string;
}

/** An event as it is kept. */
export interface StoredEvent extends NewEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly recordedAt: number;
}

/**
 * What an actor waits for after a run. Null: it waits for nothing, and has no row.
 * A timer's due moment is the commit's own time plus its delay, which only the store can know; hence two fields.
 */
export interface Waiting {
  /** The earliest timer set by earlier commits, in ms since the epoch by the store's clock. */
  readonly dueAt: number | null;
  /** The shortest timer set in this very run, in ms from its commit. */
  readonly dueInMs: number | null;
  /** True while an activity or a message is under way: the row is claimed by the node that appends it. */
  readonly busy: boolean;
  /** JSON: the open effects, for people and for recovery. */
  readonly open: string;
}

/** A client's key for one request, kept with its answer for 24 h. */
export interface RequestKey {
  readonly principal: string;
  readonly operation: string;
  readonly key: string;
  /** A digest of the request; the same key with another digest is a misuse. */
  readonly requestHash: string;
}

/** The first answer to a request key. */
export interface AnsweredRequest {
  readonly stream: string;
  readonly version: number;
  readonly requestHash: string;
}

/** Consecutive events of one stream, appended together. No events: the waiting row alone is written. */
export interface AppendRun {
  readonly stream: string;
  /** The version the stream must have now; 0 means that it must not exist. */
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
  readonly waiting: Waiting | null;
  /**
   * True: the row that stands makes somebody look early enough, and is left as it is: it is due no later than the first
   * timer, and neither it nor `waiting` has work under way. It may tell of timers and children that are over.
   */
  readonly leavesRow?: boolean;
  /** Request keys answered by these events, each with the index of its event. */
  readonly requestKeys: readonly (RequestKey & { readonly eventIndex: number })[];
}

export type RunResult =
  | { readonly outcome: "appended"; readonly firstPosition: number; readonly recordedAt: number }
  /** Somebody else appended first (or the stream does not stand where it was expected). */
  | { readonly outcome: "conflict" }
  /** One of the run's request keys was answered by another run meanwhile. */
  | { readonly outcome: "keyTaken" }
  /** The run holds what the store cannot keep (NUL, half a surrogate pair, broken JSON), now or later. */
  | { readonly outcome: "invalid"; readonly detail: string };

/** An actor's state at a version: a cache, never the truth. */
export interface StoredSnapshot {
  readonly stream: string;
  readonly version: number;
  /** The identity of the machine that took it. */
  readonly machine: string;
  readonly body: string;
}

export interface LoadedActor {
  readonly snapshot: StoredSnapshot | undefined;
  readonly events: readonly StoredEvent[];
  readonly waiting: WaitingRow | undefined;
}

export interface EventLog {
  /**
   * Appends a group of runs in one commit, at most one run a stream. Runs that conflict are left out whole; the
   * others are stored. After a lost connection it settles what happened by the append id before it answers, so an
   * answer is always the truth; it rejects (retryable) only when nothing of the group was or will be stored.
   * @param node the epoch under which busy rows are claimed
   */
  append(node: number, runs: readonly AppendRun[]): Promise<RunResult[]>;
  /** One stream from `fromVersion` (default 1), in version order, at most `limit` (default 1,000) events. */
  read(stream: string, options?: { fromVersion?: number; limit?: number }): Promise<StoredEvent[]>;
  /**
   * Everything an actor needs to wake up, of one moment: its snapshot by that machine, if there is one; its events from
   * the snapshot's own on, or all of them; and its waiting row.
   * @param machine the identity of the machine that is to read the snapshot; null: none is wanted
   */
  load(stream: string, machine: string | null): Promise<LoadedActor>;
  /** Keeps a snapshot instead of the one before. A cache: it may be lost. */
  saveSnapshot(snapshot: StoredSnapshot): Promise<void>;
  /** The log after a position, in position order. */
  readAll(options: { after: number; limit: number }): Promise<StoredEvent[]>;
  /** The highest position, 0 for an empty log. */
  head(): Promise<number>;
  /** The highest position before a moment (ms since the epoch, by the store's clock); 0 when nothing was stored before. */
  positionAt(time: number): Promise<number>;
  /** The event from `fromVersion` on whose metadata has this message id as its `id`, if the stream has one. */
  findMessage(stream: string, messageId: string, fromVersion: number): Promise<StoredEvent | undefined>;
  findRequest(key: Pick<RequestKey, "principal" | "operation" | "key">): Promise<AnsweredRequest | undefined>;
}

export interface WaitingRow {
  readonly stream: string;
  /** The earliest timer, ms since the epoch by the store's clock. */
  readonly dueAt: number | null;
  readonly open: string;
}

/** What a node says of itself. */
export interface NodeInfo {
  /** Its name across restarts. */
  readonly id: string;
  /** Where other nodes may ask it; null when they cannot. */
  readonly address: string | null;
  /** The actor types that it runs; none while it drains. */
  readonly types: readonly string[];
}

/** A node that is alive. */
export interface Member extends NodeInfo {
  readonly epoch: number;
}

/** Who is alive, and who looks after which waiting actor. A node claims only actors of the types that it runs. */
export interface NodeRegistry {
  /**
   * Announces a node and answers its epoch: a number greater than every one before it. Earlier epochs of the same
   * node id are dead at once, so that a restarted process takes its own work up again without waiting.
   */
  join(node: NodeInfo): Promise<number>;
  /** Says that the epoch is alive, and answers who else is. Undefined: others think that it is dead; it has to join again. */
  beat(epoch: number): Promise<Member[] | undefined>;
  /** From now on the node runs no types: it keeps what it has claimed, and claims nothing new. */
  retire(epoch: number): Promise<void>;
  leave(epoch: number): Promise<void>;
  /**
   * Calls back soon after a node has joined, retired or left: a hint, as `onAppended` gives them. That a node has died
   * is only heard by beating.
   */
  onMembersChanged(callback: () => void): Promise<() => Promise<void>>;
  /**
   * Claims up to `limit` actors whose timer is due and which no other living node looks after, earliest first;
   * those this node claimed before are answered again. `now` is the store's clock, and `nextDueAt` the earliest
   * timer that is not due yet (null: none).
   */
  claimDue(epoch: number, limit: number): Promise<{ now: number; rows: WaitingRow[]; nextDueAt: number | null }>;
  /** Claims up to `limit` actors with work under way whose node is dead. A node is dead after 8 s without a beat. */
  claimOrphans(epoch: number, limit: number): Promise<WaitingRow[]>;
  /** What the node has claimed, in the order of the streams, at most `limit` after one: also what an answer that was lost would have said. */
  claims(epoch: number, limit: number, after?: string): Promise<WaitingRow[]>;
  /** Takes over what the node `from` has claimed of these actors; answers those that it has got. */
  takeOver(epoch: number, from: number, streams: readonly string[]): Promise<WaitingRow[]>;
  /** Puts an actor off by `delayMs` that could not be woken up, so that it does not block the ones behind it. */
  postpone(epoch: number, stream: string, delayMs: number): Promise<void>;
  /** What an actor waits for, or undefined. */
  waiting(stream: string): Promise<WaitingRow | undefined>;
}

/** Something that could not be handled, kept until somebody redrives or dismisses it. */
export interface DeadLetter {
  readonly id: string;
  /** `message refused`, `message undeliverable`, `late outcome`, `poison event` … */
  readonly reason: string;
  /** The actor it concerns. */
  readonly stream: string;
  /** The effect or event it came from: `<stream>/<version>/<n>` or `<stream>/<version>`. */
  readonly source: string;
  readonly attempts: number;
  /** JSON: what was to be handled, and the answer that was got. */
  readonly detail: string;
  readonly recordedAt: number;
}

export interface DeadLetters {
  /** Keeps a dead letter; the same source and reason again is one letter. */
  bury(letter: Omit<DeadLetter, "id" | "recordedAt">): Promise<void>;
  /** In the order in which they were buried. @param options.after the id to go on after */
  deadLetters(options: { limit: number; after?: string; reason?: string; stream?: string }): Promise<DeadLetter[]>;
  deadLetter(id: string): Promise<DeadLetter | undefined>;
  /** False when it is not there (any more). */
  removeDeadLetter(id: string): Promise<boolean>;
  /** How many there are of each reason. */
  deadLetterReasons(): Promise<{ readonly reason: string; readonly count: number }[]>;
}

/** Which machines have run on this log. */
export interface MachineRegistry {
  /** Notes a machine of an actor type; answers the other ones of that type that were noted before, oldest first. */
  meetMachine(type: string, identity: string): Promise<string[]>;
  /** In which states the actors of a type stand, and how many in each. Reads the newest event of each of them. */
  standingStates(type: string): Promise<{ readonly state: string; readonly count: number }[]>;
}

type BesideTheLog =
  & NodeRegistry
  & Leases
  & DeadLetters
  & AuditLog
  & MachineRegistry
  & Standing
  & Parking
  & Subscriptions;

export interface Store extends EventLog, BesideTheLog {
  /** What it is, for banners and health: `PostgreSQL 18.4`, `memory`. */
  readonly description: string;
  /**
   * Calls back soon after anybody has appended: a hint to readers, that may be lost or come too often. Answers, once
   * it listens, what ends it.
   */
  onAppended(callback: () => void): Promise<() => Promise<void>>;
  /** Rejects when the store does not answer within the deadline. */
  ping(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Reads a whole stream in pages. */
export async function* readStream(log: EventLog, stream: string, fromVersion = 1): AsyncGenerator<StoredEvent> {
  const limit = 1_000;
  for (let next = fromVersion;;) {
    const page = await log.read(stream, { fromVersion: next, limit });
    yield* page;
    if (page.length < limit) return;
    next += page.length;
  }
}
