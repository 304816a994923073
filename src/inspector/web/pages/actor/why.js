/** What it waits for, what may happen next, and the tools to mend it. */
import { useLoad } from "../../api.js";
import { classes, html } from "../../dom.js";
import { duration, exact } from "../../format.js";
import { useNow } from "../../live.js";
import { later } from "../../parts/later.js";
import { Ago, Stream } from "../../parts/marks.js";
import { Loaded } from "../../parts/states.js";
import { actorApi, setQuery } from "../../router.js";
import { useState } from "../../vendor/hooks.js";

const Mend = later(() => import("./mend.js"), "Mend");

const SIGNS = { message: "→", timer: "◷", activity: "⚙", child: "◫" };

export function Why(props) {
  const { moment } = props;
  return html`<${Loaded} of=${moment}>${(at) =>
    html`
      ${at.latest && html`<${Sentence} ...${props} />`}
      ${!at.latest && html`<p class="then quiet">As it was on <strong>${exact(at.at)}</strong></p>`}
      <${Open} at=${at} />
      <${Next} ...${props} at=${at} />
      <${Related} actor=${props.actor} />
    `}<//>`;
}

function Sentence({ type, id, latest, actor }) {
  const why = useLoad(`${actorApi(type, id)}/why`);
  if (!why.data) return null;
  const { sentence, canBeWoken } = why.data;
  return html`<p class=${classes("sentence", !canBeWoken && !actor.finished && "alarm")} key=${latest}>${
    plain(sentence)
  }</p>
    ${
    why.data.activities?.filter(({ lastError }) => lastError).map((activity) =>
      html`<p class="negative">${activity.src}: ${activity.lastError}
      <span class="quiet"> after ${activity.attempts} attempts</span></p>`
    )
  }`;
}

/** XState's own name of a delay is long; its middle says it. */
const plain = (sentence) => sentence.replaceAll(/"?xstate\.after\.([^."]+)\.[^"\s]+"?/g, "$1");

function Open({ at }) {
  if (at.open.length === 0) return null;
  return html`
    <h3 class="gap">${at.latest ? "Waits for" : "Waited for"}</h3>
    <ul class="open-list">${at.open.map((effect) =>
      html`<li>
    <span class="sign" aria-hidden="true">${SIGNS[effect.kind] ?? "·"}</span>
    <span class="grow"><span class="name">${short(effect.what)}</span><span class="quiet"> ${effect.kind}</span></span>
    ${
        effect.dueAt
          ? html`<${Countdown} at=${effect.dueAt} live=${at.latest} then=${at.at} />`
          : html`<${Ago} at=${effect.since} />`
      }
  </li>`
    )}</ul>
  `;
}

const short = (what) => what.replace(/(\/[0-9a-f]{4})[0-9a-f-]{24,}([0-9a-f]{4})/, "$1…$2");

function Countdown({ at, live, then }) {
  const now = useNow();
  const left = at - (live ? now : then);
  return html`<span class=${left < 0 ? "warning data" : "data"} title=${exact(at)} role="timer">${
    left < 0 ? "due" : `in ${duration(left)}`
  }</span>`;
}

function Next(props) {
  const { at } = props;
  const [mending, setMending] = useState(null);
  const { data: visitor } = useLoad("visitor");
  const retries = at.latest && visitor?.mayMend && html`<${Retries} ...${props} />`;
  if (at.next.length === 0) return at.latest ? retries : html`<p class="quiet gap">It accepted nothing any more.</p>`;
  const groups = ["client", "operator", "internal"].map((by) => [by, at.next.filter((next) => next.by === by)]);
  // What nobody may propose by hand can still be tried.
  const proposable = ({ mayPropose }) => at.latest && mayPropose;
  const offer = (next) => proposable(next) ? setMending(next.event) : setQuery({ tab: "what-if", add: next.event });
  return html`<h3 class="gap">${at.latest ? "May happen next" : "Could have happened next"}</h3>
    <div class="next-list">${
    groups.filter(([, some]) => some.length > 0).map(([by, some]) =>
      html`<p><span class="quiet">${BY[by]}</span>
      <span class="offers">${
        some.map((next) =>
          html`
            <button class=${classes("button", "offer", !proposable(next) && "only-try")} onClick=${() => offer(next)}
              title=${proposable(next) ? "Propose it, with a reason" : "See what it would do"}>${next.event}</button>
          `
        )
      }</span></p>`
    )
  }</div>
    ${
    at.latest && visitor && !visitor.mayMend &&
    html`<p class="quiet">You may look and try, not mend: ${visitor.why}.</p>`
  }
    ${retries}
    ${mending && html`<${Mend} ...${props} event=${mending} onClose=${() => setMending(null)} />`}`;
}

const BY = { client: "the customer", operator: "an operator", internal: "other actors" };

function Retries(props) {
  const [effect, setEffect] = useState(null);
  const activities = props.at.open.filter(({ kind }) => kind === "activity");
  if (activities.length === 0) return null;
  return html`
    <div class="next-list">
      <p><span class="quiet">activities</span><span class="offers">${activities.map((activity) =>
        html`
          <button class="button"
            onClick=${() => setEffect(activity)}>Retry ${activity.what} now</button>
        `
      )}</span></p>
    </div>
        ${effect && html`<${Mend} ...${props} effect=${effect} onClose=${() => setEffect(null)} />`}
  `;
}

function Related({ actor }) {
  const related = actor.related ?? [];
  if (related.length === 0 && !actor.parent) return null;
  return html`
    <h3 class="gap">Belongs with</h3>
    <ul class="open-list">
        ${actor.parent &&
          html`<li><span class="sign" aria-hidden="true">↑</span><span class="grow"><${Stream} stream=${
            actor.parent.stream ?? actor.parent
          } /></span><span class="quiet">parent</span></li>`}
        ${related.map(({ stream, why }) =>
          html`<li><span class="sign" aria-hidden="true">↔</span><span class="grow"><${Stream} stream=${stream} /></span><span class="quiet">${why}</span></li>`
        )}
      </ul>
  `;
}
