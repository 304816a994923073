/** What is wrong with a drawing, judged by its coordinates. */
import type { ChartModel } from "../../src/inspector/chart/chart-model.ts";
import { isWithin } from "../../src/inspector/chart/chart-model.ts";
import type { Box, Layout } from "../../src/inspector/chart/layout.ts";

/** Sentences; none is good. */
export function drawingFaults({ states }: ChartModel, layout: Layout): string[] {
  const boxes = states.slice(1).map(({ path }) => ({ path, box: layout.states.get(path) ?? fail(path) }));
  const leaves = boxes.filter(({ path }) => !states.some(({ parent }) => parent === path));
  const labels = layout.lines.flatMap(({ edges, labels: box }) =>
    box === undefined ? [] : [{ path: edges.map(({ id }) => id).join(" "), box }]
  );
  const page = { x: 0, y: 0, width: layout.width, height: layout.height };
  const titles = boxes.map(({ path, box }) => ({ path: `title of ${path}`, box: { ...box, height: 28 } }));
  return [
    ...pairs(boxes).filter(([a, b]) => !isWithin(a.path, b.path) && !isWithin(b.path, a.path) && overlap(a.box, b.box)),
    ...boxes.flatMap((inner) =>
      boxes.filter((outer) => isWithin(inner.path, outer.path) && !holds(outer.box, inner.box)).map((outer) => [
        inner,
        outer,
      ])
    ),
    ...labels.flatMap((label) =>
      [...leaves, ...titles].filter(({ box }) => overlap(label.box, box)).map((s) => [label, s])
    ),
    ...pairs(labels).filter(([a, b]) => overlap(a.box, b.box)),
    ...[...boxes, ...labels].filter(({ box }) => !holds(page, box)).map((outside) => [outside, { path: "the page" }]),
  ].map(([a, b]) => `${a!.path} and ${b!.path}`);
}

function fail(path: string): never {
  throw new Error(`${path} is not drawn`);
}

function pairs<Item>(items: readonly Item[]): [Item, Item][] {
  return items.flatMap((a, n) => items.slice(n + 1).map((b): [Item, Item] => [a, b]));
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function holds(outer: Box, inner: Box): boolean {
  return outer.x <= inner.x && outer.y <= inner.y && inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height;
}
