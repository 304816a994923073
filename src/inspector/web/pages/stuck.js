/** Actors that nothing can wake. */
import { useLoad } from "../api.js";
import { html } from "../dom.js";
import { many } from "../format.js";
import { useRefresh } from "../live.js";
import { Ago, StateName, Stream } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { Table } from "../parts/table.js";
import { actorPage } from "../router.js";
import { useMore } from "./instances.js";

export function Page() {
  const stuck = useLoad("stuck");
  useRefresh(stuck.again, undefined, 5_000);
  const { items: more, next, add } = useMore("stuck", stuck.data);
  return html`
    <div class="page">
      <h1>Stuck</h1>
      <p
        class="quiet lead">No timer, no activity, no answer and no message on its way can wake these; only somebody can.</p>
      <${Loaded} of=${stuck}>${({ items, count, complete }) =>
        items.length === 0
          ? html`<${Empty} title="Nothing is stuck" sign="✓">Every actor that has not ended waits for something that will come.<//>`
          : html`
            <${Table} caption=${`${many(count, "actor")}${complete ? "" : ", of those looked at"}`} head=${[
              "Actor",
              "State",
              "Why",
              "Since",
              "",
            ]}
              rows=${[...items, ...more].map((actor) => [
                html`<${Stream} stream=${actor.stream} />`,
                html`<${StateName} state=${actor.state} whole />`,
                actor.why,
                html`<${Ago} at=${actor.since} />`,
                html`<a href=${`${actorPage(actor.stream)}?tab=why`}>Mend</a>`,
              ])} />
          `}<//>
        ${next && html`<button class="button more" onClick=${add}>Show more</button>`}
      </div>
  `;
}
