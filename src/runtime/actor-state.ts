/**
 * An actor's state: immutable, one object a version. It follows from the stored rows alone, so the live actor and
 * every replay go through the two functions here.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { ActorRef } from "../kernel/ids.ts";
import type { StoredEvent, WaitingRow } from "../store/store.ts";
import { type Effect, type OpenEffect, type OpenEffectNote, reopenEffects } from "./effects.ts";
import type { MachineEvent } from "./machine-event.ts";
import { type MachineChange, machineOf, onVersion } from "./machine-versions.ts";
import { MACHINE_CHANGED, OUTCOME_NAMES } from "./outcome-names.ts";
import type { RegisteredActor } from "./register.ts";
import type { ParentLink } from "./parent-link.ts";
import { type EffectsOfEvent, resolveEffects } from "./resolve-effects.ts";
import { initialStep, pathOf, type Step, step } from "./step.ts";

export interface ActorState {
  readonly version: number;
  readonly snapshot: AnyMachineSnapshot;
  readonly path: string;
  readonly open: readonly OpenEffect[];
  readonly parent: ParentLink | undefined;
}

/** What is kept beside an event's data. Short, because every event carries it. */
export interface EventMetadata {
  /** The message id it was proposed under, if somebody may send it again. */
  readonly id?: string;
  readonly correlation: string;
  /** The event that led to it: `<stream>/<version>`. */
  readonly causation?: string;
  readonly principal?: string;
  /** The span of its turn (W3C), when it is traced and sampled. */
  readonly traceparent?: string | undefined;
  /** The open effect whose outcome this is: `<version>/<n>`. */
  readonly settles?: string;
  /** Of the creation of a child. */
  readonly parent?: ParentLink;
  /** The identity of the machine that accepted it. */
  readonly machine: string;
  /** The epoch of the node that wrote it; 0 when none of this store's nodes did. */
  readonly node: number;
  /** Of an event that was imported: when the store that it comes from recorded it, in ms since the epoch. */
  readonly recordedAt?: number;
}

/** The data of an outcome that the runtime records under its own name: the machine's event travels inside. */
export interface RecordedOutcome {
  readonly event: MachineEvent;
}

/** The event that the machine sees for a stored type and data. */
export function machineEventOf(type: string, data: object): MachineEvent {
  return OUTCOME_NAMES.has(type) ? (data as RecordedOutcome).event : { ...data, type };
}

/**
 * The first step of an actor. The input is its id and the data of its creation event.
 * @param writtenBy the identity of the machine that it began with; default: the one that new actors begin with
 */
export function createStep(
  registered: RegisteredActor,
  ref: ActorRef,
  data: object,
  parent: ActorRef | undefined,
  writtenBy?: string,
): Step {
  return initialStep(machineOf(registered, writtenBy), { ref, parent, ignored: registered.ignored }, {
    ...data,
    id: ref.id,
  });
}

export function nextStep(registered: RegisteredActor, ref: ActorRef, state: ActorState, event: MachineEvent): Step {
  return step(
    // The version that the actor is on.
    state.snapshot.machine as AnyStateMachine,
    { ref, parent: state.parent?.parent, ignored: registered.ignored },
    state.snapshot,
    event,
  );
}

/** A stored event's data in today's shape. */
export function upcastData(
  { definition }: RegisteredActor,
  type: string,
  data: object,
  { machine }: EventMetadata,
): object {
  return definition.upcasters?.[type]?.(data, machine) ?? data;
}

/** What the step's event asks for, and what is open after it. */
export function effectsOf(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  { requests, snapshot }: Step,
  about: Pick<EventMetadata, "correlation" | "settles" | "parent" | "traceparent">,
): EffectsOfEvent {
  return resolveEffects(state?.open ?? [], requests, snapshot, {
    ref,
    version: (state?.version ?? 0) + 1,
    correlationId: about.correlation,
    traceparent: about.traceparent,
    settled: about.settles,
    parent: state === undefined ? about.parent : state.parent,
    children: registered.children,
  });
}

/**
 * The step that a stored event is.
 * @param metadata the row's own, parsed
 * @throws what the machine throws, when today's machine cannot take yesterday's event
 */
export function stepOfRow(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  row: StoredEvent,
  metadata: EventMetadata,
): Step {
  const data = upcastData(registered, row.type, JSON.parse(row.data) as object, metadata);
  if (state === undefined) return createStep(registered, ref, data, metadata.parent?.parent, metadata.machine);
  if (row.type === MACHINE_CHANGED) {
    return { snapshot: onVersion(registered, state.snapshot, (data as MachineChange).to), requests: [] };
  }
  return nextStep(registered, ref, state, machineEventOf(row.type, data));
}

/**
 * The state after a stored event, whose step is known. What is open is what was stored.
 * @param undelivered the messages that are open, see {@link undeliveredOf}
 * @param effects the row's own, if somebody has them parsed
 */
export function adoptRow(
  state: ActorState | undefined,
  row: StoredEvent,
  metadata: EventMetadata,
  { snapshot }: Step,
  undelivered: ReadonlySet<string>,
  effects: readonly Effect[] = row.effects === null ? [] : JSON.parse(row.effects) as Effect[],
): ActorState {
  const open = reopenEffects(state?.open ?? [], {
    version: row.version,
    position: row.position,
    recordedAt: row.recordedAt,
    correlationId: metadata.correlation,
    traceparent: metadata.traceparent,
    settled: metadata.settles,
    effects,
    undelivered,
  });
  const parent = state === undefined ? metadata.parent : state.parent;
  return { version: row.version, snapshot, path: pathOf(snapshot.value), open, parent };
}

/** The state after one more stored event: {@link stepOfRow}, then {@link adoptRow}. */
export function foldEvent(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  row: StoredEvent,
  metadata: EventMetadata,
  undelivered: ReadonlySet<string>,
): ActorState {
  return adoptRow(state, row, metadata, stepOfRow(registered, ref, state, row, metadata), undelivered);
}

/**
 * The messages that are still to be delivered. A delivery is no event, so the rows alone would show every message
 * ever sent as open; the `waiting` row names those that are.
 */
export function undeliveredOf(waiting: Pick<WaitingRow, "open"> | undefined): ReadonlySet<string> {
  const notes = JSON.parse(waiting?.open ?? "[]") as OpenEffectNote[];
  return new Set(notes.filter(({ kind }) => kind === "message").map(({ effect }) => effect));
}
