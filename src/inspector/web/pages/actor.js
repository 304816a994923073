/** One actor at one moment: its events, where it stands, and what is known about it, bound to one version. */
import { useLoad } from "../api.js";
import { html } from "../dom.js";
import { count } from "../format.js";
import { useKeys } from "../keys.js";
import { useLive } from "../live.js";
import { Chart } from "../parts/chart.js";
import { later } from "../parts/later.js";
import { Copied, StateName } from "../parts/marks.js";
import { Empty, Failed, Loading } from "../parts/states.js";
import { actorApi, go, seg, setQuery } from "../router.js";
import { useMemo, useState } from "../vendor/hooks.js";
import { Detail } from "./actor/detail.js";
import { EventList } from "./actor/event-list.js";
import { Lanes } from "./actor/lanes.js";
import { Slider } from "./actor/slider.js";
import { Split } from "./actor/split.js";
import { EdgeTable } from "./actor/edge-table.js";
import { useHistory } from "./actor/use-history.js";
import { useMoment } from "./actor/use-moment.js";
import { imagined, pictureOf } from "./actor/view.js";

const Stately = later(() => import("./actor/stately.js"), "Stately");

export function Page({ here }) {
  const [, type, id, version] = here.path;
  if (!type || !id) {
    return html`<${Empty} title="Which actor?">An address is its type and its id, as in <code>actors/order/0199…</code><//>`;
  }
  return html`<${Actor} key=${`${type}/${id}`} type=${type} id=${id} wanted=${
    Number(version) || null
  } query=${here.query} />`;
}

/** @param {number | null} wanted the version in the address; null follows what comes */
function Actor({ type, id, wanted, query }) {
  const stream = `${type}/${id}`;
  const actor = useLoad(actorApi(type, id));
  const history = useHistory(type, id);
  const [news, setNews] = useState(0);
  const latest = history.rows.at(-1)?.version ?? actor.data?.version ?? 0;
  const version = wanted === null ? latest : Math.min(wanted, latest || wanted);
  const [trial, setTrial] = useState(null);

  const catchUp = () => {
    setNews(0);
    actor.again();
    history.more();
  };
  useLive((batch) => {
    const ours = batch.filter((entry) => entry.gap || entry.stream === stream);
    if (ours.length === 0) return;
    // Who looks at the past is told, and not moved.
    if (wanted === null) catchUp();
    else setNews(news + ours.length);
  });

  const to = (next) => {
    const inside = Math.max(1, Math.min(latest, next));
    const rest = location.search;
    setTrial(null);
    go(`${actorPath(type, id)}/${inside}${rest}`, { replace: true });
  };
  const live = () => {
    catchUp();
    setTrial(null);
    go(actorPath(type, id) + location.search, { replace: true });
  };
  useSteps({ to, live, version, latest, query });

  const moment = useMoment({ type, id, version, latest });
  // The version of the machine that it was on at that moment.
  const on = moment.data?.machine ?? actor.data?.machine;
  const model = useLoad(on?.path ?? null, { fixed: true });
  if (actor.error && !actor.data) return html`<${Failed} error=${actor.error} again=${actor.again} />`;
  if (!actor.data || latest === 0) return html`<${Loading} />`;
  const shared = {
    type,
    id,
    stream,
    version,
    latest,
    actor: actor.data,
    on,
    moment,
    model: model.data,
    history,
    query,
    to,
    setTrial,
    trial,
    changed: catchUp,
  };
  return html`
    <div class="actor">
      <${Head} ...${shared} wanted=${wanted} news=${news} live=${live} />
      <${Split} name="main"
        left=${html`<${EventList} rows=${history.rows} version=${version} to=${to} complete=${history.complete} />`}
        middle=${html`<${Picture} ...${shared} />`}
        right=${html`<${Detail} ...${shared} />`} />
      <${Lanes} ...${shared} open=${query.get("lanes") !== "closed"} />
    </div>
  `;
}

export const actorPath = (type, id) => `actors/${seg(type)}/${seg(id)}`;

