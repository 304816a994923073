import { type ChartModel, type ChartState, isWithin } from "./chart-model.ts";
import { labelOf } from "./layout.ts";

/** The machine as Mermaid's `stateDiagram-v2`. */
export function mermaidOf(model: ChartModel): string {
  const [root] = model.states;
  return ["stateDiagram-v2", ...inside(root!, model, "  "), ""].join("\n");
}

function inside(state: ChartState, model: ChartModel, indent: string): string[] {
  const children = model.states.filter(({ parent }) => parent === state.path);
  const begins = state.initial === undefined ? [] : [`${indent}[*] --> ${nameOf(state.initial)}`];
  return [...begins, ...children.flatMap((child) => drawn(child, model, indent)), ...edgesIn(state, model, indent)];
}

function drawn(state: ChartState, model: ChartModel, indent: string): string[] {
  const name = nameOf(state.path);
  const title = `${indent}state "${state.key}" as ${name}`;
  const ends = state.kind === "final" ? [`${indent}${name} --> [*]`] : [];
  if (!model.states.some(({ parent }) => parent === state.path)) return [title, ...ends];
  return [`${title} {`, ...inside(state, model, `${indent}  `), `${indent}}`];
}

/** Mermaid draws a transition in the innermost state around both its ends. */
function edgesIn({ path }: ChartState, { edges }: ChartModel, indent: string): string[] {
  return edges.flatMap((edge) => {
    const { source, target } = edge;
    if (source === "" || commonOf(source, target ?? source) !== path) return [];
    return [`${indent}${nameOf(source)} --> ${nameOf(target ?? source)} : ${textOf(labelOf(edge))}`];
  });
}

function commonOf(a: string, b: string): string {
  let around = parentOf(a);
  while (around !== "" && !isWithin(b, around)) around = parentOf(around);
  return around;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(".")));
}

function nameOf(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]/g, "_");
}

/** A colon or a semicolon would end the text. */
function textOf(label: string): string {
  return label.replaceAll(/[:;#]/g, " ");
}
