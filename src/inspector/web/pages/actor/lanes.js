/** The saga: every actor that took part is a lane; messages go across, and each undo is tied to what it undoes. */
import { useLoad } from "../../api.js";
import { html } from "../../dom.js";
import { count, duration, exact, shortStream } from "../../format.js";
import { useRefresh } from "../../live.js";
import { Stream } from "../../parts/marks.js";
import { Loaded } from "../../parts/states.js";
import { Table } from "../../parts/table.js";
import { actorApi, seg, setQuery } from "../../router.js";
import { useMemo, useState } from "../../vendor/hooks.js";
import { LanesPicture } from "./lanes-picture.js";
import { placeLanes } from "./lanes-places.js";

export function Lanes({ type, id, stream, version, actor, open, to }) {
  const [table, setTable] = useState(false);
  return html`<section class=${open ? "lanes" : "lanes closed"} aria-label="Saga lanes">
    <header class="pane-head">
      <button class="fold" aria-expanded=${String(open)} onClick=${() =>
    setQuery({ lanes: open ? "closed" : null })}><span aria-hidden="true">${open ? "▾" : "▸"}</span> Saga lanes</button>
      ${
    open && html`
      <ul class="legend" aria-label="Legend">
        <li class="is-message">message</li>
        <li class="is-undo">undoes</li>
        <li class="is-activity">activity</li>
      </ul>
    `
  }
      <span class="space"></span>
      ${actor.correlation && html`<a href=${`causation?correlation=${seg(actor.correlation)}`}>Causation tree</a>`}
      ${open && html`<button class="button" aria-pressed=${table} onClick=${() => setTable(!table)}>Table</button>`}
    </header>
    ${open && html`<${Body} type=${type} id=${id} stream=${stream} version=${version} to=${to} table=${table} />`}
  </section>`;
}

function Body({ type, id, stream, version, to, table }) {
  const lanes = useLoad(`${actorApi(type, id)}/lanes`);
  useRefresh(
    lanes.again,
    (entry) => entry.stream === stream || lanes.data?.lanes.some((lane) => lane.stream === entry.stream),
  );
  const places = useMemo(() => lanes.data && placeLanes(lanes.data), [lanes.data]);
  return html`<${Loaded} of=${lanes} lines=${3}>${(data) =>
    html`
      ${table
        ? html`<${LanesTable} data=${data} />`
        : html`<${LanesPicture} data=${data} places=${places} stream=${stream} version=${version} to=${to} />`}
      ${!data.complete && html`<p class="quiet">There is more than can be shown here.</p>`}
    `}<//>`;
}

function LanesTable({ data }) {
  const events = data.lanes.flatMap((lane) => lane.events.map((event) => ({ ...event, lane }))).sort((a, b) =>
    a.position - b.position
  );
  return html`
    <div class="tables">
      <${Table} caption=${`Events of ${count(data.lanes.length)} actors`} head=${[
        "Time",
        "Actor",
        "Event",
        "State",
      ]} rows=${events.map((event) => [
        html`<span class="data">${exact(event.at)}</span>`,
        html`<${Stream} stream=${event.lane.stream} version=${event.version} />`,
        `${event.type}${event.compensating ? " ↺" : ""}`,
        event.state,
      ])} />
      <${Table} caption="Messages" head=${["From", "Message", "To", "Took"]} rows=${data.messages.map((message) => [
        html`<${Stream} stream=${message.from.stream} version=${message.from.version} />`,
        `${message.event}${message.compensating ? " ↺" : ""}`,
        html`<${Stream} stream=${message.to.stream} version=${message.to.version ?? undefined} />`,
        message.heardAt ? duration(message.heardAt - message.sentAt) : "not delivered",
      ])} />
      <${Table} caption="What undoes what" head=${["Undo", "Settled"]} rows=${data.undo.map((
        undo,
      ) => [undo.label, undo.settled ? "✓" : "not yet"])} />
      <${Table} caption="Activities" head=${["Actor", "Activity", "Took", "Outcome"]} rows=${data.lanes.flatMap((
        lane,
      ) =>
        lane.bars.map((bar) => [
          shortStream(lane.stream),
          bar.src,
          bar.to ? duration(bar.to - bar.from) : "under way",
          bar.outcome ?? "–",
        ])
      )} />
    </div>
  `;
}
