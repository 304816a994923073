/** The right pane: one question each. */
import { useLoad } from "../../api.js";
import { html } from "../../dom.js";
import { exact } from "../../format.js";
import { Json } from "../../parts/json.js";
import { later } from "../../parts/later.js";
import { Copied, Kind, Stream } from "../../parts/marks.js";
import { Loaded } from "../../parts/states.js";
import { Tabs } from "../../parts/tabs.js";
import { actorApi, seg, setQuery } from "../../router.js";
import { Changes } from "./changes.js";
import { Effects } from "./effects.js";
import { Why } from "./why.js";

const WhatIf = later(() => import("./what-if.js"), "WhatIf");

const TABS = { why: "Why", context: "Context", changes: "Changes", event: "Event", "what-if": "What if" };

export function Detail(props) {
  const asked = props.query.get("tab");
  const tab = asked in TABS ? asked : "why";
  const Pane = { why: Why, context: Context, changes: Changes, event: EventPane, "what-if": WhatIf }[tab];
  return html`
    <${Tabs} label="Details" tabs=${TABS} chosen=${tab} onChoose=${(name) =>
      setQuery({ tab: name === "why" ? null : name })}>
      <${Pane} ...${props} />
      <//>
  `;
}

function Context({ moment }) {
  return html`<${Loaded} of=${moment}>${(at) =>
    html`
      <${Json} value=${at.context} />
      ${at.projection && html`
        <h3 class="gap">Read model ${at.projection.table.replaceAll("_", " ")}${at.projection.asOf === "now"
          ? ", as it is now"
          : ", at that moment"}</h3>
        <${Json} value=${at.projection.row} open=${1} />
      `}
    `}<//>`;
}

function EventPane({ type, id, version }) {
  const event = useLoad(`${actorApi(type, id)}/events/${version}`, { fixed: true });
  return html`<${Loaded} of=${event}>${(it) =>
    html`
      <p
        class="event-title"><${Kind} kind=${it.kind} /><strong>${it.type}</strong><span class="quiet data">position ${it
          .position}</span></p>
      <p class="quiet">${exact(it.at)}</p>
      <h3 class="gap">Data</h3><${Json} value=${it.data ?? {}} />
      <h3 class="gap">Effects</h3>${it.effects.length > 0
        ? html`<${Effects} effects=${it.effects} />`
        : html`<p class="quiet">It asked for nothing.</p>`}
      <h3 class="gap">Metadata</h3><${Metadata} metadata=${it.metadata} />
      ${it.snapshotHash && html`<p class="quiet gap">Snapshot <${Copied} text=${String(it.snapshotHash)} /></p>`}
    `}<//>`;
}

function Metadata({ metadata }) {
  const { correlationId, causationId } = metadata;
  const correlation = metadata.correlation ?? correlationId;
  const causation = metadata.causation ?? causationId;
  return html`
    ${correlation &&
      html`<p><a href=${`causation?correlation=${seg(correlation)}`}>Everything that came of the same cause</a></p>`}
    ${typeof causation === "string" && /^[a-z]\w*\/.+\/\d+/.test(causation) &&
      html`<p class="quiet">Caused by <${Cause} of=${causation} /></p>`}
    <${Json} value=${metadata} open=${1} />
  `;
}

function Cause({ of }) {
  const [, stream, version] = /^([a-z]\w*\/[^/]+)\/(\d+)/.exec(of);
  return html`<${Stream} stream=${stream} version=${Number(version)} />`;
}
