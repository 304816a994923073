/**
 * Effects as data. A step *requests*; here the requests become the *effects* that are stored with the event, and the
 * set of *open* ones that is part of the actor's state. Both follow from the stored rows alone.
 */
import type { ActorRef } from "../kernel/ids.ts";
import type { Waiting } from "../store/store.ts";
import type { MachineEvent } from "./receipt.ts";

/** What one step asks for, in the order in which XState resolved it. */
export type EffectRequest =
  | { readonly kind: "activity"; readonly child: string; readonly src: string; readonly input: unknown }
  | { readonly kind: "timer"; readonly send: string | undefined; readonly event: MachineEvent; readonly delayMs: number }
  | { readonly kind: "message"; readonly to: ActorRef; readonly event: MachineEvent }
  | { readonly kind: "emit"; readonly event: MachineEvent }
  | { readonly kind: "stop"; readonly child: string }
  | { readonly kind: "cancel"; readonly send: string };

/** An effect as it is stored; its place in the row's list is the last part of its id. */
export type Effect =
  | Exclude<EffectRequest, { kind: "stop" | "cancel" }>
  /** Closes an open effect: its state was left, or it was replaced. */
  | { readonly kind: "close"; readonly effect: string };

/** Waits for its outcome. `id` is `<version>/<n>`, unique in the stream. */
export type OpenEffect = Extract<Effect, { kind: "activity" | "timer" | "message" }> & {
  readonly id: string;
  /** For timers: ms since the epoch by the store's clock; null until its event is committed. */
  dueAt: number | null;
  /** A position not after that of its event; 0 until that is committed. */
  position: number;
  readonly correlationId: string;
};

const NONE: readonly OpenEffect[] = [];

export interface EffectsOfEvent {
  readonly effects: readonly Effect[];
  readonly open: readonly OpenEffect[];
}

/**
 * Turns the requests of the event at `version` into its effects and the new open set.
 * @param settled the effect whose outcome this event is, if it is one
 * @param active false once the machine has ended: then everything but messages is closed
 */
export function resolveEffects(
  before: readonly OpenEffect[],
  requests: readonly EffectRequest[],
  at: { version: number; correlationId: string; settled: string | undefined; active: boolean },
): EffectsOfEvent {
  const effects: Effect[] = [];
  let open = at.settled === undefined ? before : before.filter(({ id }) => id !== at.settled);
  const close = (matches: (effect: OpenEffect) => boolean) => {
    for (const { id } of open.filter(matches)) effects.push({ kind: "close", effect: id });
    open = open.filter((effect) => !matches(effect));
  };
  for (const request of requests) {
    if (request.kind === "stop") {
      close((effect) => effect.kind === "activity" && effect.child === request.child);
    } else if (request.kind === "cancel") {
      close((effect) => effect.kind === "timer" && effect.send === request.send);
    } else {
      if (request.kind === "timer" && request.send !== undefined) {
        const { send } = request;
        close((effect) => effect.kind === "timer" && effect.send === send);
      }
      const id = `${at.version}/${effects.length}`;
      effects.push(request);
      if (request.kind !== "emit") open = [...open, { ...request, id, dueAt: null, position: 0, correlationId: at.correlationId }];
    }
  }
  if (!at.active) close((effect) => effect.kind !== "message");
  return { effects, open: open.length === 0 ? NONE : open };
}

/** A stored row, as far as effects go. */
export interface EffectsRow {
  readonly version: number;
  readonly position: number;
  readonly recordedAt: number;
  readonly correlationId: string;
  readonly settled: string | undefined;
  readonly effects: readonly Effect[];
  /** The messages that were not delivered yet; others are over. */
  readonly undelivered: ReadonlySet<string>;
}

/** The open set after a stored row: the same as {@link resolveEffects} gave when the row was written. */
export function reopenEffects(before: readonly OpenEffect[], row: EffectsRow): readonly OpenEffect[] {
  const closed = new Set(row.settled === undefined ? [] : [row.settled]);
  const opened: OpenEffect[] = [];
  row.effects.forEach((effect, n) => {
    const id = `${row.version}/${n}`;
    if (effect.kind === "close") closed.add(effect.effect);
    else if (effect.kind !== "emit" && (effect.kind !== "message" || row.undelivered.has(id))) {
      const dueAt = effect.kind === "timer" ? row.recordedAt + effect.delayMs : null;
      opened.push({ ...effect, id, dueAt, position: row.position, correlationId: row.correlationId });
    }
  });
  if (opened.length === 0 && closed.size === 0) return before;
  const open = [...before, ...opened].filter(({ id }) => !closed.has(id));
  return open.length === 0 ? NONE : open;
}

/** True while this node has something to do for the effect; a timer only waits. */
export function isWork(effect: OpenEffect): boolean {
  return effect.kind !== "timer";
}

/** The `waiting` row of an open set. */
export function waitingFor(open: readonly OpenEffect[]): Waiting | null {
  if (open.length === 0) return null;
  let dueAt: number | null = null;
  let dueInMs: number | null = null;
  for (const effect of open) {
    if (effect.kind !== "timer") continue;
    if (effect.dueAt === null) dueInMs = Math.min(dueInMs ?? Infinity, effect.delayMs);
    else dueAt = Math.min(dueAt ?? Infinity, effect.dueAt);
  }
  return { dueAt, dueInMs, busy: open.some(isWork), open: JSON.stringify(open.map(describe)) };
}

/** One open effect, as the `waiting` row shows it to people and to recovery. */
export interface OpenEffectNote {
  readonly effect: string;
  readonly kind: OpenEffect["kind"];
  /** The activity's src, the timer's event, or `<event> → <type>/<id>`. */
  readonly what: string;
}

function describe(effect: OpenEffect): OpenEffectNote {
  const { id, kind } = effect;
  if (kind === "activity") return { effect: id, kind, what: effect.src };
  if (kind === "timer") return { effect: id, kind, what: effect.send ?? effect.event.type };
  return { effect: id, kind, what: `${effect.event.type} → ${effect.to.type}/${effect.to.id}` };
}
