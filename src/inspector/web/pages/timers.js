/** What will happen by itself, and what should have. */
import { useLoad } from "../api.js";
import { html } from "../dom.js";
import { duration, exact, many } from "../format.js";
import { useNow, useRefresh } from "../live.js";
import { Stream } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { useMore } from "./instances.js";

export function Page({ here: { query } }) {
  const overdue = query.get("due") === "now";
  const path = overdue ? "timers?due=now" : "timers";
  const timers = useLoad(path);
  const now = useNow();
  useRefresh(timers.again);
  const { items: more, next, add } = useMore(path, timers.data);
  return html`
    <div class="page">
      <header class="page-head"><h1>Timers</h1><span class="space"></span>
          <div class="choice"><a class="button" aria-current=${overdue ? undefined : "page"} href="timers">Pending</a>
          <a class="button" aria-current=${overdue
            ? "page"
            : undefined} href="timers?due=now">Overdue</a></div></header>
      <${Loaded} of=${timers}>${({ items, count }) =>
        items.length === 0
          ? html`<${Empty} title=${
            overdue ? "Nothing is overdue" : "No timer is pending"
          }>Timers fire by the database's clock, also after a restart.<//>`
          : html`<${Table} caption=${many(count, "actor")} head=${["Actor", "Due", "Timers"]} rows=${
            [...items, ...more].map((row) => [
              html`<${Stream} stream=${row.stream} />`,
              html`<span title=${exact(row.dueAt)} class=${row.dueAt < now ? "nowrap warning" : "nowrap"}>${
                row.dueAt < now ? `overdue ${duration(now - row.dueAt)}` : `in ${duration(row.dueAt - now)}`
              }</span>`,
              html`<ul>${
                row.open.filter(({ kind }) => kind === "timer").map(({ what }) =>
                  html`<${Timer} of=${what} />`
                )
              }</ul>`,
            ])
          } />`}<//>
        ${next && html`<button class="button more" onClick=${add}>Show more</button>`}
      </div>
  `;
}

/** `xstate.after.releaseTimeout.order.compensating` is "releaseTimeout", of the state `compensating`. */
function Timer({ of }) {
  const [, name = of, state] = /^xstate\.after\.([^.]+)\.[^.]+\.(.+)$/.exec(of) ?? [];
  return html`<li>${name}${state && html`<span class="quiet"> in ${state}</span>`}</li>`;
}
