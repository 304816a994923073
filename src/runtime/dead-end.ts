/**
 * Whether an actor that wakes up on a changed machine can still be woken by what was set in motion before: timers that
 * run, work that is under way, events that are declared.
 */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import type { ActorRef } from "../kernel/ids.ts";
import type { StoredEvent } from "../store/store.ts";
import { type ActorState, adoptRow, type EventMetadata, stepOfRow } from "./actor-state.ts";
import type { EffectRequest, OpenEffect } from "./effects.ts";
import { hasState } from "./machine-changes.ts";
import type { RegisteredActor } from "./register.ts";

const NOTHING_UNDER_WAY: ReadonlySet<string> = new Set();

type Awaited = Extract<OpenEffect, { kind: "timer" | "activity" | "child" }>;

/**
 * Why a live actor cannot go on; undefined when it can.
 * @param end as the machine has it after the last of the rows; its open effects are the stored ones
 * @param before the same on the machine that wrote the rows, if that is there
 */
export function stuckReason(
  registered: RegisteredActor,
  ref: ActorRef,
  rows: readonly StoredEvent[],
  end: ActorState,
  before: { readonly registered: RegisteredActor; readonly end: ActorState } | undefined,
): string | undefined {
  const stood = rows.at(-1)!.state;
  if (!hasState(end.snapshot.machine as AnyStateMachine, stood)) return `the state "${stood}" is gone`;
  if (end.path !== stood) return undefined;
  if (end.snapshot.status !== "active") return `"${stood}" is now its end`;
  const awaited = end.open.filter((effect): effect is Awaited => effect.kind !== "message");
  const unheard = awaited.filter((effect) => !isHeard(end, effect));
  const lost = unheard.find(({ kind }) => kind !== "timer");
  if (lost !== undefined) return `nobody hears the answer of the ${lost.kind} "${nameOf(lost)}" any more`;
  const running = new Set(awaited.map(nameOf));
  const missing = [...expected(registered, ref, rows, end)].find((name) => !running.has(name));
  if (unheard.length > 0 && missing !== undefined) {
    return `"${nameOf(unheard[0]!)}" is no longer heard, and "${missing}" was never set`;
  }
  if (unheard.length < awaited.length || hearsEvents(registered, end)) return undefined;
  const couldGoOn = awaited.length > 0 || (before !== undefined && hearsEvents(before.registered, before.end));
  return couldGoOn ? "nothing can wake it any more" : undefined;
}

/** What a timer, an activity or a child is called in its machine. */
function nameOf(effect: Awaited): string {
  return effect.kind === "timer" ? timerName(effect) : effect.child;
}

function timerName({ send, event }: Pick<Extract<EffectRequest, { kind: "timer" }>, "send" | "event">): string {
  return send ?? event.type;
}

function isHeard(end: ActorState, effect: Awaited): boolean {
  return effect.kind === "timer" ? handles(end, effect.event.type) : effect.child in end.snapshot.children;
}

/** What the machine itself would have set: its children, and the timers that it has started and not ended. */
function expected(
  registered: RegisteredActor,
  ref: ActorRef,
  rows: readonly StoredEvent[],
  end: ActorState,
): ReadonlySet<string> {
  const timers = new Set<string>();
  let state: ActorState | undefined;
  for (const row of rows) {
    const metadata = JSON.parse(row.metadata) as EventMetadata;
    const settled = state?.open.find(({ id }) => id === metadata.settles);
    if (settled?.kind === "timer") timers.delete(timerName(settled));
    const step = stepOfRow(registered, ref, state, row, metadata);
    for (const request of step.requests) {
      if (request.kind === "timer") timers.add(timerName(request));
      else if (request.kind === "cancel") timers.delete(request.send);
    }
    state = adoptRow(state, row, metadata, step, NOTHING_UNDER_WAY);
  }
  return new Set([...timers, ...Object.keys(end.snapshot.children)]);
}

/** True when there is an event that others may propose and that something in the present states is about. */
function hearsEvents({ definition }: RegisteredActor, end: ActorState): boolean {
  return Object.keys(definition.events).some((type) => type !== definition.created && handles(end, type));
}

/** True when a present state has a transition for the event, whatever its guard says now. */
function handles({ snapshot }: ActorState, type: string): boolean {
  return (snapshot._nodes as readonly AnyStateNode[]).some(({ transitions }) =>
    [...transitions.keys()].some((descriptor) =>
      descriptor === type || descriptor === "*" ||
      (descriptor.endsWith(".*") && type.startsWith(descriptor.slice(0, -1)))
    )
  );
}
