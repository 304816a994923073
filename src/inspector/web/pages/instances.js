/** The actors that a number counts: by type, state, or transition. */
import { load, useLoad } from "../api.js";
import { html } from "../dom.js";
import { count } from "../format.js";
import { useRefresh } from "../live.js";
import { Ago, StateName, Stream } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { machinePath, seg, setQuery } from "../router.js";
import { useEffect, useState } from "../vendor/hooks.js";

export function Page({ here: { query } }) {
  const type = query.get("type") ?? "order";
  const asked = new URLSearchParams([...query].filter(([name]) => ["type", "state", "edge", "version"].includes(name)));
  const path = `instances?${asked}`;
  const page = useLoad(path);
  useRefresh(page.again, (entry) => entry.stream.startsWith(`${type}/`));
  const { items: more, next, add } = useMore(path, page.data);
  const live = useLoad(`${machinePath(type, query.get("version"))}/live`);
  const edge = query.get("edge");
  return html`
    <div class="page">
      <header class="page-head"><div><h1>${type === "order" ? "Orders" : type} <span class="quiet">${page.data
        ? count(page.data.count)
        : ""}</span></h1>
          ${edge &&
            html`<p class="quiet">that took <code>${edge}</code> <a href=${`instances?type=${
              seg(type)
            }`}>Show all</a></p>`}</div>
          <span class="space"></span>
          ${live.data &&
            html`<label class="pick">State<select value=${query.get("state") ?? ""} onChange=${(e) =>
              setQuery({ state: e.target.value, edge: null })}>
        <option value="">any</option>
        ${
              live.data.states.map((state) =>
                html`<option value=${state.path} selected=${state.path === query.get("state")}>${state.path} (${
                  count(state.count)
                })</option>`
              )
            }
      </select></label>`}
          <a class="button" href=${`machines/${seg(type)}${
            query.get("version") ? `?version=${seg(query.get("version"))}` : ""
          }`}>Statechart</a>
        </header>
      <${Loaded} of=${page}>${({ items }) =>
        items.length === 0
          ? html`
            <${Empty}
              title="None of these"><a href=${`instances?type=${
                seg(type)
              }`}>Show every ${type}</a>, or look at <a href="./">the overview</a>.<//>
          `
          : html`
            <${Table} caption="Actors, newest change first" label=${false} numbers=${[4]} head=${[
              "Actor",
              "State",
              "Last event",
              "Changed",
              "Events",
            ]}
              rows=${[...items, ...more].map((actor) => [
                html`<${Stream} stream=${actor.stream} />`,
                html`<${StateName} state=${actor.state} status=${actor.finished ? "done" : "active"} whole />`,
                actor.lastEvent,
                html`<${Ago} at=${actor.since} />`,
                count(actor.version),
              ])} />
          `}<//>
        ${next && html`<button class="button more" onClick=${add}>Show more</button>`}
      </div>
  `;
}

/** Further pages after the first. */
export function useMore(path, first) {
  const [more, setMore] = useState({ items: [], next: undefined });
  useEffect(() => setMore({ items: [], next: undefined }), [path]);
  const next = more.next === undefined ? first?.next : more.next;
  const add = async () => {
    const page = await load(`${path}${path.includes("?") ? "&" : "?"}after=${seg(next)}`);
    setMore({ items: [...more.items, ...page.items], next: page.next });
  };
  return { items: more.items, next, add };
}
