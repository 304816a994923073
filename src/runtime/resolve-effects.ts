/**
 * From the requests of one step to the effects that are stored with its event, and the set that is open after it.
 */
import { hash } from "node:crypto";
import type { AnyMachineSnapshot } from "xstate";
import { plainError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { type Effect, type EffectRequest, kept, type OpenEffect } from "./effects.ts";
import { doneEvent, errorEvent } from "./end-events.ts";
import type { ParentLink } from "./parent-link.ts";

/** Of an actor's id: see `kernel/ids.ts`. Children of children have ever longer names. */
const MAX_ID_LENGTH = 128;

export interface ResolutionScope {
  readonly ref: ActorRef;
  readonly version: number;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
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
  const resolution = new Resolution(before, scope);
  for (const request of requests) resolve(request, scope, resolution);
  if (snapshot.status !== "active") {
    resolution.close((effect) => effect.kind !== "message");
    if (scope.parent) reportEnd(snapshot, scope.parent, resolution);
  }
  const { effects, open } = resolution;
  return { effects, open: kept(open) };
}

/** The effects of one event while they come together. */
class Resolution {
  readonly effects: Effect[] = [];
  open: readonly OpenEffect[];
  readonly #scope: ResolutionScope;

  constructor(before: readonly OpenEffect[], scope: ResolutionScope) {
    this.#scope = scope;
    this.open = scope.settled === undefined ? before : before.filter(({ id }) => id !== scope.settled);
  }

  /** Answers the effect's id. */
  add(effect: Effect): string {
    const id = `${this.#scope.version}/${this.effects.length}`;
    this.effects.push(effect);
    if (effect.kind !== "emit" && effect.kind !== "close") {
      const { correlationId, traceparent } = this.#scope;
      this.open = [...this.open, { ...effect, id, dueAt: null, position: 0, correlationId, traceparent }];
    }
    return id;
  }

  close(matches: (effect: OpenEffect) => boolean): void {
    for (const closed of this.open.filter(matches)) {
      this.open = this.open.filter(({ id }) => id !== closed.id);
      this.add({ kind: "close", effect: closed.id });
      if (closed.kind === "child") {
        this.add({ kind: "message", to: closed.to, event: { type: "Stopped" }, link: { as: "stop" } });
      }
    }
  }
}

function resolve(request: EffectRequest, scope: ResolutionScope, resolution: Resolution): void {
  switch (request.kind) {
    case "activity":
      openChild(request, scope, resolution);
      return;
    case "tell":
      resolution.add({ kind: "message", to: addressOf(request.child, resolution.open), event: request.event });
      return;
    case "stop":
      resolution.close((effect) =>
        (effect.kind === "activity" || effect.kind === "child") && effect.child === request.child
      );
      return;
    case "cancel":
      resolution.close((effect) => effect.kind === "timer" && effect.send === request.send);
      return;
    case "timer":
      if (request.send !== undefined) {
        resolution.close((effect) => effect.kind === "timer" && effect.send === request.send);
      }
      resolution.add(request);
      return;
    default:
      resolution.add(request);
  }
}

type Activity = Extract<EffectRequest, { kind: "activity" }>;

function openChild(request: Activity, { ref, version, children }: ResolutionScope, resolution: Resolution): void {
  const actor = children.get(request.src);
  if (actor === undefined) {
    resolution.add(request);
    return;
  }
  const to: ActorRef = { type: actor.type, id: childId(ref, version, request.child) };
  const effect = resolution.add({ kind: "child", child: request.child, to });
  const input: object = request.input ?? {};
  resolution.add({
    kind: "message",
    to,
    event: { ...input, type: actor.created },
    link: { as: "creation", effect, child: request.child },
  });
}

/** Deterministic, so that a repeated creation is the same actor; unique, because parent, version and child are. */
function childId(ref: ActorRef, version: number, child: string): string {
  const safe = child.replaceAll(/[^A-Za-z0-9-]/g, "-");
  const name = safe === child ? child : `${safe}-${hash("sha256", child, "hex").slice(0, 12)}`;
  const id = `${ref.type}_${ref.id}_${version}_${name}`;
  return id.length <= MAX_ID_LENGTH ? id : `${ref.type}_${hash("sha256", id, "hex")}`;
}

function addressOf(child: string, open: readonly OpenEffect[]): ActorRef {
  const found = open.findLast((effect) => effect.kind === "child" && effect.child === child);
  if (found?.kind === "child") return found.to;
  throw new Error(`"${child}" is an activity, which hears no events; make it an actor in \`children\` to send to it`);
}

function reportEnd(
  { status, output, error }: AnyMachineSnapshot,
  link: ParentLink,
  resolution: Resolution,
): void {
  if (status === "stopped") return;
  const { parent, effect, child } = link;
  const event = status === "done" ? doneEvent(child, output) : errorEvent(child, plainError(error));
  resolution.add({ kind: "message", to: parent, event, link: { as: "outcome", effect } });
}
