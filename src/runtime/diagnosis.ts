/** Why an actor waits: from its committed state, its machine, and what is open. Pure; a look around is handed in. */
import type { ActorRef } from "../kernel/ids.ts";
import { streamOf } from "../kernel/ids.ts";
import { allowedEvents } from "./acceptance.ts";
import type { ActorState } from "./actor-state.ts";
import type { OpenMessage } from "./delivery.ts";
import { describeDiagnosis } from "./diagnosis-sentence.ts";
import type { OpenEffect } from "./effects.ts";
import type { ActivityAttempts, Counterpart, Diagnosis } from "./operations.ts";
import type { RegisteredActor } from "./register.ts";

/** Another actor as it stands; null when there is none, `unreadable` when today's machine cannot replay it. */
export type OtherActor = { readonly registered: RegisteredActor; readonly state: ActorState } | null | "unreadable";

/** What is known beside the actor itself. Times are ms since the epoch by the store's clock. */
export interface Surroundings {
  readonly now: number;
  /** When its newest event was recorded. */
  readonly updatedAt: number;
  /** When the event of a version was recorded. */
  recordedAt(version: number): number;
  /** By effect id, as the node knows that runs them. */
  readonly attempts: Readonly<Record<string, ActivityAttempts>>;
  /** By address; those that were not looked at are missing. */
  readonly others: ReadonlyMap<string, OtherActor>;
}

export function diagnose(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState,
  around: Surroundings,
): Diagnosis {
  const accepts = {
    client: allowedEvents(registered, state, "client"),
    operator: allowedEvents(registered, state, "operator"),
    internal: allowedEvents(registered, state, "internal"),
  };
  const { status } = state.snapshot;
  const waits = status === "active" ? waitsOf(registered, state.open, around) : NOTHING;
  const isWoken = waits.timers.length + waits.activities.length + waits.messages.length > 0 ||
    waits.children.some(({ actor, effect }) => mayTell(around.others.get(streamOf(actor)), ref, effect));
  const known = {
    actor: ref,
    version: state.version,
    state: state.path,
    status,
    since: around.updatedAt,
    accepts,
    ...waits,
    canBeWoken: status === "active" && (isWoken || accepts.internal.length > 0),
  };
  return { ...known, sentence: describeDiagnosis(known, around.now) };
}

type Waits = Pick<Diagnosis, "timers" | "activities" | "messages" | "children">;

const NOTHING: Waits = { timers: [], activities: [], messages: [], children: [] };

function waitsOf({ definition }: RegisteredActor, open: readonly OpenEffect[], around: Surroundings): Waits {
  const sinceOf = ({ id }: OpenEffect) => around.recordedAt(versionOf(id));
  const kind = <Kind extends OpenEffect["kind"]>(name: Kind) =>
    open.filter((effect): effect is Extract<OpenEffect, { kind: Kind }> => effect.kind === name);
  return {
    timers: kind("timer").map((timer) => {
      const dueAt = timer.dueAt ?? around.now + timer.delayMs;
      const name = nameOf(timer);
      return { effect: timer.id, name, event: timer.event.type, dueAt, overdueMs: Math.max(0, around.now - dueAt) };
    }).toSorted((a, b) => a.dueAt - b.dueAt),
    activities: kind("activity").map((activity) => ({
      effect: activity.id,
      src: activity.src,
      since: sinceOf(activity),
      remote: definition.activities?.[activity.src]?.remote === true,
      ...(around.attempts[activity.id] && { attempts: around.attempts[activity.id]! }),
    })),
    messages: kind("message").map((message) => ({
      effect: message.id,
      event: message.event.type,
      to: message.to,
      since: sinceOf(message),
      ...targetOf(around.others.get(streamOf(message.to)), message),
    })),
    children: kind("child").map((child) => ({
      effect: child.id,
      name: child.child,
      actor: child.to,
      since: sinceOf(child),
      ...targetOf(around.others.get(streamOf(child.to))),
    })),
  };
}

/** XState names a state's own timers `xstate.after.<delay>.<state>`; the delay is a name of the machine's, or in ms. */
function nameOf({ send, event: { type } }: Extract<OpenEffect, { kind: "timer" }>): string {
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(type) ?? [];
  if (delay === undefined) return send ?? type;
  return /^\d+$/.test(delay) ? `after ${delay} ms` : delay;
}

/** `<version>/<n>` */
export function versionOf(effectId: string): number {
  return Number(effectId.slice(0, effectId.indexOf("/")));
}

function targetOf(other: OtherActor | undefined, message?: OpenMessage): { target?: Counterpart } {
  if (other === undefined) return {};
  if (other === "unreadable") {
    return { target: { state: "", status: "unreadable", ...(message && { accepts: false }) } };
  }
  // Whoever is not there may be made; only that.
  if (other === null) {
    const accepts = message?.link?.as === "creation";
    return { target: { state: "", status: "missing", ...(message && { accepts }) } };
  }
  const { path, snapshot } = other.state;
  return { target: { state: path, status: snapshot.status, ...(message && { accepts: wouldAccept(other, message) }) } };
}

function wouldAccept({ registered, state }: Exclude<OtherActor, null | string>, { event, link }: OpenMessage): boolean {
  if (state.snapshot.status !== "active") return false;
  if (link?.as === "stop") return true;
  if (link?.as === "outcome") return state.open.some(({ id }) => id === link.effect);
  if (event.type === registered.definition.created) return false;
  try {
    return state.snapshot.can(event);
  } catch {
    return false;
  }
}

/** Whether a child can still report its end. One that was not looked at is trusted. */
function mayTell(child: OtherActor | undefined, parent: ActorRef, effect: string): boolean {
  if (child === undefined || child === "unreadable") return true;
  if (child === null) return false;
  const { snapshot, open } = child.state;
  return snapshot.status === "active" ||
    open.some((message) =>
      message.kind === "message" && message.link?.as === "outcome" && message.link.effect === effect &&
      streamOf(message.to) === streamOf(parent)
    );
}
