/** Which transitions of a machine were taken, and which of its guards have said both yes and no. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";
import type { ActorDefinition } from "../runtime/definition.ts";
import { watchTransitions } from "../runtime/step.ts";

/** Transitions are named `<state> –<event> [<guard>]→ <target>`. */
export interface MachineCoverage {
  readonly taken: readonly string[];
  readonly untaken: readonly string[];
  /** `isPaid was never false`: of the guards that have a name. */
  readonly oneSided: readonly string[];
}

export class CoverageRecorder {
  /** With guards that are listened to. */
  readonly definition: ActorDefinition;
  readonly #names: ReadonlyMap<string, string>;
  readonly #taken = new Set<string>();
  readonly #verdicts = new Map<string, Set<boolean>>();

  constructor(definition: ActorDefinition) {
    this.definition = { ...definition, machine: this.#listenToGuards(definition.machine) };
    this.#names = new Map(transitionsBelow(definition.machine.root).map((one) => [keyOf(one), nameOf(one)]));
  }

  /** Runs what steps the machine, and notes the transitions that it takes. */
  during<Result>(work: () => Result): Result {
    const stop = watchTransitions((transitions) => transitions.forEach((one) => this.#taken.add(keyOf(one))));
    try {
      return work();
    } finally {
      stop();
    }
  }

  report(): MachineCoverage {
    const names = [...this.#names];
    return {
      taken: names.filter(([key]) => this.#taken.has(key)).map(([, name]) => name),
      untaken: names.filter(([key]) => !this.#taken.has(key)).map(([, name]) => name),
      oneSided: [...this.#verdicts].flatMap(([guard, verdicts]) =>
        [true, false].filter((verdict) => !verdicts.has(verdict)).map((verdict) => `${guard} was never ${verdict}`)
      ),
    };
  }

  #listenToGuards(machine: AnyStateMachine): AnyStateMachine {
    const guards = Object.entries(machine.implementations.guards as Record<string, Guard>).flatMap(([name, guard]) => {
      // XState's own, made of others that are listened to.
      if (typeof guard !== "function" || "check" in guard) return [];
      const verdicts = new Set<boolean>();
      this.#verdicts.set(name, verdicts);
      const listened: Guard = (...args) => {
        const verdict = guard(...args);
        verdicts.add(verdict);
        return verdict;
      };
      return [[name, listened]];
    });
    return machine.provide({ guards: Object.fromEntries(guards) });
  }
}

type Guard = (...args: unknown[]) => boolean;

function transitionsBelow(node: AnyStateNode): AnyTransitionDefinition[] {
  const inner = Object.values(node.states as Record<string, AnyStateNode>);
  return [...node.transitions.values(), node.always ?? [], ...inner.map(transitionsBelow)].flat();
}

/** The same for the same place of the same configuration, whichever copy of the machine it is from. */
function keyOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings = source.transitions.get(eventType) ?? source.always ?? [];
  return `${source.id}#${eventType}#${siblings.indexOf(transition)}`;
}

function nameOf({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const condition = guard === undefined ? "" : ` [${wordFor(guard)}]`;
  const goal = target === undefined ? "" : ` ${target.map(({ id }) => id).join(", ")}`;
  return `${source.id} –${eventType || "always"}${condition}→${goal}`;
}

function wordFor(guard: unknown): string {
  if (typeof guard === "string") return guard;
  if (typeof guard === "object" && guard !== null && "type" in guard) return String(guard.type);
  return "inline";
}
