/** What would happen if: a chain of events from a version on, through the very step that would make them. Writes nothing. */
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import { type Acceptance, judgeOutcome, judgeProposal, type Outcome } from "../../runtime/acceptance.ts";
import type { ActorState } from "../../runtime/actor-state.ts";
import type { Effect, OpenEffect } from "../../runtime/effects.ts";
import { completed, failed, fired } from "../../runtime/outcomes.ts";
import type { Refused } from "../../runtime/receipt.ts";
import { type About, recordEvent } from "../../runtime/record.ts";
import { edgesTaken } from "../chart/edges-taken.ts";
import type { MachineEvent } from "../../runtime/machine-event.ts";
import { versionStoodOn } from "../machines.ts";
import { isUndoing } from "./compensations.ts";
import { type Look, showState } from "./moment.ts";
import { effectsOfRow, showEffects } from "./shown-effects.ts";
import type { Tape, Wound } from "./tapes.ts";

const effectId = z.string().regex(/^[0-9]{1,9}\/[0-9]{1,6}$/, "an open effect: <version>/<n>");

const stepSchema = z.union([
  z.strictObject({
    event: z.looseObject({ type: z.string().min(1).max(200) }),
    by: z.enum(["client", "operator", "internal"]).default("internal"),
  }),
  z.strictObject({ fire: effectId }),
  z.strictObject({ answer: z.strictObject({ effect: effectId, output: z.unknown() }) }),
  z.strictObject({ fail: z.strictObject({ effect: effectId, message: z.string().max(2_000).default("It failed") }) }),
]);

export const whatIfSchema = z.strictObject({
  version: z.int().min(1),
  steps: z.array(stepSchema).min(1).max(50),
});

export type SupposedStep = z.infer<typeof stepSchema>;

/** One supposed event. */
interface Supposed {
  readonly event: string;
  /** As the machine sees it. */
  readonly seen: string;
  readonly outcome: Recorded | Refused;
}

interface Recorded {
  readonly outcome: "accepted";
  readonly state: ActorState;
  readonly effects: readonly Effect[];
}

/** Each step with what it would lead to; ends with the first that is refused. */
export function suppose(tape: Tape, { state: base }: Wound, steps: readonly SupposedStep[], look: Look) {
  const shown: Readonly<Record<string, unknown>>[] = [];
  let before = base;
  for (const step of steps) {
    const { event, seen, outcome } = supposeOne(tape, before, step);
    if (outcome.outcome === "refused") {
      const { reason, detail, state, allowed, errors } = outcome;
      shown.push({ event, outcome: "refused", reason, detail, state, allowed, errors });
      break;
    }
    shown.push({ event, ...showRecorded(tape, before, seen, outcome, look, base.version) });
    before = outcome.state;
  }
  return shown;
}

function showRecorded(
  { machine, steps }: Tape,
  before: ActorState,
  seen: string,
  { state, effects }: Recorded,
  look: Look,
  real: number,
) {
  const all = showEffects(effects, state.version, machine.type, look);
  return {
    outcome: "accepted",
    ...showState(machine, state, look, (version) => version <= real ? steps[version - 1]?.at ?? null : null),
    edges: edgesTaken(versionStoodOn(machine, state.snapshot).model, before.path, seen, state.path),
    effects: all,
    compensations: all.filter((_, n) => {
      const effect = effects[n]!;
      return effect.kind === "message" && isUndoing(effect.event.type);
    }),
  };
}

function supposeOne({ machine, ref }: Tape, before: ActorState, step: SupposedStep): Supposed {
  const { registered } = machine;
  const adopt = (acceptance: Acceptance, about: Partial<About> = {}): Recorded => {
    const correlation = `${ref.type}/${ref.id}/${before.version + 1}`;
    const { event, state } = recordEvent(registered, ref, before, acceptance, { correlation, ...about }, 0);
    return { outcome: "accepted", state, effects: effectsOfRow(event.effects) };
  };
  if ("event" in step) {
    const event = step.event as MachineEvent;
    const verdict = judgeProposal(registered, ref, before, { event, by: step.by });
    return { event: event.type, seen: event.type, outcome: verdict.outcome === "refused" ? verdict : adopt(verdict) };
  }
  const outcome = outcomeOf(before, step, (src) => registered.definition.activities?.[src]?.answersWithEvent === true);
  const acceptance = judgeOutcome(registered, ref, before, outcome)!;
  const seen = "event" in outcome.data ? (outcome.data.event as MachineEvent).type : outcome.type;
  return { event: outcome.type, seen, outcome: adopt(acceptance, { settles: outcome.effectId }) };
}

/** @throws StatewrightError `INVALID` when there is no such effect open */
function outcomeOf(
  { open }: ActorState,
  step: Exclude<SupposedStep, { event: unknown }>,
  answersWithEvent: (src: string) => boolean,
): Outcome {
  if ("fire" in step) return fired(openOf(open, step.fire, "timer"));
  if ("fail" in step) {
    return failed(openOf(open, step.fail.effect, "activity"), { name: "Error", message: step.fail.message, code: "" });
  }
  const activity = openOf(open, step.answer.effect, "activity");
  if (!answersWithEvent(activity.src)) return completed(activity, step.answer.output ?? null);
  const { type, ...data } = Object(step.answer.output) as MachineEvent;
  if (typeof type !== "string") {
    throw new StatewrightError("INVALID", `"${activity.src}" answers with an event: { "type": … }`);
  }
  return { effectId: activity.id, type, data };
}

function openOf<Kind extends OpenEffect["kind"]>(
  open: readonly OpenEffect[],
  id: string,
  kind: Kind,
): Extract<OpenEffect, { kind: Kind }> {
  const found = open.find((effect): effect is Extract<OpenEffect, { kind: Kind }> =>
    effect.id === id && effect.kind === kind
  );
  if (found === undefined) throw new StatewrightError("INVALID", `There is no open ${kind} ${id} at that moment`);
  return found;
}
