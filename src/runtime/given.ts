/**
 * Given events, when an event, then …: a machine's durable behaviour in a test, without a store, a clock or a wait.
 * It goes through the same acceptance, step and effects as a live actor.
 */
import type { PlainError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import { type Acceptance, judgeOutcome, judgeProposal, type Outcome } from "./acceptance.ts";
import type { ActorState } from "./actor-state.ts";
import type { ActorDefinition, Proposer } from "./definition.ts";
import type { Effect, OpenEffect } from "./effects.ts";
import type { MachineEvent } from "./machine-event.ts";
import { childEnded, childFailed, completed, failed, fired } from "./outcomes.ts";
import type { ActorSnapshot, RefusalReason } from "./receipt.ts";
import { type About, recordEvent } from "./record.ts";
import type { RegisteredActor } from "./register.ts";
import { replayable } from "./replay.ts";

/** What came of the last event. */
export interface Consequence {
  /** Undefined when it was accepted. */
  readonly refused: RefusalReason | undefined;
  readonly state: string;
  /** Undefined while there is no actor. */
  readonly status: ActorSnapshot["status"] | undefined;
  /** The machine's context. */
  readonly context: unknown;
  /** What this event asked for; empty when it was refused. */
  readonly effects: readonly Effect[];
  /** Everything that waits for its outcome. */
  readonly open: readonly OpenEffect[];
}

export interface ScenarioOptions {
  /** The actor's. Default `test`. */
  readonly id?: string;
  /** The definitions of the types that the definition names in its `children`. */
  readonly children?: readonly ActorDefinition[];
}

/**
 * A scenario that starts with a history, whose events must all be accepted.
 * @throws StatewrightError `USAGE` when the machine cannot be made durable
 */
export function given(
  definition: ActorDefinition,
  history: readonly MachineEvent[],
  options: ScenarioOptions = {},
): Scenario {
  const { id = "test", children } = options;
  const scenario = new Scenario(replayable(definition, children), { type: definition.type, id });
  for (const event of history) {
    scenario.when(event).then(({ refused, state }) => {
      if (refused) throw new Error(`The history's ${event.type} was refused (${refused}) in "${state}"`);
    });
  }
  return scenario;
}

export class Scenario {
  readonly #registered: RegisteredActor;
  readonly #ref: ActorRef;
  #state: ActorState | undefined;
  #effects: readonly Effect[] = [];
  #refused: RefusalReason | undefined;

  constructor(registered: RegisteredActor, ref: ActorRef, state?: ActorState) {
    this.#registered = registered;
    this.#ref = ref;
    this.#state = state;
  }

  /** A scenario that goes on from here; this one stays where it is. */
  fork(): Scenario {
    return new Scenario(this.#registered, this.#ref, this.#state);
  }

  /** Somebody proposes an event. */
  when(event: MachineEvent, by: Proposer = "internal"): this {
    const verdict = judgeProposal(this.#registered, this.#ref, this.#state, { event, by });
    if (verdict.outcome === "accepted") return this.#adopt(verdict);
    this.#effects = [];
    this.#refused = verdict.reason;
    return this;
  }

  /** The open timer of that name fires: its send id, the delay's name, or its event's type. */
  whenTimerFires(name: string): this {
    const timer = this.#find("timer", ({ send, event }) => send === name || event.type.split(".").includes(name), name);
    return this.#settle(fired(timer));
  }

  /** The open activity of that `src` answers: with an output, or with an event where it is declared so. */
  whenActivityAnswers(src: string, answer: unknown): this {
    const activity = this.#find("activity", (effect) => effect.src === src, src);
    if (!this.#registered.definition.activities?.[src]?.answersWithEvent) {
      return this.#settle(completed(activity, answer));
    }
    const { type, ...data } = answer as MachineEvent;
    return this.#settle({ effectId: activity.id, type, data });
  }

  /** The open activity of that `src` has failed for good. */
  whenActivityFails(src: string, error: PlainError): this {
    return this.#settle(failed(this.#find("activity", (effect) => effect.src === src, src), error));
  }

  /** The open child of that name (its `id` in the machine) has ended with an output. */
  whenChildEnds(child: string, output: unknown): this {
    const effect = this.#find("child", (effect) => effect.child === child, child);
    return this.#settle(childEnded(effect, output));
  }

  /** The open child of that name has failed, or could not be made. */
  whenChildFails(child: string, error: PlainError): this {
    const effect = this.#find("child", (effect) => effect.child === child, child);
    return this.#settle(childFailed(effect, error));
  }

  /** Hands the consequence of the last event to a check of yours, and goes on. */
  // oxlint-disable-next-line unicorn/no-thenable -- given, when, then are the field's words; nobody awaits a scenario.
  then(check: (consequence: Consequence) => void): this {
    const { path = "", snapshot, open = [] } = this.#state ?? {};
    check({
      refused: this.#refused,
      state: path,
      status: snapshot?.status,
      context: snapshot?.context,
      effects: this.#effects,
      open,
    });
    return this;
  }

  #find<Kind extends OpenEffect["kind"]>(
    kind: Kind,
    matches: (effect: Extract<OpenEffect, { kind: Kind }>) => boolean,
    name: string,
  ): Extract<OpenEffect, { kind: Kind }> {
    const isKind = (effect: OpenEffect): effect is Extract<OpenEffect, { kind: Kind }> => effect.kind === kind;
    const found = this.#state?.open.filter(isKind).find(matches);
    if (found) return found;
    throw new Error(`No ${kind} "${name}" is open; open are: ${JSON.stringify(this.#state?.open ?? [])}`);
  }

  #settle(outcome: Outcome): this {
    const acceptance = judgeOutcome(this.#registered, this.#ref, this.#state!, outcome);
    return acceptance ? this.#adopt(acceptance, { settles: outcome.effectId }) : this;
  }

  #adopt(acceptance: Acceptance, about: Partial<About> = {}): this {
    const correlation = `${this.#ref.type}/${this.#ref.id}/${(this.#state?.version ?? 0) + 1}`;
    const { event, state } = recordEvent(this.#registered, this.#ref, this.#state, acceptance, {
      correlation,
      ...about,
    }, 0);
    this.#state = state;
    this.#effects = event.effects === null ? [] : JSON.parse(event.effects) as Effect[];
    this.#refused = undefined;
    return this;
  }
}
