/** A supposed chain as the text of a test, which runs it again with the test kit: the stored history, then what if. */
import type { StoredEvent } from "../../projection/projection.ts";
import type { EventMetadata, RecordedOutcome } from "../../runtime/actor-state.ts";
import type { Effect } from "../../runtime/effects.ts";
import { effectsOfRow } from "./shown-effects.ts";
import type { SupposedStep } from "./what-if.ts";

/** What a supposed step came to, as {@link scenarioText} needs it. */
export interface SupposedResult {
  readonly outcome?: unknown;
  readonly reason?: unknown;
  readonly state?: unknown;
  readonly effects?: unknown;
}

/** What was asked for, by `<version>/<n>`. */
type Asked = Map<string, Effect>;

/**
 * @param history up to the version that was supposed from
 * @param steps with what each came to, in the same order
 */
export function scenarioText(
  { type, id }: { readonly type: string; readonly id: string },
  history: readonly StoredEvent[],
  steps: readonly SupposedStep[],
  results: readonly SupposedResult[],
): string {
  const asked: Asked = new Map();
  const before = history.flatMap((row) => {
    const line = storedLine(row, asked);
    note(asked, row.version, effectsOfRow(row.effects));
    return line;
  });
  const supposed = results.flatMap((result, n) => {
    const line = supposedLine(steps[n]!, asked);
    note(asked, history.length + n + 1, Array.isArray(result.effects) ? result.effects as Effect[] : []);
    return [`  scenario.${line}.then(({ refused, state, effects }) => {`, ...expectations(result), "  });"];
  });
  return [
    `import { expect, test } from "vitest";`,
    `import { given } from "statewright";`,
    `import { shopActors } from "../src/shop/actors.ts";`,
    ``,
    `test(${JSON.stringify(`${type}: what if, from version ${history.length}`)}, () => {`,
    `  const actors = shopActors({} as never);`,
    `  const definition = actors.find(({ type }) => type === ${JSON.stringify(type)})!;`,
    `  const scenario = given(definition, [], { id: ${JSON.stringify(id)}, children: actors });`,
    `  // What is stored.`,
    ...before.map((line) => `  scenario.${line};`),
    `  // What if.`,
    ...supposed,
    `});`,
    ``,
  ].join("\n");
}

function note(asked: Asked, version: number, effects: readonly Effect[]): void {
  effects.forEach((effect, n) => asked.set(`${version}/${n}`, effect));
}

function storedLine({ type, data, metadata }: StoredEvent, asked: Asked): string {
  const fields = JSON.parse(data) as Record<string, unknown>;
  const { settles } = JSON.parse(metadata) as EventMetadata;
  const effect = settles === undefined ? undefined : asked.get(settles);
  if (effect === undefined) return proposal({ type, ...fields }, "internal");
  const { event } = fields as unknown as RecordedOutcome;
  const isFailure = type === "ActivityFailed" || type === "ChildFailed";
  const isOutput = isFailure || type === "ActivityCompleted" || type === "ChildCompleted";
  return outcome(effect, isFailure, isOutput ? event[isFailure ? "error" : "output"] : { type, ...fields });
}

function supposedLine(step: SupposedStep, asked: Asked): string {
  if ("event" in step) return proposal(step.event, step.by);
  if ("fire" in step) return outcome(asked.get(step.fire), false, null);
  if ("answer" in step) return outcome(asked.get(step.answer.effect), false, step.answer.output ?? null);
  return outcome(asked.get(step.fail.effect), true, { name: "Error", message: step.fail.message, code: "" });
}

function proposal(event: object, by: string): string {
  return `when(${JSON.stringify(event)}${by === "internal" ? "" : `, ${JSON.stringify(by)}`})`;
}

function outcome(effect: Effect | undefined, isFailure: boolean, value: unknown): string {
  const said = JSON.stringify(value ?? null);
  switch (effect?.kind) {
    case "timer":
      return `whenTimerFires(${JSON.stringify(effect.send ?? effect.event.type)})`;
    case "activity":
      return `${isFailure ? "whenActivityFails" : "whenActivityAnswers"}(${JSON.stringify(effect.src)}, ${said})`;
    case "child":
      return `${isFailure ? "whenChildFails" : "whenChildEnds"}(${JSON.stringify(effect.child)}, ${said})`;
    default:
      // A refused message: the test kit has no word for it, the machine hears it as an error event.
      return `when(${said})`;
  }
}

function expectations({ outcome: came, reason, state, effects }: SupposedResult): string[] {
  const kinds = Array.isArray(effects) ? (effects as Effect[]).map(({ kind }) => kind) : [];
  return [
    `    expect(refused).toBe(${came === "refused" ? JSON.stringify(reason) : "undefined"});`,
    `    expect(state).toBe(${JSON.stringify(state)});`,
    `    expect(effects.map(({ kind }) => kind)).toEqual(${JSON.stringify(kinds)});`,
  ];
}
