/** Every machine, and one of them: its statechart with what is live in it. */
import { load, useLoad } from "../api.js";
import { html } from "../dom.js";
import { count, duration, many, percent } from "../format.js";
import { useRefresh } from "../live.js";
import { Chart } from "../parts/chart.js";
import { Thumbnail } from "../parts/thumbnail.js";
import { Copied } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { go, machinePath, seg, setQuery } from "../router.js";
import { useMemo, useState } from "../vendor/hooks.js";

export function Page({ here }) {
  const [, type] = here.path;
  return type ? html`<${Machine} key=${type} type=${type} here=${here} />` : html`<${Machines} />`;
}

function Machines() {
  const machines = useLoad("machines");
  useRefresh(machines.again);
  return html`
    <div class="page">
      <h1>Machines</h1>
      <${Loaded} of=${machines}>${({ items }) =>
        html`
          <ul class="cards">
              ${items.map((machine) =>
                html`<li><a class="card" href=${`machines/${seg(machine.type)}`}>
      <header><strong>${machine.type}</strong><span class="quiet">${many(machine.count, "actor")}</span></header>
      <${Thumbnail} machine=${machinePath(machine.type)} />
      <p class="quiet">${machine.description ?? "No description."}</p>
      <footer class="quiet">${many(machine.states, "state")}<span class="data">${machine.identity}</span></footer>
    </a></li>`
              )}</ul>
              ${items.length === 0 &&
                html`<${Empty} title="No machines">Register one with the runtime; see docs/bring-your-own-machine.md.<//>`}
        `}<//></div>
  `;
}

function Machine({ type, here }) {
  const version = here.query.get("version");
  const path = machinePath(type, version);
  const model = useLoad(path, { fixed: true });
  const live = useLoad(`${path}/live`);
  useRefresh(live.again, (entry) => entry.stream.startsWith(`${type}/`));
  const heat = here.query.get("show") in HEATS ? here.query.get("show") : null;
  const table = here.query.get("view") === "table";
  const view = useMemo(() => viewOf(live.data, heat), [live.data, heat]);
  const pick = ({ state, edge }) => {
    const wanted = edge ? `edge=${seg(edge)}` : `state=${seg(state)}`;
    go(`instances?type=${seg(type)}&${wanted}${version ? `&version=${seg(version)}` : ""}`);
  };
  return html`
    <div class="page full machine-page">
      <${Loaded} of=${model}>${(machine) =>
        html`
            <header class="page-head">
            <div>
              <h1>${machine.type}</h1>
              <p class="quiet">${machine.description}</p>
            </div>
            <span class="space"></span>
            <${Versions} of=${machine} />
            <a href=${`instances?type=${seg(type)}`}>${many(live.data?.count ?? 0, "actor")}</a>
            <div class="choice" role="group" aria-label="Show">
                <button class="button" aria-pressed=${!heat} onClick=${() =>
                  setQuery({ show: null })}>Live counts</button>
            ${Object.entries(HEATS).map(([show, { name }]) =>
              html`<button class="button" aria-pressed=${heat === show} onClick=${() =>
                setQuery({ show })}>${name}</button>`
            )}
            </div>
            <button class="button" aria-pressed=${table} onClick=${() =>
              setQuery({ view: table ? null : "table" })}>Table</button>
            <${Mermaid} key=${path} path=${path} />
          </header>
            ${table ? html`<${MachineTables} machine=${machine} live=${live.data} />` : html`
              <${Chart} machine=${path} view=${view} onPick=${pick} readable=${0.5} label=${`Statechart of ${type}, with how many actors are in each state`} />
              <p class="chart-foot quiet">${heat
                ? heatWords(live.data, heat)
                : "The numbers are actors now. Choose a state or a transition to see them."}
                      <span class="space"></span><span class="data">${machine.identity}</span></p>
            `}
        `}<//></div>
  `;
}

/** What the transitions can be coloured by: what is said of one, how hot it is, and whether that is bad. */
const HEATS = {
  count: {
    name: "How often",
    says: "How often each transition was taken.",
    of: (edge) => edge.count,
    note: (n) => `${count(n)}×`,
  },
  wait: {
    name: "Wait",
    says: "The median time in the state before each transition.",
    of: (edge) => edge.medianDwellMs ?? 0,
    note: duration,
  },
  failures: {
    name: "Failures",
    says: "The share of each transition that was a failure.",
    of: (edge) => edge.failureShare,
    note: (share) => `✕ ${percent(share)}`,
    bad: true,
  },
};

function heatWords(live, heat) {
  if (!live) return "";
  return `${HEATS[heat].says} Over ${many(live.over.events, "event")}, ${
    live.over.complete ? "all there are" : "the newest"
  }.`;
}

function viewOf(live, heat) {
  if (!live) return {};
  if (!heat) return { counts: new Map(live.states.filter((s) => s.count > 0).map((s) => [s.path, count(s.count)])) };
  const { of, note, bad } = HEATS[heat];
  const used = live.edges.filter((edge) => edge.count > 0 && (!bad || of(edge) > 0));
  const most = Math.log1p(Math.max(...used.map(of))) || 1;
  const hot = used.map((
    edge,
  ) => [edge.id, { share: Math.max(0.05, Math.log1p(of(edge)) / most), failing: bad === true, note: note(of(edge)) }]);
  return { heat: new Map(hot) };
}

/** The same as the picture says, for reading. */
function MachineTables({ machine, live }) {
  const counts = new Map(live?.states.map((state) => [state.path, state]));
  const heat = new Map(live?.edges.map((edge) => [edge.id, edge]));
  const link = (of) => of?.list ? html`<a href=${of.list}>${count(of.count)}</a>` : "0";
  return html`
    <div class="tables">
      <${Table} caption="States" numbers=${[4]} head=${["State", "Kind", "Tags", "Description", "Actors"]}
        rows=${machine.states.map((
          state,
        ) => [
          html`<code>${state.path}</code>`,
          state.kind,
          state.tags.join(", "),
          state.description ?? "",
          link(counts.get(state.path)),
        ])} />
      <${Table} caption="Transitions" numbers=${[5, 6, 7]} head=${[
        "From",
        "Event",
        "To",
        "Guard",
        "Kind",
        "Count",
        "Median wait",
        "Failures",
      ]}
        rows=${machine.edges.map((edge) => {
          const of = heat.get(edge.id);
          return [
            html`<code>${edge.source || machine.type}</code>`,
            edge.label,
            html`<code>${edge.target ?? "(stays)"}</code>`,
            edge.guard ? html`<code>${edge.guard}</code>` : "",
            `${edge.kind}${edge.compensating ? ", compensation" : ""}`,
            link(of),
            of?.count ? duration(of.medianDwellMs ?? 0) : "",
            of?.count ? percent(of.failureShare) : "",
          ];
        })} />
    </div>
  `;
}

/** Which version is shown, where actors are on several. */
function Versions({ of: { version, versions } }) {
  if (versions.length < 2) return null;
  return html`<label class="pick">Version<select onChange=${({ target }) => setQuery({ version: target.value })}>${
    versions.map((each) => html`<option selected=${each === version}>${each}</option>`)
  }</select></label>`;
}

function Mermaid({ path }) {
  const [text, setText] = useState(null);
  if (text) return html`<${Copied} text=${text} label="Copy as Mermaid">Copy<//>`;
  const copy = async () => {
    const made = await load(`${path}/mermaid`);
    setText(made);
    await navigator.clipboard?.writeText(made);
  };
  return html`<button class="button" onClick=${copy}>Copy as Mermaid</button>`;
}
