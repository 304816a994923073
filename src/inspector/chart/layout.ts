/** Where everything goes: the model as a graph for ELK, and its answer as coordinates of one plane. */
import type { ELK, ElkEdgeSection, ElkExtendedEdge, ElkNode } from "elkjs/lib/elk.bundled.js";
import { type ChartEdge, type ChartModel, type ChartState, isWithin } from "./chart-model.ts";
import { textWidth } from "./text-width.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** All transitions from one state to another: one line, with a label each. */
export interface PlacedLine {
  readonly source: string;
  readonly target: string;
  /** None for the line from an initial dot. */
  readonly edges: readonly ChartEdge[];
  readonly points: readonly Point[];
  /** Where the labels stand, one below the other; undefined when there are none. */
  readonly labels: Box | undefined;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** By path, without the root. */
  readonly states: ReadonlyMap<string, Box>;
  readonly lines: readonly PlacedLine[];
  /** The centres of the initial dots. */
  readonly initials: readonly Point[];
}

export const TITLE_SIZE = 13;
export const LABEL_SIZE = 12;
/** The height of a title, and of a line of text below it. */
export const TITLE_HEIGHT = 32;
export const LINE_HEIGHT = 18;
export const LABEL_HEIGHT = 20;
export const INDENT = 12;
export const INITIAL_RADIUS = 5;
/** A clock before the label. */
export const ICON_WIDTH = 16;
/** Beside a label, where its guard was: how often it was taken, or the like. */
const NOTE_WIDTH = 50;

/** What a drawing is to fit into, as well as it can. */
const PANE = { width: 1_000, height: 640 };

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.json.shapeCoords": "ROOT",
  "elk.json.edgeCoords": "ROOT",
  // Of all placements the one with the fewest bends.
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.compaction.postCompaction.strategy": "EDGE_LENGTH",
  // A label stands near the state that it leads out of.
  "elk.layered.edgeLabels.centerLabelPlacementStrategy": "TAIL_LAYER",
  "elk.layered.spacing.nodeNodeBetweenLayers": "16",
  "elk.layered.spacing.edgeNodeBetweenLayers": "12",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "9",
  "elk.spacing.nodeNode": "20",
  "elk.spacing.edgeNode": "12",
  "elk.spacing.edgeEdge": "9",
  "elk.spacing.edgeLabel": "4",
  "elk.spacing.labelNode": "6",
  "elk.spacing.nodeSelfLoop": "14",
};

/** It is large, and not every process draws. */
let elk: Promise<ELK> | undefined;
const loadElk = () => elk ??= import("elkjs/lib/elk.bundled.js").then(({ default: { default: Elk } }) => new Elk());

/** Each orders the states in another way, and of a large machine one may come out much smaller. */
const FURTHER_SEEDS = ["2", "3"];

/** Tries it downwards and to the right, and takes what can be shown largest; what fits as it is needs no further try. */
export async function layOut(model: ChartModel): Promise<Layout> {
  const right = await layOutIn(model, "RIGHT", "1");
  const down = await layOutIn(model, "DOWN", "1");
  const isWide = scaleOf(right) >= scaleOf(down);
  let best = isWide ? right : down;
  for (const seed of FURTHER_SEEDS) {
    if (scaleOf(best) >= 1) break;
    const other = await layOutIn(model, isWide ? "RIGHT" : "DOWN", seed);
    if (scaleOf(other) > scaleOf(best)) best = other;
  }
  return best;
}

function scaleOf({ width, height }: Layout): number {
  return Math.min(PANE.width / width, PANE.height / height);
}

async function layOutIn(model: ChartModel, direction: string, seed: string): Promise<Layout> {
  const lines = linesOf(model);
  const root = await (await loadElk()).layout({
    ...graphOf(model.states[0]!, model),
    layoutOptions: {
      ...OPTIONS,
      "elk.direction": direction,
      "elk.randomSeed": seed,
      "elk.padding": padding(headHeight(model.states[0]!, model)),
    },
    edges: lines.map((line, n) => elkEdge(line, n)),
  });
  const nodes = allNodes(root);
  const box = ({ x = 0, y = 0, width = 0, height = 0 }: ElkNode) => ({ x, y, width, height });
  return {
    width: Math.ceil(Math.max(root.width ?? 0, rootWidth(model))),
    height: Math.ceil(root.height ?? 0),
    states: new Map(nodes.filter(({ id }) => id.startsWith("state:")).map((node) => [node.id.slice(6), box(node)])),
    lines: lines.map((line, n) => placed(line, root.edges[n]!)),
    initials: nodes.filter(({ id }) => id.startsWith("initial:")).map((node) => ({
      x: box(node).x + INITIAL_RADIUS,
      y: box(node).y + INITIAL_RADIUS,
    })),
  };
}

interface Line {
  readonly source: string;
  readonly target: string;
  readonly edges: readonly ChartEdge[];
}

