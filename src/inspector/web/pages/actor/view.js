/** What the statechart shows of one moment. */
import { duration } from "../../format.js";

/** @param {any} moment as `at/{version}` answers @param {any} row the event's own row @param {any} model the machine */
export function pictureOf(moment, row, model) {
  if (!moment) return {};
  return {
    active: new Set(moment.active),
    visited: passed(moment.visited, moment.path, model),
    taken: new Set(moment.path),
    last: new Set(row?.edges),
    next: new Set([...moment.next, ...timersOf(moment)].flatMap(({ edges }) => edges)),
    remaining: moment.latest ? remaining(moment) : undefined,
  };
}

/** The end of a chain that was only tried. */
export function imagined(moment, trial, model) {
  const parts = trial.state.split(" | ");
  const path = [...(moment?.path ?? []), ...trial.edges];
  return {
    active: new Set(parts.flatMap(lineage)),
    visited: passed(moment?.visited ?? [], path, model),
    taken: new Set(path),
    last: new Set(trial.edges),
    next: new Set((trial.next ?? []).flatMap(({ edges }) => edges)),
  };
}

/** Where it rested, and what it only ran through on its way. */
function passed(visited, path, model) {
  const edges = new Set(path);
  return new Set([...visited, ...(model?.edges ?? []).filter(({ id }) => edges.has(id)).map(({ source }) => source)]);
}

/** `a.b.c` → `["a", "a.b", "a.b.c"]` */
const lineage = (path) => path.split(".").map((_, depth, keys) => keys.slice(0, depth + 1).join("."));

const timersOf = (moment) =>
  moment.open.filter(({ kind }) => kind === "timer").map(({ firesEdges = [] }) => ({ edges: firesEdges }));

function remaining(moment) {
  const now = Date.now();
  return new Map(
    moment.open.filter(({ dueAt }) => dueAt).flatMap(({ dueAt, firesEdges = [] }) =>
      firesEdges.map((edge) => [edge, dueAt > now ? duration(dueAt - now) : "due"])
    ),
  );
}
