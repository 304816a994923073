/**
 * Runs several actors against each other in memory, one move at a time, and lets the caller choose the next move.
 * It keeps the one promise about messages that the machines count on: per (source, target) they arrive once and in
 * order. Everything else may happen in any order, and a timer may fire at any time.
 */
import type { AnyStateMachine } from "xstate";
import { begin, type EventData, pathOf, type Sent, step, type Stepped } from "./machine-stepper.ts";

interface PumpedType {
  readonly machine: AnyStateMachine;
  /** The event that creates an actor. */
  readonly created: string;
  readonly events: Readonly<
    Record<string, { readonly schema: { safeParse(data: unknown): { readonly success: boolean } } }>
  >;
}

export interface Message extends Sent {
  /** `<type>/<id>` */
  readonly from: string;
}

export interface Refusal extends Message {
  readonly why: "finished" | "notFound" | "alreadyExists" | "undeclared" | "invalid" | "notAllowed";
  /** Where the target stood. */
  readonly state: string;
}

export interface Pump {
  readonly actors: ReadonlyMap<string, Stepped>;
  /** The routes with a message on its way, each `<source> → <target>`, oldest route first. */
  routes(): string[];
  deliver(route: string): void;
  /** Proposes from outside; answers why it was refused, or undefined. */
  propose(to: Sent["to"], event: EventData): Refusal["why"] | undefined;
  /** True when the actor would accept the event now. */
  accepts(stream: string, event: EventData): boolean;
  fire(stream: string, timerId: string): void;
  /** Ends an activity with a domain event or an error event. */
  settle(stream: string, activityId: string, outcome: EventData): void;
  /** Messages that their target refused. */
  readonly refusals: readonly Refusal[];
}

/**
 * @param observe is called after each step with the stream, the actor and what it has just sent
 */
export function createPump(
  types: Readonly<Record<string, PumpedType>>,
  observe: (stream: string, actor: Stepped, event: EventData) => void,
): Pump {
  const actors = new Map<string, Stepped>();
  const queues = new Map<string, Message[]>();
  const refusals: Refusal[] = [];

  function adopt(stream: string, next: Stepped, event: EventData): void {
    actors.set(stream, next);
    for (const sent of next.sent) {
      const route = `${stream} → ${streamOf(sent.to)}`;
      queues.set(route, [...(queues.get(route) ?? []), { ...sent, from: stream }]);
    }
    observe(stream, next, event);
  }

  function propose(to: Sent["to"], event: EventData): Refusal["why"] | undefined {
    const stream = streamOf(to);
    const type = typeNamed(types, to.type);
    const { type: _, ...data } = event;
    const declared = Object.hasOwn(type.events, event.type) ? type.events[event.type] : undefined;
    if (declared === undefined) return "undeclared";
    if (!declared.schema.safeParse(data).success) return "invalid";
    const actor = actors.get(stream);
    if (actor === undefined) {
      if (event.type !== type.created) return "notFound";
      adopt(stream, begin(type.machine, { id: to.id, ...data }), event);
      return undefined;
    }
    if (event.type === type.created) return "alreadyExists";
    if (actor.snapshot.status !== "active") return "finished";
    if (!actor.snapshot.can(event)) return "notAllowed";
    adopt(stream, step(actor, JSON.parse(JSON.stringify(event))), event);
    return undefined;
  }

  return {
    actors,
    refusals,
    propose,
    routes: () => [...queues.keys()],
    accepts: (stream, event) => {
      const { snapshot } = actorNamed(actors, stream);
      return snapshot.status === "active" && snapshot.can(event);
    },
    deliver(route) {
      const [message, ...rest] = queues.get(route) ?? [];
      if (message === undefined) throw new Error(`Nothing is on its way ${route}`);
      if (rest.length === 0) queues.delete(route);
      else queues.set(route, rest);
      const target = actors.get(streamOf(message.to));
      const why = propose(message.to, message.event);
      if (why !== undefined) refusals.push({ ...message, why, state: target ? pathOf(target.snapshot) : "" });
    },
    fire(stream, timerId) {
      const actor = actorNamed(actors, stream);
      const timer = actor.timers.get(timerId);
      if (timer === undefined) throw new Error(`${stream} has no timer ${timerId}`);
      adopt(stream, step(actor, timer.event), timer.event);
    },
    settle(stream, activityId, outcome) {
      const actor = actorNamed(actors, stream);
      if (!actor.activities.has(activityId)) throw new Error(`${stream} runs no activity ${activityId}`);
      const activities = new Map(actor.activities);
      activities.delete(activityId);
      adopt(stream, step({ ...actor, activities }, outcome), outcome);
    },
  };
}

function streamOf({ type, id }: Sent["to"]): string {
  return `${type}/${id}`;
}

function typeNamed(types: Readonly<Record<string, PumpedType>>, name: string): PumpedType {
  const type = types[name];
  if (type === undefined) throw new Error(`No actor type ${name}`);
  return type;
}

function actorNamed(actors: ReadonlyMap<string, Stepped>, stream: string): Stepped {
  const actor = actors.get(stream);
  if (actor === undefined) throw new Error(`No actor ${stream}`);
  return actor;
}
