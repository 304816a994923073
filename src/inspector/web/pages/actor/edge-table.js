/** The statechart for reading: where it stands, how it came, where it may go. */
import { html } from "../../dom.js";
import { Loading } from "../../parts/states.js";
import { Table } from "../../parts/table.js";

export function EdgeTable({ model, view }) {
  if (!model) return html`<${Loading} />`;
  const stateSays = (path) =>
    html`<${Says} words=${[view.active?.has(path) ? "● stands here" : view.visited?.has(path) && "✓ was here"]} />`;
  const edgeSays = (id) =>
    html`<${Says} words=${[
      view.last?.has(id) && "● taken by this event",
      view.taken?.has(id) && !view.last?.has(id) && "✓ taken before",
      view.next?.has(id) && `→ possible now${view.remaining?.has(id) ? `, in ${view.remaining.get(id)}` : ""}`,
    ]} />`;
  return html`
    <div class="tables">
      <${Table} caption="States" head=${["State", "Now", "Description"]}
        rows=${model.states.map((
          state,
        ) => [html`<code>${state.path}</code>`, stateSays(state.path), state.description ?? ""])} />
      <${Table} caption="Transitions" head=${["From", "Event", "To", "Now"]}
        rows=${model.edges.map((edge) => [
          html`<code>${edge.source || model.type}</code>`,
          `${edge.label}${edge.guard ? ` [${edge.guard}]` : ""}${edge.compensating ? " ↺" : ""}`,
          html`<code>${edge.target ?? "(stays)"}</code>`,
          edgeSays(edge.id),
        ])} />
    </div>
  `;
}

/** Each in one line. */
function Says({ words }) {
  return words.filter(Boolean).map((each) => html`<div class="nowrap">${each}</div>`);
}
