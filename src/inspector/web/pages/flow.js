/** Events as they are committed. Nothing moves while the visitor reads. */
import { useLoad } from "../api.js";
import { html } from "../dom.js";
import { clockTime, count, exact } from "../format.js";
import { useLive, useRefresh } from "../live.js";
import { StateName, Stream } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { useRef, useState } from "../vendor/hooks.js";
import { Readers } from "./overview.js";

const SHOWN = 200;

export function Page() {
  const overview = useLoad("overview");
  // What was there before the visitor came; the stream tells the rest.
  const log = useLoad("log", { fixed: true });
  useRefresh(overview.again);
  const [rows, setRows] = useState([]);
  const [held, setHeld] = useState(false);
  const waiting = useRef([]);
  const [late, setLate] = useState(0);
  useLive((batch) => {
    const events = batch.filter(({ gap }) => !gap);
    waiting.current = [...events.reverse(), ...waiting.current].slice(0, SHOWN);
    if (held) setLate(late + events.length);
    else flush();
  });
  const flush = () => {
    const fresh = waiting.current;
    waiting.current = [];
    setLate(0);
    setRows((before) => [...fresh, ...before].slice(0, SHOWN));
  };
  const toggle = () => {
    if (held) flush();
    setHeld(!held);
  };
  const oldest = rows.at(-1)?.position ?? Infinity;
  const shown = [...rows, ...(log.data?.items ?? []).filter(({ position }) => position < oldest)].slice(0, SHOWN);
  return html`
    <div class="page">
      <header class="page-head"><h1>Flow</h1><span class="space"></span>
          ${overview.data &&
            html`<span class="quiet">${overview.data.rates.eventsPerSecond.toFixed(1)} events/s · head ${
              count(overview.data.head)
            }</span>`}
          ${late > 0 && html`<button class="pill" onClick=${flush}>${count(late)} new</button>`}
          <button class="button" aria-pressed=${held} onClick=${toggle}>${held ? "Paused" : "Pause"}</button></header>
      <div class="beside">
        <div>${shown.length === 0
          ? html`<${Empty} title="Listening">The next event that is committed, of any actor, shows here.<//>`
          : html`
            <${Table} caption="Events, newest first" label=${false} numbers=${[1]} head=${[
              "Time",
              "Position",
              "Event",
              "Actor",
              "State",
            ]}
              rows=${shown.map((row) => [
                html`<span class="data quiet" title=${exact(row.at)}>${clockTime(row.at)}</span>`,
                html`<span class="data quiet">${row.position}</span>`,
                row.type,
                html`<${Stream} stream=${row.stream} version=${row.version} />`,
                html`<${StateName} state=${row.state} whole />`,
              ])} />
          `}</div>
        <div>
          <${Loaded} of=${overview}>${(data) => html`<${Readers} data=${data} />`}<//></div>
        </div>
      </div>
  `;
}
