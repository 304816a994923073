/**
 * Given events, when an event, then …: a machine's durable behaviour in a test, without a store, a clock or a wait.
 * It goes through the same acceptance, step and effects as a live actor.
 */
import type { ActorRef } from "../kernel/ids.ts";
import { judgeOutcome, judgeProposal, type Outcome } from "./acceptance.ts";
import { type ActorState, effectsOf } from "./actor-state.ts";
import type { Acceptance } from "./acceptance.ts";
import type { ActorDefinition, Proposer } from "./definition.ts";
import type { Effect, OpenEffect } from "./effects.ts";
import type { MachineEvent, RefusalReason } from "./receipt.ts";
import { replayable } from "./replay.ts";
import { canonicalSnapshot, pathOf } from "./step.ts";

/** What came of the last event. */
export interface Consequence {
  /** Undefined when it was accepted. */
  readonly refused: RefusalReason | undefined;
  readonly state: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a machine's own context type; the test knows it.
  readonly context: any;
  /** What this event asked for; empty when it was refused. */
  readonly effects: readonly Effect[];
  /** Everything that waits for its outcome. */
  readonly open: readonly OpenEffect[];
}

export interface Scenario {
  /** Somebody proposes an event. */
  when(event: MachineEvent, by?: Proposer): Scenario;
  /** The open timer of that name (its send id, or its event's type) fires. */
  whenTimerFires(name: string): Scenario;
  /** The open activity of that `src` answers: with an output, or with an event where it is declared so. */
  whenActivityAnswers(src: string, answer: unknown): Scenario;
  /** The open activity of that `src` has failed for good. */
  whenActivityFails(src: string, error: { name: string; message: string; code: string }): Scenario;
  /** Hands the consequence of the last event to a check of yours, and goes on. */
  then(check: (consequence: Consequence) => void): Scenario;
}

/**
 * A scenario that starts with a history. Events of the history must be accepted.
 * @param id the actor's id; default `test`
 */
export function given(definition: ActorDefinition, history: readonly MachineEvent[], id = "test"): Scenario {
  const registered = replayable(definition);
  const ref: ActorRef = { type: definition.type, id };
  let state: ActorState | undefined;
  let effects: readonly Effect[] = [];
  let refused: RefusalReason | undefined;

  const adopt = ({ step }: Acceptance, settles?: string) => {
    const version = (state?.version ?? 0) + 1;
    const about = { correlation: `${ref.type}/${id}/${version}`, ...(settles !== undefined && { settles }) };
    const resolved = effectsOf(registered, ref, state, step, about);
    canonicalSnapshot(step.snapshot);
    state = {
      version,
      snapshot: step.snapshot,
      path: pathOf(step.snapshot.value),
      open: resolved.open,
      parent: undefined,
    };
    effects = resolved.effects;
    refused = undefined;
  };
  const propose = (event: MachineEvent, by: Proposer) => {
    const verdict = judgeProposal(registered, ref, state, { event, by });
    if (verdict.outcome === "accepted") return adopt(verdict);
    effects = [];
    refused = verdict.reason;
  };
  const settle = (
    what: string,
    find: (effect: OpenEffect) => boolean,
    outcome: (effect: OpenEffect) => Omit<Outcome, "effectId">,
  ) => {
    const effect = state?.open.find(find);
    if (!state || !effect) throw new Error(`No ${what} is open; open are: ${JSON.stringify(state?.open ?? [])}`);
    const acceptance = judgeOutcome(registered, ref, state, { effectId: effect.id, ...outcome(effect) });
    if (acceptance) adopt(acceptance, effect.id);
  };

  for (const event of history) {
    propose(event, "internal");
    if (refused) throw new Error(`The history's ${event.type} was refused (${refused}) in "${state?.path ?? ""}"`);
  }
  const scenario: Scenario = {
    when(event, by = "internal") {
      propose(event, by);
      return scenario;
    },
    whenTimerFires(name) {
      const isIt = (effect: OpenEffect) =>
        effect.kind === "timer" && (effect.send === name || effect.event.type.includes(name));
      settle(
        `timer "${name}"`,
        isIt,
        (effect) => ({ type: "TimerFired", data: { event: effect.kind === "timer" ? effect.event : {} } }),
      );
      return scenario;
    },
    whenActivityAnswers(src, answer) {
      const answersWithEvent = definition.activities?.[src]?.answersWithEvent ?? false;
      settle(`activity "${src}"`, activity(src), (effect) => {
        if (answersWithEvent) {
          const { type, ...data } = answer as MachineEvent;
          return { type, data };
        }
        return ended(effect, "done", { output: answer });
      });
      return scenario;
    },
    whenActivityFails(src, error) {
      settle(`activity "${src}"`, activity(src), (effect) => ended(effect, "error", { error }));
      return scenario;
    },
    then(check) {
      check({ refused, state: state?.path ?? "", context: state?.snapshot.context, effects, open: state?.open ?? [] });
      return scenario;
    },
  };
  return scenario;
}

function activity(src: string): (effect: OpenEffect) => boolean {
  return (effect) => effect.kind === "activity" && effect.src === src;
}

function ended(effect: OpenEffect, how: "done" | "error", with_: object): Omit<Outcome, "effectId"> {
  const child = effect.kind === "activity" ? effect.child : "";
  const event = { type: `xstate.${how}.actor.${child}`, ...with_, actorId: child };
  return { type: how === "done" ? "ActivityCompleted" : "ActivityFailed", data: { event } };
}
