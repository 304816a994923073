/**
 * Effects as data: what a step requests, what is stored with the event, and what of it is still open.
 */
import type { ActorRef } from "../kernel/ids.ts";
import type { Waiting } from "../store/store.ts";
import type { MachineEvent } from "./machine-event.ts";

/** What one step asks for, in the order in which XState resolved it. */
export type EffectRequest =
  /** An `invoke` or `spawnChild`: an activity, or an actor of its own. */
  | { readonly kind: "activity"; readonly child: string; readonly src: string; readonly input: unknown }
  | Timer
  | { readonly kind: "message"; readonly to: ActorRef; readonly event: MachineEvent }
  /** A message to the actor's own child. */
  | { readonly kind: "tell"; readonly child: string; readonly event: MachineEvent }
  | { readonly kind: "emit"; readonly event: MachineEvent }
  | { readonly kind: "stop"; readonly child: string }
  | { readonly kind: "cancel"; readonly send: string };

export interface Timer {
  readonly kind: "timer";
  /** XState's send id: a later timer with the same one replaces it. */
  readonly send: string | undefined;
  readonly event: MachineEvent;
  readonly delayMs: number;
}

/** A proposal to another actor. */
export interface Message {
  readonly kind: "message";
  readonly to: ActorRef;
  readonly event: MachineEvent;
  /** What the message means between a parent and its child; absent between others. */
  readonly link?:
    /** The parent makes its child; `effect` is the parent's open effect that the child's end settles. */
    | { readonly as: "creation"; readonly effect: string; readonly child: string }
    /** The child has ended. */
    | { readonly as: "outcome"; readonly effect: string }
    /** The parent has left the state that asked for the child. */
    | { readonly as: "stop" };
}

/** An effect as it is stored; its place in the row's list is the last part of its id. */
export type Effect =
  | { readonly kind: "activity"; readonly child: string; readonly src: string; readonly input: unknown }
  | Timer
  | Message
  /** An actor of its own, until it ends. */
  | { readonly kind: "child"; readonly child: string; readonly to: ActorRef }
  | { readonly kind: "emit"; readonly event: MachineEvent }
  /** Closes an open effect: its state was left, or it was replaced. */
  | { readonly kind: "close"; readonly effect: string };

/** Waits for its outcome. `id` is `<version>/<n>`, unique in the stream. */
export type OpenEffect = Exclude<Effect, { kind: "emit" | "close" }> & {
  readonly id: string;
  /** For timers: ms since the epoch by the store's clock; null until its event is committed. */
  dueAt: number | null;
  /** A position not after that of its event; 0 until that is committed. */
  position: number;
  readonly correlationId: string;
  /** The span of the event that asked for it, when that was traced. */
  readonly traceparent?: string | undefined;
};

export const NOTHING_OPEN: readonly OpenEffect[] = [];

/** An open set as it is kept. An array that was filtered has room for sixteen more, and every actor in memory has one. */
export function kept(open: readonly OpenEffect[]): readonly OpenEffect[] {
  return open.length === 0 ? NOTHING_OPEN : open.slice();
}

/** A stored row, as far as effects go. */
export interface EffectsRow {
  readonly version: number;
  readonly position: number;
  readonly recordedAt: number;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  readonly settled: string | undefined;
  readonly effects: readonly Effect[];
  /** The messages that were not delivered yet; others are over. */
  readonly undelivered: ReadonlySet<string>;
}

/** The open set after a stored row: the same as `resolveEffects` gave when the row was written. */
export function reopenEffects(before: readonly OpenEffect[], row: EffectsRow): readonly OpenEffect[] {
  const closed = new Set(row.settled === undefined ? [] : [row.settled]);
  const opened: OpenEffect[] = [];
  row.effects.forEach((effect, n) => {
    const id = `${row.version}/${n}`;
    if (effect.kind === "close") closed.add(effect.effect);
    else if (effect.kind !== "emit" && (effect.kind !== "message" || row.undelivered.has(id))) {
      const dueAt = effect.kind === "timer" ? row.recordedAt + effect.delayMs : null;
      const { position, correlationId, traceparent } = row;
      const about = { id, dueAt, position, correlationId, traceparent };
      opened.push(effect.kind === "timer" ? sleepingTimer(effect, about) : { ...effect, ...about });
    }
  });
  if (opened.length === 0 && closed.size === 0) return before;
  return kept([...before, ...opened].filter(({ id }) => !closed.has(id)));
}

/**
 * The timer of an actor that may sleep for long, so it is made small: its properties in one object, and the name of its
 * event, which is most timers' own, kept once.
 */
function sleepingTimer(
  { kind, send, event, delayMs }: Timer,
  { id, dueAt, position, correlationId, traceparent }: Omit<OpenEffect & Timer, keyof Timer>,
): OpenEffect {
  const name = send === event.type ? event.type : send;
  return { kind, send: name, event, delayMs, id, dueAt, position, correlationId, traceparent };
}

/** True while this node has something to do for the effect; timers and children end by themselves. */
export function isWork({ kind }: Pick<OpenEffect, "kind">): boolean {
  return kind === "activity" || kind === "message";
}

/** How long a timer on which the machine has failed is left alone. */
const LEAVE_ALONE_MS = 30_000;

/**
 * The `waiting` row of an open set.
 * @param leftAlone the ids of timers that are to be looked at only in a while
 */
export function waitingFor(open: readonly OpenEffect[], leftAlone?: ReadonlySet<string>): Waiting | null {
  if (open.length === 0) return null;
  let dueInMs: number | null = leftAlone?.size ? LEAVE_ALONE_MS : null;
  for (const effect of open) {
    if (effect.kind === "timer" && effect.dueAt === null) dueInMs = Math.min(dueInMs ?? Infinity, effect.delayMs);
  }
  return { dueAt: firstDue(open, leftAlone), dueInMs, busy: open.some(isWork), open: JSON.stringify(open.map(noteOf)) };
}

/** When the first of the timers is due that are committed; null when there is none. */
function firstDue(open: readonly OpenEffect[], leftAlone?: ReadonlySet<string>): number | null {
  let first: number | null = null;
  for (const { id, kind, dueAt } of open) {
    if (kind === "timer" && dueAt !== null && !leftAlone?.has(id)) first = Math.min(first ?? Infinity, dueAt);
  }
  return first;
}

/**
 * Whether the row of one open set may stay as it is when an event leads to another, see `AppendRun.leavesRow`.
 * @param since a moment not after that event, in ms by the store's clock
 */
export function rowStays(shown: readonly OpenEffect[], open: readonly OpenEffect[], since: number): boolean {
  if (open.length === 0) return shown.length === 0;
  const before = firstDue(shown);
  if (before === null || open.some(isWork) || shown.some(isWork)) return false;
  return open.every((effect) => effect.kind !== "timer" || before <= (effect.dueAt ?? since + effect.delayMs));
}

/** One open effect, as the `waiting` row shows it to people and to recovery. */
export interface OpenEffectNote {
  readonly effect: string;
  readonly kind: OpenEffect["kind"];
  /** The activity's src, the timer's event, `<event> → <type>/<id>`, or the child's address. */
  readonly what: string;
}

export function noteOf(effect: OpenEffect): OpenEffectNote {
  const { id, kind } = effect;
  if (kind === "activity") return { effect: id, kind, what: effect.src };
  if (kind === "timer") return { effect: id, kind, what: effect.send ?? effect.event.type };
  const to = `${effect.to.type}/${effect.to.id}`;
  return { effect: id, kind, what: kind === "child" ? to : `${effect.event.type} → ${to}` };
}
