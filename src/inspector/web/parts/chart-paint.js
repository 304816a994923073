/** What is true at a moment, as classes on the picture. */
const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {object} View
 * @property {Set<string>} [active] states the actor stands in, the innermost last
 * @property {Set<string>} [visited] states it has been in
 * @property {Set<string>} [taken] edges it has taken
 * @property {Set<string>} [last] edges that the event in question took
 * @property {Set<string>} [next] edges it could take now
 * @property {Map<string, string>} [counts] state → how many actors are in it
 * @property {Map<string, { share: number, note: string, failing: boolean }>} [heat] edge → its part of the hottest, 0 to 1
 * @property {Map<string, string>} [remaining] delayed edge → the time that is left
 * @property {string} [chosen] the state or edge that is selected
 */

/** @param {SVGSVGElement} svg @param {View} view */
export function paint(svg, view) {
  for (const note of svg.querySelectorAll(".note")) note.remove();
  svg.classList.toggle("lived", view.active !== undefined);
  svg.classList.toggle("heated", view.heat !== undefined);
  for (const shape of svg.querySelectorAll("[data-state]")) paintState(shape, view);
  for (const edge of svg.querySelectorAll("[data-edge]")) paintEdge(edge, [edge.dataset.edge], view);
  for (const line of svg.querySelectorAll("[data-edges]")) paintEdge(line, line.dataset.edges.split(" "), view);
}

function paintState(shape, { active, visited, counts, chosen }) {
  const path = shape.dataset.state;
  shape.classList.toggle("active", active?.has(path) ?? false);
  shape.classList.toggle("visited", visited?.has(path) ?? false);
  shape.classList.toggle("chosen", chosen === path);
  const count = counts?.get(path);
  shape.classList.toggle("peopled", count !== undefined);
  const outline = shape.querySelector("rect, circle");
  if (count === undefined || !outline) return;
  const { x, y, width } = outline.getBBox();
  badge(shape, x + width + 8, y, count);
}

/** A number in a capsule on the upper edge of a state. */
function badge(shape, right, y, text) {
  const wide = 14 + text.length * 7.5;
  const group = element("g", { class: "note count" });
  group.append(
    element("rect", { x: right - wide, y: y - 10, width: wide, height: 20, rx: 10 }),
    element("text", { x: right - wide / 2, y: y + 4, "text-anchor": "middle" }, text),
  );
  shape.append(group);
}

function paintEdge(edge, ids, { taken, last, next, heat, remaining, chosen }) {
  const any = (set) => ids.some((id) => set?.has(id));
  edge.classList.toggle("taken", any(taken));
  edge.classList.toggle("last", any(last));
  edge.classList.toggle("next", any(next));
  edge.classList.toggle("chosen", ids.includes(chosen));
  const warmth = Math.max(0, ...ids.map((id) => heat?.get(id)?.share ?? 0));
  const failing = ids.some((id) => heat?.get(id)?.failing);
  edge.style.setProperty("--warmth", String(warmth));
  edge.classList.toggle("warm", warmth > 0);
  edge.classList.toggle("failing", failing);
  const plate = edge.querySelector(".plate");
  if (!plate) return;
  const left = remaining?.get(ids[0]);
  edge.classList.toggle("due", left !== undefined);
  // The time that is left takes the place of the delay's name, which is longer: nothing new can be covered by it.
  if (left) edge.append(placed(edge.querySelector(".label"), left));
  const note = heat?.get(ids[0])?.note;
  if (note) addNote(edge, plate, note);
}

function placed(label, text) {
  return element("text", { class: "note remaining", x: label.getAttribute("x"), y: label.getAttribute("y") }, text);
}

/** After a label's words, where its guard was; before them where its line is too near. */
function addNote(edge, plate, text) {
  const label = edge.querySelector(".label");
  const [start, width] = ["x", "width"].map((name) => Number(plate.getAttribute(name)));
  const after = Number(label.getAttribute("x")) + label.getComputedTextLength() + 6;
  const note = element("text", { class: "note heat", x: after, y: label.getAttribute("y") }, text);
  edge.append(note);
  if (!edge.classList.contains("left") || after + note.getComputedTextLength() <= start + width) return;
  note.setAttribute("x", start);
  note.setAttribute("text-anchor", "end");
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}
