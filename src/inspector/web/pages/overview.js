/** What needs somebody, first; then how much there is of everything, each number the list it counts. */
import { useLoad } from "../api.js";
import { html } from "../dom.js";
import { count, duration, many, shortId, shortStream } from "../format.js";
import { useNow, useRefresh } from "../live.js";
import { Ago, StateName, toneOf } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { actorPage, seg, setQuery } from "../router.js";

export function Page({ here }) {
  const overview = useLoad("overview");
  useRefresh(overview.again);
  return html`
    <div class="page overview">
      <h1>Overview</h1>
      <${Loaded} of=${overview}>${(data) =>
        html`
          <${Attention} data=${data} />
          <${Orders} data=${data} table=${here.query.get("view") === "table"} />
          <div class="columns">
            <${Rates} data=${data} />
            <${Readers} data=${data} />
            <${Timers} data=${data} />
          </div>
        `}<//>
      </div>
  `;
}

function Attention({ data }) {
  const { needsIntervention, deadLetters } = data;
  // Nobody can tell where there is no operators' desk.
  const stuck = data.stuck ?? { count: 0 };
  const calm = needsIntervention.count + stuck.count + deadLetters.count === 0;
  if (calm) {
    return html`<section class="attention calm"><span class="tick" aria-hidden="true">✓</span>
      <div><h2>Nothing needs you</h2><p class="quiet">No order waits for an operator, nothing is stuck, no dead letters.</p></div>
    </section>`;
  }
  return html`<section class="attention" aria-label="Needs somebody"><div class="calls">
    <${Call} of=${needsIntervention} sign="▲" tone="negative" noun="order needs intervention" nouns="orders need intervention"
      to=${needsIntervention.list} text="An operator retries, skips or resolves what is still owed." />
    <${Call} of=${stuck} sign="◌" tone="warning" noun="actor is stuck" nouns="actors are stuck" to="stuck"
      text="Nothing that is under way can wake it." />
    <${Call} of=${deadLetters} sign="✉" tone="warning" noun="dead letter" nouns="dead letters" to="dead-letters"
      text=${
    deadLetters.groups.map(({ reason, count: n }) => `${n} × ${reason}`).join(" · ") ||
    "Kept with their reasons, to be sent again."
  } />
    </div>${needsIntervention.count > 0 && html`<${Waiting} list=${needsIntervention.list} />`}
  </section>`;
}

function Call({ of, sign, tone, noun, nouns, to, text }) {
  if (of.count === 0) return null;
  return html`
    <a class=${`call ${tone}`} href=${to}>
      <span class="sign" aria-hidden="true">${sign}</span>
      <span class="figure">${count(of.count)}</span>
      <span><strong>${of.count === 1 ? noun : nouns}</strong><span class="quiet">${text}</span></span>
    </a>
  `;
}

/** The first of those who wait, one click away. */
function Waiting({ list }) {
  const { data } = useLoad(`${list}&limit=5`);
  return html`<ol class="waiting">${
    (data?.items ?? []).map((actor) =>
      html`<li>
    <a href=${actorPage(actor.stream)}><${StateName} state=${actor.state} /><span class="data">${
        shortStream(actor.stream)
      }</span>
    <span class="quiet">${actor.lastEvent}</span><${Ago} at=${actor.since} /></a></li>`
    )
  }</ol>`;
}

