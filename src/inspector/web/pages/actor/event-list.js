import { classes, html } from "../../dom.js";
import { clockTime, count, duration, exact, leaf, many } from "../../format.js";
import { Kind } from "../../parts/marks.js";
import { Loading } from "../../parts/states.js";
import { VirtualList } from "../../parts/virtual-list.js";

const ROW = 40;

/** All events; those after the chosen one are the future, and grey. */
export function EventList({ rows, version, to, complete }) {
  if (rows.length === 0) return html`<${Loading} lines=${10} />`;
  const row = (index) => {
    const event = rows[index];
    const before = rows[index - 1];
    const state = classes(
      "event-row",
      event.version === version && "current",
      event.version > version && "future",
      event.compensating && "compensating",
    );
    return html`<div key=${event.version} class=${state} role="option" aria-selected=${
      String(event.version === version)
    } onClick=${() => to(event.version)}>
      <span class="n data">${event.version}</span><${Kind} kind=${event.kind} compensating=${event.compensating} />
      <span class="what"><span class="name">${event.type}</span>
        <span class="state">${
      before?.state === event.state ? "" : html`<span aria-hidden="true">→ </span>${leaf(event.state)}`
    }</span></span>
      <span class="when data" title=${exact(event.at)}>${
      before ? `+${duration(event.at - before.at)}` : clockTime(event.at).slice(0, 8)
    }
        ${
      event.effects > 0 && html`<span class="effects" title=${many(event.effects, "effect")}>⤳${event.effects}</span>`
    }</span>
    </div>`;
  };
  return html`
    <header class="pane-head"><h2>Events</h2><span class="quiet">${count(rows.length)}${complete
      ? ""
      : " …"}</span></header>
    <${VirtualList} count=${rows.length} height=${ROW} at=${version - 1} row=${row} label="Events" />
  `;
}