function useSteps({ to, live, version, latest, query }) {
  const tab = (name) => () => setQuery({ tab: name });
  useKeys({
    ArrowLeft: ["the event before", () => to(version - 1)],
    ArrowRight: ["the event after", () => to(version + 1)],
    ArrowUp: ["the event before", () => to(version - 1)],
    ArrowDown: ["the event after", () => to(version + 1)],
    Home: ["the first event", () => to(1)],
    End: ["the last event", () => to(latest)],
    ".": ["now: follow what comes", live],
    g: ["go to a version", () => document.querySelector("#goto")?.select()],
    d: ["what changed with this event", () => setQuery({ tab: query.get("tab") === "changes" ? null : "changes" })],
    w: ["why it waits", tab("why")],
    x: ["what if", tab("what-if")],
    t: ["statechart as a table, and back", () => setQuery({ view: query.get("view") === "table" ? null : "table" })],
    l: ["lanes, open or closed", () => setQuery({ lanes: query.get("lanes") === "closed" ? null : "closed" })],
  });
}

function Head({ type, id, actor, on, version, latest, wanted, news, live, to, history, moment, trial }) {
  const at = moment.data;
  const goTo = (event) => to(Number(event.target.value) || version);
  const state = trial?.state ?? at?.state ?? actor.state;
  return html`<header class="actor-head">
    <h1><a class="quiet" href=${`machines/${
    seg(type)
  }`}>${type}</a><span class="quiet"> / </span><${Copied} text=${id} /></h1>
    <${StateName} state=${state} tags=${trial ? [] : at?.tags} status=${trial ? "active" : at?.status} whole />
    ${trial && html`<span class="imagined">imagined</span>`}
    ${
    on.version !== on.newest &&
    html`<span class="tag" title=${`New actors begin with version ${on.newest} of the machine`}>machine ${on.version}</span>`
  }
    ${
    actor.machineChanged &&
    html`<span class="tag" title="The machine's files have changed since its last event">changed machine</span>`
  }
    <label class="version">v<input id="goto" inputmode="numeric" value=${version} aria-label="Version" onChange=${goTo}
      onKeyDown=${(press) => press.key === "Enter" && press.target.blur()} /><span>of ${count(latest)}</span></label>
    <${Slider} rows=${history.rows} version=${version} latest=${latest} to=${to} />
    <span class="now">
      ${
    news > 0 ? html`<button class="pill" onClick=${live} aria-live="polite">${count(news)} new</button>` : html`
      <button class="button follow" aria-pressed=${wanted === null} onClick=${live}
        title="Follow what comes (.)"><span class="dot" aria-hidden="true"></span>live</button>
    `
  }
    </span>
  </header>`;
}

function Picture({ type, id, on, moment, model, history, version, trial, query, to }) {
  const [abroad, setAbroad] = useState(false);
  const row = history.rows[version - 1];
  const view = useMemo(() => trial ? imagined(moment.data, trial, model) : pictureOf(moment.data, row, model), [
    moment.data,
    row,
    model,
    trial,
  ]);
  if (moment.error && !moment.data) return html`<${Failed} error=${moment.error} />`;
  const pick = ({ edge, state }) => {
    const rows = history.rows.filter((row) => edge ? row.edges.includes(edge) : row.state === state);
    const earlier = rows.filter((row) => row.version < version);
    const target = earlier.at(-1) ?? rows.at(-1);
    if (target) to(target.version);
  };
  const says = moment.data ? `Statechart of ${type}; it stands in ${moment.data.state || "its only state"}` : undefined;
  const table = query.get("view") === "table";
  return html`
    <header class="pane-head">
      <h2>Statechart</h2>
      <${Legend} />
      <button class="button" aria-pressed=${table} onClick=${() =>
        setQuery({ view: table ? null : "table" })}>Table</button>
      <button class="button" title="Open this history in Stately's inspector" onClick=${() =>
        setAbroad(true)}>Stately …</button>
      ${abroad && html`<${Stately} type=${type} id=${id} onClose=${() => setAbroad(false)} />`}
    </header>
    ${table
      ? html`<${EdgeTable} model=${model} view=${view} />`
      : html`<${Chart} machine=${on.path} view=${view} onPick=${pick} readable=${0.64} label=${says} />`}
  `;
}

function Legend() {
  return html`
    <ul class="legend" aria-label="Legend">
      <li class="is-active">now</li>
      <li class="is-taken">came by</li>
      <li class="is-next">may go</li>
      <li class="is-undo">undoes</li>
    </ul>
  `;
}
