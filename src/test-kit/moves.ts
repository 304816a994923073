/** What may happen to an actor next, drawn at random. */
import type { AnyStateMachine } from "xstate";
import type { ActorDefinition } from "../runtime/definition.ts";
import type { Consequence, Scenario } from "../runtime/given.ts";
import type { Arbitrary, Draw, FastCheck } from "./fast-check.ts";
import { dataArbitrary } from "./schema-arbitrary.ts";
import { nodesTo } from "../runtime/step.ts";

/** One thing that happens. */
export interface Move {
  readonly words: string;
  make(scenario: Scenario): void;
}

export interface MoveOptions {
  /** The data of events, by type, where what the schema says is too wide to lead far. */
  readonly events?: Readonly<Record<string, Arbitrary<unknown>>>;
  /** What activities answer, by `src`, and what children end with, by `id`: an output, or an event where it is declared so. */
  readonly answers?: Readonly<Record<string, Arbitrary<unknown>>>;
}

type OpenEffect = Consequence["open"][number];

/** One in so many events is any event, whether or not the state is made for it. */
const STRAY = 8;
const FAILURE = { name: "Error", message: "it failed", code: "" };

export class Moves {
  readonly #fc: FastCheck;
  readonly #definition: ActorDefinition;
  /** One function for each, because fast-check knows by the function what it drew. */
  readonly #data: ReadonlyMap<string, () => Arbitrary<unknown>>;
  readonly #answers: ReadonlyMap<string, () => Arbitrary<unknown>>;
  readonly #types: readonly string[];

  constructor(fc: FastCheck, definition: ActorDefinition, { events = {}, answers = {} }: MoveOptions) {
    this.#fc = fc;
    this.#definition = definition;
    this.#types = Object.keys(definition.events).filter((type) => type !== definition.created);
    this.#answers = new Map(Object.entries(answers).map(([name, answer]) => [name, () => answer]));
    this.#data = new Map(
      Object.entries(definition.events).map(([type, { schema }]) => {
        const data = events[type] ?? dataArbitrary(fc, type, schema);
        return [type, () => data];
      }),
    );
  }

  /** Undefined when nothing can wake the actor any more. */
  next(draw: Draw, { status, state, open }: Consequence): Move | undefined {
    if (status === undefined) return this.#proposal(draw, this.#definition.created);
    const heard = this.#types.filter((type) => hears(this.#definition.machine, state, type));
    const ways = [
      ...heard.map((type) => () => this.#proposal(draw, type)),
      ...open.flatMap((effect) => this.#outcomes(draw, effect)),
    ];
    if (ways.length === 0) return undefined;
    const [choice, stray] = [draw(this.#fc.nat, ways.length - 1), draw(this.#fc.nat, STRAY - 1)];
    if (stray < STRAY - 1 || this.#types.length === 0) return ways[choice]!();
    return this.#proposal(draw, this.#types[draw(this.#fc.nat, this.#types.length - 1)]!);
  }

  #proposal(draw: Draw, type: string): Move {
    const event = { ...draw(this.#data.get(type)!) as object, type };
    return { words: JSON.stringify(event), make: (scenario) => void scenario.when(event) };
  }

  #outcomes(draw: Draw, effect: OpenEffect): (() => Move)[] {
    if (effect.kind === "message") return [];
    if (effect.kind === "timer") {
      const name = effect.send ?? effect.event.type;
      return [() => ({ words: `${name} fires`, make: (scenario) => void scenario.whenTimerFires(name) })];
    }
    const name = effect.kind === "activity" ? effect.src : effect.child;
    return [() => this.#answered(draw, effect.kind, name), () => failed(effect.kind, name)];
  }

  #answered(draw: Draw, kind: OpenEffect["kind"], name: string): Move {
    const arbitrary = this.#answers.get(name);
    if (arbitrary === undefined) throw new Error(`Say in \`answers\` what the ${kind} "${name}" answers`);
    const answer = draw(arbitrary);
    return {
      words: `${name} answers ${JSON.stringify(answer)}`,
      make(scenario) {
        if (kind === "activity") scenario.whenActivityAnswers(name, answer);
        else scenario.whenChildEnds(name, answer);
      },
    };
  }
}

function failed(kind: OpenEffect["kind"], name: string): Move {
  return {
    words: `${name} fails`,
    make(scenario) {
      if (kind === "activity") scenario.whenActivityFails(name, FAILURE);
      else scenario.whenChildFails(name, FAILURE);
    },
  };
}

/** True when a present state, or one around it, has a transition for the event, whatever its guard says. */
function hears(machine: AnyStateMachine, state: string, type: string): boolean {
  return state.split(" | ").some((path) =>
    nodesTo(machine.root, path).some(({ transitions }) => transitions.has(type) || transitions.has("*"))
  );
}
