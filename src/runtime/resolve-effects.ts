/**
 * From the requests of one step to the effects that are stored with its event, and the set that is open after it.
 */
import type { AnyMachineSnapshot } from "xstate";
import { plainError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { type Effect, type EffectRequest, NOTHING_OPEN, type OpenEffect } from "./effects.ts";

/** Where an actor's end is reported to. Creation metadata; never part of the machine's own state. */
export interface ParentLink {
  readonly parent: ActorRef;
  /** The parent's open effect. */
  readonly effect: string;
  /** The child's name in the parent's machine. */
  readonly child: string;
}

export interface ResolutionScope {
  readonly ref: ActorRef;
  readonly version: number;
  readonly correlationId: string;
  /** The effect whose outcome this event is, if it is one. */
  readonly settled: string | undefined;
  readonly parent: ParentLink | undefined;
  /** The machine's `src`s that stand for actors of their own, with their type and creation event. */
  readonly children: ReadonlyMap<string, { readonly type: string; readonly created: string }>;
}

export interface EffectsOfEvent {
  readonly effects: readonly Effect[];
  readonly open: readonly OpenEffect[];
}

/** Once the machine has ended, everything but messages is closed, and the parent hears of it. */
export function resolveEffects(
  before: readonly OpenEffect[],
  requests: readonly EffectRequest[],
  snapshot: AnyMachineSnapshot,
  scope: ResolutionScope,
): EffectsOfEvent {
  const effects: Effect[] = [];
  let open = scope.settled === undefined ? before : before.filter(({ id }) => id !== scope.settled);
  const add = (effect: Effect): string => {
    const id = `${scope.version}/${effects.length}`;
    effects.push(effect);
    if (effect.kind !== "emit" && effect.kind !== "close") {
      open = [...open, { ...effect, id, dueAt: null, position: 0, correlationId: scope.correlationId }];
    }
    return id;
  };
  const close = (matches: (effect: OpenEffect) => boolean): void => {
    for (const effect of open.filter(matches)) {
      open = open.filter(({ id }) => id !== effect.id);
      add({ kind: "close", effect: effect.id });
      if (effect.kind === "child") {
        add({ kind: "message", to: effect.to, event: { type: "Stopped" }, link: { as: "stop" } });
      }
    }
  };

  for (const request of requests) {
    switch (request.kind) {
      case "activity":
        openChild(request, scope, add);
        break;
      case "tell":
        add({ kind: "message", to: addressOf(request.child, open), event: request.event });
        break;
      case "stop":
        close((effect) => (effect.kind === "activity" || effect.kind === "child") && effect.child === request.child);
        break;
      case "cancel":
        close((effect) => effect.kind === "timer" && effect.send === request.send);
        break;
      case "timer":
        if (request.send !== undefined) close((effect) => effect.kind === "timer" && effect.send === request.send);
        add(request);
        break;
      default:
        add(request);
    }
  }
  if (snapshot.status !== "active") {
    close((effect) => effect.kind !== "message");
    if (scope.parent) reportEnd(snapshot, scope.parent, add);
  }
  return { effects, open: open.length === 0 ? NOTHING_OPEN : open };
}

type Activity = Extract<EffectRequest, { kind: "activity" }>;

function openChild(
  request: Activity,
  { ref, version, children }: ResolutionScope,
  add: (effect: Effect) => string,
): void {
  const actor = children.get(request.src);
  if (actor === undefined) {
    add(request);
    return;
  }
  // Deterministic, so that a repeated creation is the same actor; unique, because an effect's id is.
  const to: ActorRef = {
    type: actor.type,
    id: `${ref.type}_${ref.id}_${version}_${request.child.replaceAll(/[^A-Za-z0-9_-]/g, "-")}`,
  };
  const effect = add({ kind: "child", child: request.child, to });
  const input = (request.input ?? {}) as object;
  add({
    kind: "message",
    to,
    event: { ...input, type: actor.created },
    link: { as: "creation", effect, child: request.child },
  });
}

function addressOf(child: string, open: readonly OpenEffect[]): ActorRef {
  const found = open.findLast((effect) => effect.kind === "child" && effect.child === child);
  if (found?.kind === "child") return found.to;
  throw new Error(`"${child}" is an activity, which hears no events; make it an actor in \`children\` to send to it`);
}

function reportEnd(
  { status, output, error }: AnyMachineSnapshot,
  link: ParentLink,
  add: (effect: Effect) => string,
): void {
  if (status === "stopped") return;
  const { parent, effect, child } = link;
  const event = status === "done"
    ? { type: `xstate.done.actor.${child}`, output: (output as unknown) ?? null, actorId: child }
    : { type: `xstate.error.actor.${child}`, error: plainError(error), actorId: child };
  add({ kind: "message", to: parent, event, link: { as: "outcome", effect } });
}
