import type { FieldError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { RequestKey, StoredEvent } from "../store/store.ts";
import type { Proposer } from "./definition.ts";
import type { MachineEvent } from "./machine-event.ts";
import type { ParentLink } from "./parent-link.ts";

/** What a proposal may say beside its event. */
export interface ProposalOptions {
  /** The same message id again is answered with the first receipt. Default: a new one. */
  readonly messageId?: string;
  /** Refuse unless the actor stands at this version. */
  readonly expectedVersion?: number;
  /** In whose name. Default `client`, the least. */
  readonly by?: Proposer;
  /** Who, for the record: an opaque id, never a name. */
  readonly principal?: string;
  /** What belongs together; default the actor's own creation. */
  readonly correlationId?: string;
  /** The event that led to this one: `<stream>/<version>`. */
  readonly causationId?: string;
  /** The trace it belongs to (W3C `traceparent`). Default: the span that is active where it is proposed. */
  readonly traceparent?: string | undefined;
  /** A client's key for the whole request, kept with its answer; see the store's `findRequest`. */
  readonly requestKey?: RequestKey;
}

/** Somebody proposes an event; the machine decides. */
export interface Proposal extends ProposalOptions {
  readonly event: MachineEvent;
  /** For the creation of a child by its parent. */
  readonly parent?: ParentLink;
}

export type RefusalReason =
  /** The actor has reached a final state. */
  | "finished"
  /** No such actor; only its creation event is accepted. */
  | "notFound"
  | "alreadyExists"
  /** No such event is declared. */
  | "undeclared"
  /** Declared, but not for this proposer. */
  | "notPublic"
  /** The schema says no; `errors` has the pointers. */
  | "invalid"
  /** The state does not accept it. */
  | "notAllowed"
  | "versionConflict"
  | "machineError"
  /** The request key was answered by another request meanwhile. */
  | "keyTaken";

export interface Accepted {
  readonly outcome: "accepted" | "duplicate";
  readonly actor: ActorRef;
  readonly version: number;
  readonly position: number;
  /** The machine's path after the event. */
  readonly state: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly recordedAt: number;
}

export interface Refused {
  readonly outcome: "refused";
  readonly actor: ActorRef;
  readonly reason: RefusalReason;
  /** One sentence for people. */
  readonly detail: string;
  readonly event: string;
  /** Empty when there is no actor. */
  readonly state: string;
  /** What this proposer could propose now. */
  readonly allowed: readonly string[];
  readonly version: number;
  readonly errors: readonly FieldError[];
}

/** The answer to a proposal. */
export type Receipt = Accepted | Refused;

/** The receipt of an event that stands in the log. */
export function receiptOf(
  outcome: Accepted["outcome"],
  actor: ActorRef,
  { version, position, state, recordedAt }: Pick<StoredEvent, "version" | "position" | "state" | "recordedAt">,
): Accepted {
  return { outcome, actor, version, position, state, recordedAt };
}

/** An actor as it stands: one consistent moment. */
export interface ActorSnapshot {
  readonly ref: ActorRef;
  readonly version: number;
  readonly position: number;
  readonly state: string;
  readonly status: "active" | "done" | "error" | "stopped";
  readonly tags: readonly string[];
  // oxlint-disable-next-line typescript/no-explicit-any -- a machine's own context type; callers narrow it.
  readonly context: any;
  /** The events that the given proposer could propose now. */
  allowed(by: Proposer): string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface SubscriptionOptions {
  /** The first version to hear of. Default 1: the whole history, then what comes. */
  readonly fromVersion?: number;
  /** Aborting it ends the subscription, without an error. */
  readonly signal?: AbortSignal;
}

/** One actor, wherever it is. */
export interface ActorHandle {
  /** Resolves with a receipt once the answer is durable; rejects (`OVERLOADED`, `UNAVAILABLE`) when nothing was written. */
  propose(event: MachineEvent, options?: ProposalOptions): Promise<Receipt>;
  /** The actor as it stands, or undefined when there is none. */
  snapshot(): Promise<ActorSnapshot | undefined>;
  /** Its history in version order, from `fromVersion` (default 1), at most `limit` (default 1,000) events; [] when there is no actor. */
  events(options?: { fromVersion?: number; limit?: number }): Promise<StoredEvent[]>;
  /**
   * The actor's committed events as they come, each once and in version order, from `fromVersion` on; it may be opened
   * before the actor exists. It goes on until the loop over it is left, the signal aborts, or the node stops (then it
   * rejects with `UNAVAILABLE`). A slow reader costs a bounded queue; what does not fit is read from the log later.
   * @throws StatewrightError `NOT_FOUND` for a type that is not registered, `OVERLOADED` beyond 1,000 at once on a node
   */
  subscribe(options?: SubscriptionOptions): AsyncIterableIterator<StoredEvent>;
}

/** What doors and shop see of the runtime. */
export interface ActorSystem {
  actor(type: string, id: string): ActorHandle;
}

/** Actors as they were. */
export interface ActorPast {
  /** The actor right after that version, by today's machine; undefined when it has not come that far. */
  at(ref: ActorRef, version: number): Promise<ActorSnapshot | undefined>;
}
