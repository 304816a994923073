/** A machine's statechart, drawn by the server; here it only gets classes, counts, and a place in its window. */
import { useLoad } from "../api.js";
import { classes, html } from "../dom.js";
import { useKeys } from "../keys.js";
import { useEffect, useLayoutEffect, useRef } from "../vendor/hooks.js";
import { createViewport } from "./chart-viewport.js";
import { paint } from "./chart-paint.js";
import { Failed, Loading } from "./states.js";

/** @param {string} text an SVG, as the API draws it */
export function chartFrom(text) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  // Arrowheads keep their size, however heavy their line.
  for (const marker of svg.querySelectorAll("marker")) marker.setAttribute("markerUnits", "userSpaceOnUse");
  return document.importNode(svg, true);
}

/**
 * @param {object} props
 * @param {string} props.machine its path, as the API names it: one version of it
 * @param {import("./chart-paint.js").View} props.view what to show on it
 * @param {(what: { state?: string, edge?: string }) => void} [props.onPick] a state or an edge was chosen
 * @param {number} props.readable the scale below which only a part is shown
 * @param {string} [props.label] says in words what the picture shows
 */
export function Chart({ machine, view, onPick, label, readable }) {
  const { data: text, error, again, of } = useLoad(`${machine}/chart.svg`, { fixed: true });
  const stage = useRef(null);
  const viewport = useRef(null);
  const drawn = of === `${machine}/chart.svg` ? text : undefined;

  useLayoutEffect(() => {
    if (!drawn) return;
    stage.current.replaceChildren(chartFrom(drawn));
    viewport.current = createViewport(stage.current, stage.current.firstElementChild, readable);
    return () => viewport.current.end();
  }, [drawn]);

  useLayoutEffect(() => {
    const svg = stage.current?.querySelector("svg");
    if (!svg) return;
    if (label) svg.setAttribute("aria-label", label);
    paint(svg, view);
  }, [drawn, view, label]);

  const focus = [...(view.active ?? [])].at(-1);
  useEffect(() => {
    if (focus && drawn) viewport.current?.show(focus, view.visited);
  }, [drawn, focus]);

  useKeys({
    "0": ["fit the statechart into its window", () => viewport.current?.fit()],
    "+": ["larger", () => viewport.current?.zoom(1.25)],
    "-": ["smaller", () => viewport.current?.zoom(0.8)],
  });

  const pick = (event) => {
    if (event.type === "keydown" && event.key !== "Enter") return;
    const edge = event.target.closest("[data-edge]")?.dataset.edge;
    const line = event.target.closest("[data-edges]")?.dataset.edges.split(" ")[0];
    const state = event.target.closest("[data-state]")?.dataset.state;
    if (edge ?? line ?? state) onPick?.(edge || line ? { edge: edge ?? line } : { state });
  };
  if (error && !drawn) return html`<${Failed} error=${error} again=${again} />`;
  return html`<div class=${classes("chart-window", onPick && "pickable")}>
    ${!drawn && html`<${Loading} />`}
    <div class="stage" ref=${stage} onClick=${pick} onKeyDown=${pick}></div>
    <div class="zoom" role="group" aria-label="Size of the statechart">
      <button class="icon-button" aria-label="Smaller" onClick=${() => viewport.current?.zoom(0.8)}>−</button>
      <button class="icon-button" aria-label="Fit" title="Fit (0)" onClick=${() => viewport.current?.fit()}>⤢</button>
      <button class="icon-button" aria-label="Larger" onClick=${() => viewport.current?.zoom(1.25)}>+</button>
    </div>
  </div>`;
}
