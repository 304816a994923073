/** Small signs that look the same everywhere. Never colour alone: each has its own shape, and text beside or in it. */
import { classes, html } from "../dom.js";
import { exact, leaf, relative, shortId, shortStream } from "../format.js";
import { useNow } from "../live.js";
import { actorPage } from "../router.js";
import { useState } from "../vendor/hooks.js";

/** How a state stands, by its name, its machine's tags and the actor's status. */
export function toneOf(state, tags = [], status = "active") {
  const said = [state, ...tags].join(" ");
  if (/intervention|failed|error|refused/i.test(said) || status === "error") return "negative";
  if (/compensat|cancelling|refunding|releasing/i.test(said)) return "warning";
  if (/cancelled|declined|denied|voided|discontinued|closed/i.test(said)) return "over";
  if (/delivered|captured|shipped|confirmed|refunded|ready|listed/i.test(said) || status === "done") return "positive";
  return "accent";
}

const SIGNS = { negative: "▲", warning: "↺", over: "◼", positive: "✓", accent: "●" };

export function StateName({ state, tags, status, whole = false }) {
  const tone = toneOf(state, tags, status);
  return html`<span class=${`state-name ${tone}`} title=${state}>
    <span aria-hidden="true">${SIGNS[tone]}</span>${whole ? state || "—" : leaf(state)}
  </span>`;
}

/** What an event is: proposed (solid), a fact from another actor (ring), a time-out (dotted), an outcome, a failure. */
export function Kind({ kind, compensating }) {
  return html`<span class=${
    classes("kind", kind, compensating && "compensating")
  } title=${kind} role="img" aria-label=${kind}></span>`;
}

export function Time({ at, now }) {
  return html`<time class="quiet" datetime=${new Date(at).toISOString()} title=${exact(at)}>${
    relative(at, now)
  }</time>`;
}

/** A time that goes on. */
export function Ago({ at }) {
  const now = useNow();
  return html`<${Time} at=${at} now=${now} />`;
}

/** An actor's address as a link. */
export function Stream({ stream, version }) {
  return html`<a class="data" href=${actorPage(stream, version)} title=${stream}>${shortStream(stream)}${
    version ? html`<span class="quiet"> v${version}</span>` : null
  }</a>`;
}

/** Text that a click copies. */
export function Copied({ text, label, children }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return html`<button class="copy data" onClick=${copy} title=${`Copy ${text}`} aria-label=${label}>
    ${children ?? shortId(text)}<span class="done" role="status">${done ? "copied" : ""}</span>
  </button>`;
}
