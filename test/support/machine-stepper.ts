/**
 * Steps a machine with XState's pure functions and keeps what it asks for as data. Between steps the snapshot is
 * nothing but JSON text, as it is in the store, so that whatever a round trip would lose fails here.
 */
import { isDeepStrictEqual } from "node:util";
import { type AnyMachineSnapshot, type AnyStateMachine, createActor, initialTransition, transition } from "xstate";
import { DurableActorRef } from "../../machines/actor-ref.ts";

/** An event as data. */
export interface EventData {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Sent {
  readonly to: { readonly type: string; readonly id: string };
  readonly event: EventData;
}

export interface Timer {
  readonly event: EventData;
  readonly delayMs: number;
}

export interface RunningActivity {
  readonly src: string;
  readonly input: unknown;
}

export interface Stepped {
  readonly machine: AnyStateMachine;
  readonly snapshot: AnyMachineSnapshot;
  /** What the last step sent, in order. */
  readonly sent: readonly Sent[];
  /** What runs after the last step, by id. */
  readonly timers: ReadonlyMap<string, Timer>;
  readonly activities: ReadonlyMap<string, RunningActivity>;
}

// The effects come back as XState's own action objects, whose types are not public.
interface Effect {
  readonly type: string;
  readonly params: {
    readonly id: string;
    readonly to: unknown;
    readonly event: EventData;
    readonly delay: number;
    readonly sendId: string;
    readonly src: string;
    readonly input: unknown;
  };
}

/** Creates an actor of the machine. */
export function begin(machine: AnyStateMachine, input: object): Stepped {
  const [snapshot, effects] = initialTransition(machine, input);
  const nothing = { machine, sent: [], timers: new Map(), activities: new Map() };
  return after({ ...nothing, snapshot }, snapshot, effects as unknown as Effect[]);
}

/** One event, one step; a timer is used up by firing. Throws what the machine throws. */
export function step(current: Stepped, event: EventData): Stepped {
  const [snapshot, effects] = transition(current.machine, current.snapshot, event);
  // XState calls an `after` timer like its event.
  const timers = new Map(current.timers);
  timers.delete(event.type);
  return after({ ...current, timers }, snapshot, effects as unknown as Effect[]);
}

/** `compensating.refunding` */
export function pathOf(snapshot: AnyMachineSnapshot): string {
  const names: string[] = [];
  for (let value = snapshot.value; value !== undefined;) {
    if (typeof value === "string") return [...names, value].join(".");
    const [[name, inner] = []] = Object.entries(value);
    if (name === undefined) break;
    names.push(name);
    value = inner as typeof value;
  }
  return names.join(".");
}

function after(before: Stepped, snapshot: AnyMachineSnapshot, effects: readonly Effect[]): Stepped {
  const { machine } = before;
  const sent: Sent[] = [];
  const timers = new Map(before.timers);
  const activities = new Map(before.activities);
  for (const { type, params } of effects) {
    if (type === "xstate.sendTo") sent.push({ to: addressOf(params.to), event: params.event });
    else if (type === "xstate.raise") timers.set(params.id, { event: params.event, delayMs: params.delay });
    else if (type === "xstate.cancel") timers.delete(params.sendId);
    else if (type === "xstate.spawnChild") activities.set(params.id, { src: params.src, input: params.input });
    else if (type === "xstate.stopChild") activities.delete(params.id);
    else throw new Error(`Effect ${type} is not expected of these machines`);
  }
  if (snapshot.status !== "active") {
    timers.clear();
    activities.clear();
  }
  return { machine, snapshot: throughJson(machine, snapshot), sent, timers, activities };
}

function addressOf(target: unknown): Sent["to"] {
  if (!(target instanceof DurableActorRef)) throw new Error("A machine sent to something that is no durable address");
  return { type: target.type, id: target.id };
}

function throughJson(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): AnyMachineSnapshot {
  const text = JSON.stringify(machine.getPersistedSnapshot(snapshot));
  const restored = createActor(machine, { snapshot: JSON.parse(text) }).getSnapshot();
  if (!isDeepStrictEqual(restored.context, snapshot.context)) {
    throw new Error(`The context does not survive JSON: ${JSON.stringify(snapshot.context)}`);
  }
  if (!isDeepStrictEqual(restored.value, snapshot.value)) throw new Error("The state does not survive JSON");
  return restored;
}
