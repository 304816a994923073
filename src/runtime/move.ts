/** When an actor may go on with the version of its definition, and the event that says so. */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode } from "xstate";
import type { ActorRef } from "../kernel/ids.ts";
import type { ActorState } from "./actor-state.ts";
import { hasState } from "./machine-changes.ts";
import { type MachineChange, onVersion, versionOf } from "./machine-versions.ts";
import { MACHINE_CHANGED } from "./outcome-names.ts";
import { type RecordedEvent, recordEvent } from "./record.ts";
import type { RegisteredActor } from "./register.ts";
import { pathOf } from "./step.ts";

/**
 * The event that moves an actor, and the state after it; undefined while it is on that version already, is on a later
 * one, has ended, or cannot move from where it stands.
 * @param epoch of the node that writes it
 */
export function moveOf(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  epoch: number,
): RecordedEvent | undefined {
  if (state === undefined || state.snapshot.machine === registered.machine) return undefined;
  const { versions, definition: { version: to } } = registered;
  const current = versionOf(registered, state.snapshot);
  const isEarlier = versions.indexOf(current) < versions.findIndex(({ version }) => version === to);
  if (!isEarlier || state.snapshot.status !== "active" || !hasState(registered.machine, state.path)) return undefined;
  try {
    const snapshot = onVersion(registered, state.snapshot, to);
    // Another path: the state has got states of its own there, into which nobody has taken the actor.
    if (pathOf(snapshot.value) !== state.path || !waitsForTheSame(state, snapshot)) return undefined;
    const change: MachineChange = { from: current.version, to };
    const moved = { outcome: "accepted", type: MACHINE_CHANGED, data: JSON.stringify(change) } as const;
    const about = { correlation: `${ref.type}/${ref.id}/${state.version + 1}` };
    return recordEvent(registered, ref, state, { ...moved, step: { snapshot, requests: [] } }, about, epoch);
  } catch {
    // It has no place for what the actor remembers, or its context cannot be brought over: not here, not yet.
    return undefined;
  }
}

/**
 * What an actor waits for was begun by the machine it leaves. It may move where the other one would have begun the same:
 * then nothing is lost, nothing runs twice, and every outcome is heard.
 */
function waitsForTheSame({ snapshot, open }: ActorState, moved: AnyMachineSnapshot): boolean {
  const { events } = moved.machine as AnyStateMachine;
  const isHeard = open.every((effect) => effect.kind !== "timer" || events.includes(effect.event.type));
  return isHeard && begunIn(snapshot) === begunIn(moved);
}

/** The timers and invokes of the states that an actor stands in. */
function begunIn(snapshot: AnyMachineSnapshot): string {
  const nodes = snapshot._nodes as readonly AnyStateNode[];
  return nodes.flatMap(({ id, after, invoke }) => [
    ...after.map(({ eventType }) => `${id} ${eventType}`),
    ...invoke.map((invoked) => `${id} ${invoked.id} ${String(invoked.src)}`),
  ]).toSorted().join("\n");
}
