/** From an accepted event to the row that is stored and the state after it. Pure. */
import type { ActorRef } from "../kernel/ids.ts";
import type { NewEvent } from "../store/store.ts";
import type { Acceptance } from "./acceptance.ts";
import { type ActorState, effectsOf, type EventMetadata } from "./actor-state.ts";
import { assertStorable } from "./durable-json.ts";
import { versionOf } from "./machine-versions.ts";
import type { Proposal } from "./receipt.ts";
import type { RegisteredActor } from "./register.ts";
import { snapshotHash } from "./snapshot-hash.ts";
import { canonicalSnapshot, pathOf } from "./step.ts";

/** What is known about an event beside itself. */
export type About = Omit<EventMetadata, "machine" | "node">;

/** @param itself the event's own id, which it is correlated by when nobody says otherwise */
export function aboutProposal(proposal: Proposal, itself: string): About {
  const { messageId: id, correlationId = itself, causationId: causation, principal, parent, traceparent } = proposal;
  return {
    ...(id !== undefined && { id }),
    correlation: correlationId,
    ...(causation !== undefined && { causation }),
    ...(principal !== undefined && { principal }),
    ...(parent !== undefined && { parent }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

export interface RecordedEvent {
  readonly event: NewEvent;
  /** After the event. */
  readonly state: ActorState;
  /** The effects that it closes. */
  readonly closed: readonly string[];
}

/**
 * @param epoch of the node that writes it
 * @throws StatewrightError when the machine's context, or what it asks for, cannot be stored
 */
export function recordEvent(
  registered: RegisteredActor,
  ref: ActorRef,
  before: ActorState | undefined,
  { type, data, step }: Acceptance,
  about: About,
  epoch: number,
): RecordedEvent {
  const { effects, open } = effectsOf(registered, ref, before, step, about);
  const path = pathOf(step.snapshot.value);
  const effectsText = effects.length === 0 ? null : JSON.stringify(effects);
  if (effectsText !== null) assertStorable(effectsText, `What "${type}" asks for`);
  const metadata: EventMetadata = { ...about, machine: versionOf(registered, step.snapshot).identity, node: epoch };
  return {
    event: {
      type,
      data,
      state: path,
      effects: effectsText,
      snapshotHash: snapshotHash(canonicalSnapshot(step.snapshot)),
      metadata: JSON.stringify(metadata),
    },
    state: {
      version: (before?.version ?? 0) + 1,
      snapshot: step.snapshot,
      path,
      open,
      parent: before === undefined ? about.parent : before.parent,
    },
    closed: effects.flatMap((effect) => effect.kind === "close" ? effect.effect : []),
  };
}
