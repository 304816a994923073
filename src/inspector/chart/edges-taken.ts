/**
 * Which transitions an event took, told from where the actor stood before and after it: the log keeps no more. Of two
 * transitions that lead from the same state to the same one on the same event, the first is named.
 */
import { MACHINE_CHANGED } from "../../runtime/outcome-names.ts";
import { type ChartEdge, type ChartModel, type ChartState, isWithin } from "./chart-model.ts";

/** Microsteps that are followed at most. */
const MAX_ALWAYS = 8;

/**
 * The ids of the transitions, in the order in which they were taken; empty when the event changed nothing.
 * @param before the stored state before the event; undefined for the first
 * @param event as the machine saw it
 */
export function edgesTaken(model: ChartModel, before: string | undefined, event: string, after: string): string[] {
  const goal = after.split(" | ");
  // It leads to another chart, and there it stands where it stood.
  if (event === MACHINE_CHANGED) return [];
  if (before === undefined) {
    const start = entered(model, model.states[0]!);
    return reaches(start, goal) ? [] : idsOf(alwaysTo(model, start.path, goal) ?? []);
  }
  const leaves = before.split(" | ");
  let longer: readonly ChartEdge[] | undefined;
  for (const edge of candidates(model, leaves, event)) {
    const landed = landing(model, edge, leaves);
    if (landed.some((state) => reaches(state, goal))) return [edge.id];
    for (const { path } of landed) {
      const onwards = alwaysTo(model, path, goal);
      if (onwards !== undefined) longer ??= [edge, ...onwards];
    }
  }
  return idsOf(longer ?? []);
}

function idsOf(edges: readonly ChartEdge[]): string[] {
  return edges.map(({ id }) => id);
}

/** The ids of the transitions that an event could take from a stored state, whatever their guards say. */
export function edgesPossible(model: ChartModel, state: string, event: string): string[] {
  return idsOf(candidates(model, state.split(" | "), event));
}

/** The transitions for an event from a state or from one around it, the innermost first. */
function candidates({ edges }: ChartModel, leaves: readonly string[], event: string): ChartEdge[] {
  const fits = edges.filter(({ source, ...edge }) =>
    (edge.event === event || edge.event === "*") && leaves.some((leaf) => leaf === source || isWithin(leaf, source))
  );
  return fits.toSorted((a, b) => depthOf(b.source) - depthOf(a.source));
}

function depthOf(path: string): number {
  return path === "" ? 0 : path.split(".").length;
}

function landing(model: ChartModel, { target }: ChartEdge, leaves: readonly string[]): ChartState[] {
  const paths = target === null ? leaves : [target];
  return paths.flatMap((path) => {
    const state = model.states.find((candidate) => candidate.path === path);
    return state === undefined ? [] : [entered(model, state)];
  });
}

/** The state that is rested in when one is entered: itself, or what it begins with. */
function entered(model: ChartModel, state: ChartState): ChartState {
  if (state.kind === "history") return model.states.find(({ path }) => path === state.parent)!;
  const inner = model.states.find(({ path }) => path === state.initial);
  return inner === undefined ? state : entered(model, inner);
}

/** True when it is one of the states, or holds one in a way that is not known from outside. */
function reaches({ path, kind }: ChartState, goal: readonly string[]): boolean {
  return goal.some((leaf) => leaf === path || ((kind === "parallel" || kind === "compound") && isWithin(leaf, path)));
}

/** The shortest way by `always` alone; undefined when there is none. */
function alwaysTo(model: ChartModel, from: string, goal: readonly string[]): ChartEdge[] | undefined {
  let ways: { readonly at: string; readonly way: ChartEdge[] }[] = [{ at: from, way: [] }];
  const seen = new Set([from]);
  for (let n = 0; n < MAX_ALWAYS && ways.length > 0; n++) {
    const next: typeof ways = [];
    for (const { at, way } of ways) {
      for (const edge of candidates(model, [at], "").filter(({ target }) => target !== null)) {
        for (const state of landing(model, edge, [at])) {
          if (reaches(state, goal)) return [...way, edge];
          if (!seen.has(state.path)) next.push({ at: state.path, way: [...way, edge] });
          seen.add(state.path);
        }
      }
    }
    ways = next;
  }
  return undefined;
}
