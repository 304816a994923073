/**
 * Runs several actors against each other in memory, one move at a time, and lets the caller choose the next move.
 * It keeps the one promise about messages that the machines count on: per (source, target) they arrive once and in
 * order. Everything else may happen in any order, and a timer may fire at any time. What happens is written down as
 * the runtime does it.
 */
import { type ActorRef, streamOf } from "../../src/kernel/ids.ts";
import { type Acceptance, judgeOutcome, judgeProposal, type Outcome } from "../../src/runtime/acceptance.ts";
import type { ActorState } from "../../src/runtime/actor-state.ts";
import { noteOf, type OpenEffect } from "../../src/runtime/effects.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { Refused } from "../../src/runtime/receipt.ts";
import { type About, recordEvent } from "../../src/runtime/record.ts";
import type { RegisteredActor } from "../../src/runtime/register.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import type { LogBooks } from "../invariants/books.ts";

export type OpenOf<Kind extends OpenEffect["kind"]> = Extract<OpenEffect, { kind: Kind }>;

export interface Pump {
  /** By stream. What is open includes the messages on their way. */
  readonly actors: ReadonlyMap<string, ActorState>;
  /** How many events there are. */
  head(): number;
  /** The routes with a message on its way, each `<source> → <target>`, oldest route first. */
  routes(): string[];
  deliver(route: string): void;
  /** Proposes from outside; answers what was refused, or undefined. */
  propose(to: ActorRef, event: MachineEvent): Refused | undefined;
  /** True when the actor would accept the event now. */
  accepts(to: ActorRef, event: MachineEvent): boolean;
  /** Ends an open timer or activity. A timer has waited long enough by then. */
  settle(to: ActorRef, outcome: Outcome): void;
  books(): LogBooks;
}

interface Message extends OpenOf<"message"> {
  readonly from: ActorRef;
}

export function createPump(registered: ReadonlyMap<string, RegisteredActor>): Pump {
  return new MessagePump(registered);
}

class MessagePump implements Pump {
  readonly actors = new Map<string, ActorState>();
  readonly #registered: ReadonlyMap<string, RegisteredActor>;
  readonly #events: StoredEvent[] = [];
  readonly #queues = new Map<string, Message[]>();
  readonly #letters: LogBooks["deadLetters"][number][] = [];
  #now = 0;

  constructor(registered: ReadonlyMap<string, RegisteredActor>) {
    this.#registered = registered;
  }

  head(): number {
    return this.#events.length;
  }

  routes(): string[] {
    return [...this.#queues.keys()];
  }

  deliver(route: string): void {
    const [message, ...rest] = this.#queues.get(route) ?? [];
    if (message === undefined) throw new Error(`Nothing is on its way ${route}`);
    if (rest.length === 0) this.#queues.delete(route);
    else this.#queues.set(route, rest);
    const stream = streamOf(message.from);
    const id = `${stream}/${message.id}`;
    if (this.#propose(message.to, message.event, { id })) {
      this.#letters.push({ reason: "message refused", stream, source: id });
    }
    const sender = this.actors.get(stream)!;
    this.actors.set(stream, { ...sender, open: sender.open.filter((effect) => effect.id !== message.id) });
  }

  propose(to: ActorRef, event: MachineEvent): Refused | undefined {
    return this.#propose(to, event, {});
  }

  accepts(to: ActorRef, event: MachineEvent): boolean {
    const snapshot = this.actors.get(streamOf(to))?.snapshot;
    return snapshot?.status === "active" && snapshot.can(event);
  }

  settle(to: ActorRef, outcome: Outcome): void {
    const state = this.actors.get(streamOf(to))!;
    const effect = state.open.find(({ id }) => id === outcome.effectId);
    const acceptance = judgeOutcome(this.#typeOf(to), to, state, outcome);
    if (effect === undefined || acceptance === undefined) throw new Error(`${streamOf(to)} waits for no such thing`);
    this.#now = Math.max(this.#now, effect.dueAt ?? 0);
    this.#adopt(to, acceptance, { settles: effect.id });
  }

  books(): LogBooks {
    const waiting = [...this.actors].flatMap(([stream, { open }]) => {
      const due = open.flatMap(({ dueAt }) => dueAt ?? []);
      const dueAt = due.length === 0 ? null : Math.min(...due);
      return open.length === 0 ? [] : [{ stream, dueAt, open: JSON.stringify(open.map(noteOf)) }];
    });
    // Nothing is overdue where timers fire at any time.
    return { events: this.#events, waiting, deadLetters: this.#letters, requests: [], now: 0, atRest: true };
  }

  #propose(to: ActorRef, event: MachineEvent, about: Partial<About>): Refused | undefined {
    const before = this.actors.get(streamOf(to));
    const verdict = judgeProposal(this.#typeOf(to), to, before, { event, by: "internal" });
    if (verdict.outcome === "refused") return verdict;
    this.#adopt(to, verdict, about);
    return undefined;
  }

  #adopt(ref: ActorRef, acceptance: Acceptance, about: Partial<About>): void {
    const stream = streamOf(ref);
    const before = this.actors.get(stream);
    const correlation = `${stream}/1`;
    const { event, state } = recordEvent(this.#typeOf(ref), ref, before, acceptance, { correlation, ...about }, 1);
    const open = state.open.map((effect) =>
      effect.kind === "timer" ? { ...effect, dueAt: effect.dueAt ?? this.#now + effect.delayMs } : effect
    );
    this.actors.set(stream, { ...state, open });
    const position = this.#events.length + 1;
    this.#events.push({ ...event, stream, version: state.version, position, recordedAt: this.#now });
    for (const effect of open) {
      if (effect.kind !== "message" || !effect.id.startsWith(`${state.version}/`)) continue;
      const route = `${stream} → ${streamOf(effect.to)}`;
      this.#queues.set(route, [...this.#queues.get(route) ?? [], { ...effect, from: ref }]);
    }
  }

  #typeOf({ type }: ActorRef): RegisteredActor {
    const registered = this.#registered.get(type);
    if (registered === undefined) throw new Error(`No actor type ${type}`);
    return registered;
  }
}