function linesOf({ states, edges }: ChartModel): Line[] {
  const lines = new Map<string, { source: string; target: string; edges: ChartEdge[] }>();
  for (const edge of edges) {
    if (edge.inner || edge.target === null) continue;
    const key = `${edge.source}→${edge.target}`;
    const line = lines.get(key);
    if (line) line.edges.push(edge);
    else lines.set(key, { source: `state:${edge.source}`, target: `state:${edge.target}`, edges: [edge] });
  }
  const beginnings = states.flatMap(({ path, initial }) =>
    initial === undefined ? [] : [{ source: `initial:${path}`, target: `state:${initial}`, edges: [] }]
  );
  return [...beginnings, ...lines.values()];
}

function graphOf(state: ChartState, model: ChartModel): ElkNode {
  const children = model.states.filter(({ parent }) => parent === state.path);
  const { width, height } = sizeOf(state, model);
  const id = state.parent === undefined ? "root" : `state:${state.path}`;
  if (children.length === 0) return { id, width, height };
  const dot = { id: `initial:${state.path}`, width: 2 * INITIAL_RADIUS, height: 2 * INITIAL_RADIUS };
  return {
    id,
    layoutOptions: {
      "elk.padding": padding(height),
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      "elk.nodeSize.minimum": `(${width},${height})`,
    },
    children: [...state.initial === undefined ? [] : [dot], ...children.map((child) => graphOf(child, model))],
  };
}

function padding(top: number): string {
  return `[top=${top + 12},left=20,bottom=20,right=20]`;
}

/** A root has no title of its own. */
function headHeight(root: ChartState, model: ChartModel): number {
  return boxLines(root, model).length * LINE_HEIGHT;
}

/** The root's texts stand at the upper left. */
function rootWidth(model: ChartModel): number {
  const widths = boxLines(model.states[0]!, model).map(({ text }) => textWidth(text, LABEL_SIZE));
  return Math.max(0, ...widths) + 16;
}

/** What is written in a state's box below its title: its activities, and the transitions that stay. */
export function boxLines(
  state: ChartState,
  { edges }: ChartModel,
): readonly { readonly text: string; readonly edge: ChartEdge | undefined }[] {
  const inner = edges.filter((edge) => edge.inner && edge.source === state.path);
  return [
    ...state.parent === undefined && inner.length > 0 ? [{ text: "in every state", edge: undefined }] : [],
    ...state.invokes.map(({ src }) => ({ text: `does ${src}`, edge: undefined })),
    ...inner.map((edge) => ({
      text: labelOf(edge) + (edge.target === null ? "" : ` → ${relative(edge.target, state.path)}`),
      edge,
    })),
  ];
}

function relative(target: string, source: string): string {
  return isWithin(target, source) && source !== "" ? target.slice(source.length + 1) : target;
}

/** `StockDenied [answerIsAwaited]` */
export function labelOf({ label, guard }: ChartEdge): string {
  return guard === undefined ? label : `${label} [${guard}]`;
}

function sizeOf(state: ChartState, model: ChartModel): { width: number; height: number } {
  if (state.kind === "history") return { width: 28, height: 28 };
  const lines = boxLines(state, model);
  const widths = lines.map(({ text }) => textWidth(text, LABEL_SIZE));
  const width = Math.max(80, textWidth(state.key, TITLE_SIZE, true), ...widths) + 2 * INDENT;
  const below = lines.length === 0 ? 0 : lines.length * LINE_HEIGHT + 8;
  return { width, height: TITLE_HEIGHT + below + (state.kind === "final" ? 4 : 0) };
}

/** The root is no node: a line from it is one that stays inside, and such are not drawn. */
function elkEdge({ source, target, edges }: Line, n: number): ElkExtendedEdge {
  const widths = edges.map((edge) =>
    Math.max(plateWidth(edge), plateWidth({ ...edge, guard: undefined }) + NOTE_WIDTH)
  );
  const labels = edges.length === 0 ? [] : [{
    text: `${n}`,
    width: Math.max(...widths),
    height: edges.length * LABEL_HEIGHT,
    layoutOptions: { "elk.edgeLabels.placement": "CENTER" },
  }];
  return { id: `line:${n}`, sources: [source], targets: [target], labels };
}

/** What a label covers. */
export function plateWidth(edge: ChartEdge): number {
  return textWidth(labelOf(edge), LABEL_SIZE) + (edge.delay ? ICON_WIDTH : 0) + 12;
}

function allNodes(node: ElkNode): ElkNode[] {
  return (node.children ?? []).flatMap((child) => [child, ...allNodes(child)]);
}

function placed({ source, target, edges }: Line, { sections = [], labels = [] }: ElkExtendedEdge): PlacedLine {
  const [label] = labels;
  return {
    source: source.slice(source.indexOf(":") + 1),
    target: target.slice(target.indexOf(":") + 1),
    edges,
    points: sections.flatMap(pointsOf),
    labels: label && { x: label.x ?? 0, y: label.y ?? 0, width: label.width ?? 0, height: label.height ?? 0 },
  };
}

function pointsOf({ startPoint, bendPoints = [], endPoint }: ElkEdgeSection): Point[] {
  return [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x, y }));
}
