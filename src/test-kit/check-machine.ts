/** Takes a machine through many random lives: a property test for any definition. */
import { isDeepStrictEqual } from "node:util";
import type { ActorDefinition } from "../runtime/definition.ts";
import { type Consequence, given, type Scenario } from "../runtime/given.ts";
import type { MachineEvent } from "../runtime/machine-event.ts";
import { CoverageRecorder, type MachineCoverage } from "./coverage.ts";
import type { Draw, FastCheck } from "./fast-check.ts";
import { type Move, type MoveOptions, Moves } from "./moves.ts";

export interface CheckOptions extends MoveOptions {
  /** The definitions of the types that the definition names in its `children`. */
  readonly children?: readonly ActorDefinition[];
  /** Histories to start from, for what takes too long to come to by chance. Some lives start from nothing all the same. */
  readonly histories?: readonly (readonly MachineEvent[])[];
  /** Your own rules: called after each event that was accepted; throws when one is broken. */
  readonly invariant?: (consequence: Consequence) => void;
  /** Lives. Default 200. */
  readonly numRuns?: number;
  /** Events in a life, at most. Default 40. */
  readonly maxEvents?: number;
  /** Repeats a run: fast-check prints it with what it finds. */
  readonly seed?: number;
}

/**
 * Leads random lives of an actor: events that its schemas accept, timers, the answers and failures of its activities
 * and children, in any order. In each of them the machine
 *
 *  - never throws, and never ends in an error;
 *  - leaves everything as it was when it refuses an event;
 *  - never stands where nothing can wake it, unless it has ended;
 *  - is pure: the same life again leads to the same states, contexts and effects;
 *  - keeps your own `invariant`.
 *
 * @param fc fast-check (4 or newer), which this package does not bring along
 * @returns what the lives have covered: `untaken` and `oneSided` are empty when that is everything
 * @throws Error with the shortest life that fast-check finds, when something does not hold
 */
export function checkMachine(fc: FastCheck, definition: ActorDefinition, options: CheckOptions = {}): MachineCoverage {
  const { histories = [], children = [], numRuns = 200, maxEvents = 40, seed, invariant } = options;
  const coverage = new CoverageRecorder(definition);
  const moves = new Moves(fc, coverage.definition, options);
  coverage.during(() => {
    const starts = [[], ...histories].map((history) => ({
      told: history.map(({ type }) => type),
      scenario: given(coverage.definition, history, { children }),
    }));
    const lives = fc.property(fc.gen(), (generated) => {
      const draw = generated as Draw;
      const start = starts[draw(fc.nat, starts.length - 1)]!;
      live(start, draw(fc.nat, maxEvents), (at) => moves.next(draw, at), invariant);
    });
    fc.assert(lives, { numRuns, ...(seed !== undefined && { seed }) });
  });
  return coverage.report();
}

interface Start {
  readonly told: readonly string[];
  readonly scenario: Scenario;
}

/** One life, and the same again. @throws Error with the life in words */
function live(
  { told, scenario: start }: Start,
  events: number,
  next: (at: Consequence) => Move | undefined,
  invariant: CheckOptions["invariant"],
): void {
  const scenario = start.fork();
  const made: Move[] = [];
  const came: Consequence[] = [];
  try {
    for (let at = consequenceOf(scenario); made.length <= events && at.status !== "done"; at = came.at(-1)!) {
      const move = next(at);
      if (move === undefined) throw new Error(`Nothing can wake it in "${at.state}"`);
      made.push(move);
      move.make(scenario);
      came.push(judge(at, consequenceOf(scenario), move, invariant));
    }
    requireSame(came, start.fork(), made);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const life = [...told, ...made.map(({ words }) => words)].join("\n  ");
    throw new Error(`${why}\nafter:\n  ${life}`, { cause: thrown });
  }
}

function consequenceOf(scenario: Scenario): Consequence {
  let consequence: Consequence | undefined;
  scenario.then((came) => consequence = came);
  return consequence!;
}

function judge(
  before: Consequence,
  after: Consequence,
  { words }: Move,
  invariant?: CheckOptions["invariant"],
): Consequence {
  if (after.refused === "machineError") throw new Error(`The machine throws on ${words}`);
  if (after.refused === "invalid") throw new Error(`The schema does not accept ${words}`);
  if (after.status === "error") {
    throw new Error(`It ends in an error: nothing handles what happens in "${before.state}"`);
  }
  if (after.refused === undefined) invariant?.(after);
  else if (after.context !== before.context) throw new Error(`It refuses ${words}, and changes all the same`);
  return after;
}

/** Leads the same life once more. What comes of it in another way came from a clock, chance, or a shared variable. */
function requireSame(came: readonly Consequence[], scenario: Scenario, made: readonly Move[]): void {
  for (const [n, move] of made.entries()) {
    move.make(scenario);
    const again = consequenceOf(scenario);
    if (isDeepStrictEqual(again, came[n])) continue;
    throw new Error(`It is not pure: ${move.words} led to ${inWords(came[n]!)}, and then to ${inWords(again)}`);
  }
}

function inWords({ state, context, effects }: Consequence): string {
  return JSON.stringify({ state, context, effects });
}