function Orders({ data, table }) {
  const all = data.orders.reduce((sum, { count: n }) => sum + n, 0);
  const head = html`<header><h2>Orders by state</h2><a class="quiet" href="instances?type=order">${
    many(all, "order")
  }</a>
    <button class="button" aria-pressed=${table} onClick=${() =>
    setQuery({ view: table ? null : "table" })}>Table</button></header>`;
  if (all === 0) {
    return html`
      <section
        class="panel">${head}<${Empty} title="No orders yet">Place one over the API; it shows here at once.<//></section>
    `;
  }
  const largest = Math.max(...data.orders.map(({ count: n }) => n));
  const rows = data.orders.filter(({ count: n }) => n > 0);
  if (table) {
    return html`<section class="panel">${head}<${Table} caption="Orders by state" label=${false} numbers=${[2]}
      head=${["State", "Status", "Orders"]}
      rows=${
      rows.map((row) => [row.state, row.status, html`<a href=${row.list}>${count(row.count)}</a>`])
    } /></section>`;
  }
  return html`<section class="panel">${head}<ul class="bars">${
    rows.map((row) =>
      html`<li><a href=${row.list}>
    <${StateName} state=${row.state} tags=${[row.status ?? ""]} whole />
    <span class="track"><span class=${`fill ${toneOf(row.state, [row.status ?? ""])}`} style=${{
        width: `${100 * row.count / largest}%`,
      }}></span></span>
    <span class="number">${count(row.count)}</span>
  </a></li>`
    )
  }</ul></section>`;
}

function Rates({ data: { rates, types, head } }) {
  const of = new Map(rates.perType.map(({ type, events }) => [type, events]));
  return html`
    <section class="panel">
      <header><h2>Actors</h2><span class="quiet">${rates.eventsPerSecond.toFixed(1)} events/s</span></header>
      <dl class="facts">${types.map(({ type, count: n, list }) =>
        html`
          <dt><a href=${`machines/${seg(type)}`}>${type}</a></dt>
          <dd><span class="quiet">${of.has(type)
            ? `${many(of.get(type), "event")} in ${duration(rates.windowMs)}`
            : ""}</span>
                <a href=${list}>${count(n)}</a></dd>
        `
      )}</dl>
      <p class="foot quiet">The log is at position <a class="data" href="flow">${count(head)}</a></p>
    </section>
  `;
}

export function Readers({ data: { lag } }) {
  const all = [
    ...(lag.relay
      ? [{ name: "relay to the feed", lagPositions: lag.relay.positions, lagSeconds: lag.relay.seconds, parked: 0 }]
      : []),
    ...lag.readers,
  ];
  return html`
    <section class="panel">
      <header><h2>Readers of the log</h2><span class="quiet">how far behind</span></header>
      <dl class="facts">${all.map((reader) =>
        html`
          <dt>${reader.name.replaceAll("_", " ")}</dt>
          <dd>${reader.parked > 0 &&
            html`<span class="warning">${count(reader.parked)} parked </span>`}${reader.lagPositions === 0
            ? html`<span class="positive">✓ up to date</span>`
            : html`<span class="warning">${many(reader.lagPositions, "event")} · ${
              duration(reader.lagSeconds * 1_000)
            }</span>`}</dd>
        `
      )}</dl>
    </section>
  `;
}

function Timers({ data: { timers, nodes } }) {
  const now = useNow();
  const beat = (at) =>
    now - at > 8_000
      ? html`<span class="warning">silent ${duration(now - at)}</span>`
      : html`<span class="positive">✓ alive</span>`;
  return html`
    <section class="panel">
      <header>
        <h2>Timers</h2>
      </header>
      <dl class="facts">
        <dt>overdue</dt>
        <dd><a class=${timers.due.count > 0 ? "warning" : ""} href="timers?due=now">${count(
          timers.due.count,
        )}</a></dd>
        <dt>pending</dt>
        <dd><a href="timers">${count(timers.pending.count)}</a></dd>
        <dt>next is due</dt>
        <dd>${timers.nextDueAt ? `in ${duration(timers.nextDueAt - now)}` : "–"}</dd>
      </dl>
      <header class="next">
        <h2>Nodes</h2>
      </header>
      <dl class="facts">
          ${nodes.map((node) =>
            html`
              <dt title=${node.id}>${shortId(node.id)}</dt>
              <dd>${beat(node.seenAt)}</dd>
            `
          )}
        </dl>
    </section>
  `;
}
