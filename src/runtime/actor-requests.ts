/** What can be asked of an actor, wherever it lives. Each may be asked again when its answer was lost. */
import type { ActorRef } from "../kernel/ids.ts";
import type { Outcome } from "./acceptance.ts";
import type { Proposer } from "./definition.ts";
import type { OpenMessage } from "./delivery.ts";
import type { ActivityAttempts, RetryAnswer } from "./operations.ts";
import type { ActorSnapshot, Proposal, Receipt, Refused } from "./receipt.ts";

/** By name, what is asked and what is answered: JSON, but for the snapshot's one function. */
export interface ActorRequests {
  /** `sentAt` is the position of the event that sent it, for messages between actors. */
  readonly propose: {
    readonly asked: { readonly proposal: Proposal; readonly sentAt: number | undefined };
    readonly answer: Receipt;
  };
  /** False: the effect is not open any more, and nothing was written. */
  readonly settle: { readonly asked: { readonly outcome: Outcome }; readonly answer: boolean };
  /** By its parent. False when it had ended already. */
  readonly stop: {
    readonly asked: { readonly causationId: string; readonly correlationId: string };
    readonly answer: boolean;
  };
  /** A message of the actor was refused. False when its machine does not want to know. */
  readonly refused: {
    readonly asked: { readonly message: OpenMessage; readonly receipt: Refused };
    readonly answer: boolean;
  };
  /** How the activities with these effects go, by effect; those that this node does not run are left out. */
  readonly attempts: {
    readonly asked: { readonly effects: readonly string[] };
    readonly answer: Readonly<Record<string, ActivityAttempts>>;
  };
  /** Tries an open activity now instead of after its pause. */
  readonly retry: { readonly asked: { readonly effectId: string }; readonly answer: RetryAnswer["outcome"] };
  /** Null when there is no such actor. */
  readonly look: { readonly asked: Record<never, never>; readonly answer: ActorSnapshot | null };
}

export type RequestName = keyof ActorRequests;

/** Asks an actor on the node that it lives on. */
export type AskActor = <Name extends RequestName>(
  to: ActorRef,
  name: Name,
  asked: ActorRequests[Name]["asked"],
) => Promise<ActorRequests[Name]["answer"]>;

export type ActorRequestHandlers = {
  readonly [Name in RequestName]: (
    to: ActorRef,
    asked: ActorRequests[Name]["asked"],
  ) => Promise<ActorRequests[Name]["answer"]>;
};

const PROPOSERS: readonly Proposer[] = ["client", "operator", "internal"];

/** An answer as JSON. */
export function packAnswer(name: RequestName, answer: unknown): unknown {
  if (name !== "look" || answer === null) return answer;
  const snapshot = answer as ActorSnapshot;
  return { ...snapshot, allowed: Object.fromEntries(PROPOSERS.map((by) => [by, snapshot.allowed(by)])) };
}

export function unpackAnswer<Name extends RequestName>(name: Name, packed: unknown): ActorRequests[Name]["answer"] {
  if (name !== "look" || packed === null) return packed as ActorRequests[Name]["answer"];
  const { allowed, ...rest } = packed as Omit<ActorSnapshot, "allowed"> & { allowed: Record<Proposer, string[]> };
  return { ...rest, allowed: (by: Proposer) => allowed[by] };
}
