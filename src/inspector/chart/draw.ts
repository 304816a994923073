/**
 * The statechart as plain SVG text. It has classes and data attributes and no colours: whoever shows it lights up
 * what is live by toggling classes.
 */
import type { ChartEdge, ChartModel, ChartState } from "./chart-model.ts";
import {
  type Box,
  boxLines,
  ICON_WIDTH,
  INDENT,
  INITIAL_RADIUS,
  LABEL_HEIGHT,
  labelOf,
  type Layout,
  LINE_HEIGHT,
  type PlacedLine,
  plateWidth,
  type Point,
  TITLE_HEIGHT,
} from "./layout.ts";

/** How round the corners of lines are. */
const BEND = 6;

export function drawChart(model: ChartModel, layout: Layout): string {
  const [root, ...states] = model.states;
  const arrow = `arrow-${model.id}`;
  const frames = states.filter(isFrame);
  const others = states.filter((state) => !isFrame(state));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 ${layout.width} ${layout.height}" role="group" aria-label="${
      escape(`Statechart of ${model.id}`)
    }">`,
    `<defs><marker id="${arrow}" class="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0.5L8 4L0 7.5z"/></marker></defs>`,
    ...rootLines(root!, model),
    ...frames.map((state) => drawState(state, model, layout)),
    `<g class="lines">`,
    ...layout.lines.map((line) => drawLine(line, arrow)),
    `</g>`,
    ...layout.initials.map(({ x, y }) => `<circle class="initial" cx="${x}" cy="${y}" r="${INITIAL_RADIUS}"/>`),
    ...others.map((state) => drawState(state, model, layout)),
    ...layout.lines.flatMap(drawLabels),
    `</svg>`,
    "",
  ].join("\n");
}

function isFrame({ kind }: ChartState): boolean {
  return kind === "compound" || kind === "parallel";
}

function rootLines(root: ChartState, model: ChartModel): string[] {
  return [`<g class="root" data-state="">`, ...insideLines(root, model, { x: 8, y: 8 }), `</g>`];
}

function drawState(state: ChartState, model: ChartModel, { states }: Layout): string {
  const box = states.get(state.path)!;
  const { x, y, width, height } = box;
  const classes = [isFrame(state) ? "frame" : "state", state.kind, ...state.compensating ? ["compensating"] : []];
  const open = `<g class="${classes.join(" ")}" data-state="${escape(state.path)}" tabindex="0">`;
  if (state.kind === "history") {
    const centre = `cx="${x + width / 2}" cy="${y + height / 2}"`;
    const letter = `<text class="title" x="${x + width / 2}" y="${y + height / 2 + 5}" text-anchor="middle">H</text>`;
    return `${open}<circle ${centre} r="${width / 2}"/>${letter}</g>`;
  }
  return [
    open,
    `<title>${escape([state.path, state.description ?? ""].filter(Boolean).join(": "))}</title>`,
    rectangle(box, isFrame(state) ? 12 : 8, ""),
    ...state.kind === "final" ? [rectangle(shrunk(box, 3), 6, ' class="ring"')] : [],
    `<text class="title" x="${x + INDENT}" y="${y + (state.kind === "final" ? 23 : 21)}">${escape(state.key)}</text>`,
    ...insideLines(state, model, { x: x + INDENT, y: y + TITLE_HEIGHT }),
    `</g>`,
  ].join("");
}

function rectangle({ x, y, width, height }: Box, radius: number, more: string): string {
  return `<rect${more} x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

function shrunk({ x, y, width, height }: Box, by: number): Box {
  return { x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by };
}

function insideLines(state: ChartState, model: ChartModel, { x, y }: Point): string[] {
  return boxLines(state, model).map(({ text, edge }, n) => {
    const about = edge === undefined
      ? ' class="inner does"'
      : ` class="${classesOf(edge)} inner" data-edge="${escape(edge.id)}" tabindex="0"`;
    return `<text${about} x="${x}" y="${y + n * LINE_HEIGHT + 12}">${escape(text)}</text>`;
  });
}

function classesOf({ kind, compensating }: ChartEdge): string {
  return ["edge", kind, ...compensating ? ["compensating"] : []].join(" ");
}

function drawLine({ source, target, edges, points }: PlacedLine, arrow: string): string {
  const isUndoing = edges.length > 0 && edges.every(({ compensating }) => compensating);
  const classes = ["line", ...isUndoing ? ["compensating"] : [], ...edges.length === 0 ? ["initial"] : []];
  const path = pathThrough(points);
  const about = `data-source="${escape(source)}" data-target="${escape(target)}" data-edges="${
    escape(edges.map(({ id }) => id).join(" "))
  }"`;
  return `<g class="${
    classes.join(" ")
  }" ${about}><path class="hit" d="${path}" fill="none"/><path class="stroke" d="${path}" fill="none" marker-end="url(#${arrow})"/></g>`;
}

/** Straight lines with round corners. */
function pathThrough(points: readonly Point[]): string {
  return points.map((point, n) => {
    const before = points[n - 1];
    const after = points[n + 1];
    if (before === undefined) return `M${point.x} ${point.y}`;
    if (after === undefined) return `L${point.x} ${point.y}`;
    const into = towards(point, before);
    const out = towards(point, after);
    return `L${into.x} ${into.y}Q${point.x} ${point.y} ${out.x} ${out.y}`;
  }).join("");
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = Math.min(BEND, length / 2) / (length || 1);
  return { x: round(from.x + (to.x - from.x) * part), y: round(from.y + (to.y - from.y) * part) };
}

function drawLabels({ edges, labels, points }: PlacedLine): string[] {
  if (labels === undefined) return [];
  const left = standsLeft(labels, points);
  return edges.map((edge, n) => {
    const width = plateWidth(edge);
    const x = left ? round(labels.x + labels.width - width) : labels.x;
    const y = labels.y + n * LABEL_HEIGHT;
    const start = x + 6 + (edge.delay ? ICON_WIDTH : 0);
    const guard = edge.guard === undefined ? "" : ` <tspan class="guard">[${escape(edge.guard)}]</tspan>`;
    return [
      `<g class="${classesOf(edge)}${left ? " left" : ""}" data-edge="${escape(edge.id)}" tabindex="0">`,
      `<title>${escape([labelOf(edge), ...edge.actions].join("\n"))}</title>`,
      rectangle({ x, y: y + 1, width, height: LABEL_HEIGHT - 2 }, 5, ' class="plate"'),
      ...edge.delay ? [clock(x + 6 + 6, y + LABEL_HEIGHT / 2)] : [],
      `<text class="label" x="${start}" y="${y + 14}">${escape(edge.label)}${guard}</text>`,
      `</g>`,
    ].join("");
  });
}

/** True when its line runs along its right side: what it says then ends there. */
function standsLeft({ x, y, width, height }: Box, points: readonly Point[]): boolean {
  const middle = y + height / 2;
  const beside = points.slice(1).flatMap((point, n) => {
    const before = points[n]!;
    return Math.min(before.y, point.y) <= middle && middle <= Math.max(before.y, point.y) ? [point.x] : [];
  });
  return beside.some((at) => at >= x + width) && !beside.some((at) => at <= x);
}

function clock(x: number, y: number): string {
  return `<path class="clock" fill="none" d="M${x - 5} ${y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0M${x} ${y - 3}V${y}L${
    x + 2
  } ${y + 1.5}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
}
