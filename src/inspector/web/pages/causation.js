/** Everything that came of one cause, as a tree. */
import { useLoad } from "../api.js";
import { html } from "../dom.js";
import { clockTime, exact, many } from "../format.js";
import { Copied, StateName, Stream } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { seg } from "../router.js";

export function Page({ here: { query } }) {
  const correlation = query.get("correlation");
  const tree = useLoad(correlation ? `causation?correlation=${seg(correlation)}` : null);
  if (!correlation) return html`<${Empty} title="Which cause?">Open an actor and follow “Causation tree”.<//>`;
  return html`
    <div class="page">
      <header class="page-head">
        <div>
          <h1>Causation</h1>
          <p class="quiet">of <${Copied} text=${correlation}>${correlation}<//></p></div>
          <span class="space"></span>${tree.data &&
            html`<span class="quiet">${many(tree.data.count, "event")}${
              tree.data.complete ? "" : ", not all"
            }</span>`}</header>
        <${Loaded} of=${tree}>${({ roots }) =>
          roots.length === 0
            ? html`<${Empty} title="Nothing came of it">No event carries this correlation id.<//>`
            : html`<ul class="tree" aria-label="Causes and what came of them">${
              roots.map((root) => html`<${Branch} key=${root.event} node=${root} since=${roots[0].at} />`)
            }</ul>`}<//>
      </div>
  `;
}

function Branch({ node, since }) {
  return html`<li><div class="leaf">
      <span class="name">${node.type}</span><${Stream} stream=${node.stream} version=${node.version} /><${StateName} state=${node.state} />
      <span class="quiet data" title=${exact(node.at)}>${
    node.at === since ? clockTime(node.at) : `+${Math.round(node.at - since)} ms`
  }</span></div>
    ${
    node.children.length > 0 && html`<ul>${
      node.children.map((child) => html`<${Branch} key=${child.event} node=${child} since=${since} />`)
    }</ul>`
  }</li>`;
}
