/** What an actor makes of the next entry in its mailbox. Pure: the consequences are the actor's. */
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { judgeOutcome, judgeProposal, judgeStop, refusal } from "./acceptance.ts";
import type { ActorState } from "./actor-state.ts";
import { moveOf } from "./move.ts";
import type { Proposal, Refused } from "./receipt.ts";
import { aboutProposal, type RecordedEvent, recordEvent } from "./record.ts";
import type { RegisteredActor } from "./register.ts";
import type { Entry, OutcomeEntry, StopEntry } from "./run.ts";

export type Turn =
  | {
    readonly outcome: "recorded";
    readonly event: RecordedEvent;
    /** The move to another version of the machine that comes before it. */
    readonly moved?: RecordedEvent | undefined;
  }
  | { readonly outcome: "refused"; readonly refused: Refused }
  /** The effect is not open any more, or the child has ended: nothing is to be done. */
  | { readonly outcome: "late" }
  | { readonly outcome: "failed"; readonly error: StatewrightError };

/**
 * @param state undefined while there is no such actor
 * @param epoch of the node that writes it
 */
export function takeTurn(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  entry: Entry,
  epoch: number,
): Turn {
  const moved = moveOf(registered, ref, state, epoch);
  const turn = moved && turnOf(registered, ref, moved.state, afterMove(entry), epoch);
  if (turn?.outcome === "recorded") return { ...turn, moved };
  // What is offered is what the version takes that the actor is on.
  return turnOf(registered, ref, state, entry, epoch);
}

/** The move is an event that nobody could expect. */
function afterMove(entry: Entry): Entry {
  if (entry.kind !== "proposal" || entry.proposal.expectedVersion === undefined) return entry;
  const { proposal } = entry;
  return { ...entry, proposal: { ...proposal, expectedVersion: proposal.expectedVersion! + 1 } };
}

function turnOf(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  entry: Entry,
  epoch: number,
): Turn {
  if (entry.kind === "moved") return { outcome: "late" };
  if (entry.kind === "proposal") return turnOfProposal(registered, ref, state, entry.proposal, epoch);
  if (state === undefined) return { outcome: "late" };
  return entry.kind === "outcome"
    ? turnOfOutcome(registered, ref, state, entry, epoch)
    : turnOfStop(registered, ref, state, entry, epoch);
}

function turnOfProposal(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  proposal: Proposal,
  epoch: number,
): Turn {
  const verdict = judgeProposal(registered, ref, state, proposal);
  if (verdict.outcome === "refused") return { outcome: "refused", refused: verdict };
  try {
    const about = aboutProposal(proposal, `${ref.type}/${ref.id}/${(state?.version ?? 0) + 1}`);
    return { outcome: "recorded", event: recordEvent(registered, ref, state, verdict, about, epoch) };
  } catch (thrown) {
    const { message } = StatewrightError.from(thrown);
    return { outcome: "refused", refused: refusal(registered, ref, state, proposal, "machineError", message) };
  }
}

/** Always recorded while the effect is open. */
function turnOfOutcome(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState,
  { outcome }: OutcomeEntry,
  epoch: number,
): Turn {
  const { effectId, type, traceparent } = outcome;
  const stream = `${ref.type}/${ref.id}`;
  try {
    const effect = state.open.find(({ id }) => id === effectId);
    const acceptance = judgeOutcome(registered, ref, state, outcome);
    if (effect === undefined || acceptance === undefined) return { outcome: "late" };
    const causation = `${stream}/${effectId.slice(0, effectId.indexOf("/"))}`;
    const about = { correlation: effect.correlationId, causation, settles: effectId, traceparent };
    return { outcome: "recorded", event: recordEvent(registered, ref, state, acceptance, about, epoch) };
  } catch (cause) {
    const why = `${stream} failed on ${type}: ${StatewrightError.from(cause).message}`;
    return { outcome: "failed", error: new StatewrightError("MACHINE_ERROR", why, { cause }) };
  }
}

function turnOfStop(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState,
  { correlationId: correlation, causationId: causation }: StopEntry,
  epoch: number,
): Turn {
  if (state.snapshot.status !== "active") return { outcome: "late" };
  const acceptance = judgeStop(registered, ref, state);
  return {
    outcome: "recorded",
    event: recordEvent(registered, ref, state, acceptance, { correlation, causation }, epoch),
  };
}
