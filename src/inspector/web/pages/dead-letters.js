/** What could not be handled: grouped by reason, tried dry, sent again with a reason. */
import { send, useLoad } from "../api.js";
import { classes, html } from "../dom.js";
import { count, many } from "../format.js";
import { useRefresh } from "../live.js";
import { Dialog } from "../parts/dialog.js";
import { Json } from "../parts/json.js";
import { Ago, Stream } from "../parts/marks.js";
import { Empty, Loaded } from "../parts/states.js";
import { seg } from "../router.js";
import { useState } from "../vendor/hooks.js";
import { Refusal } from "./actor/mend.js";
import { useMore } from "./instances.js";

export function Page({ here: { query } }) {
  const reason = query.get("reason");
  const path = reason ? `dead-letters?reason=${seg(reason)}` : "dead-letters";
  const letters = useLoad(path);
  const { data: visitor } = useLoad("visitor");
  useRefresh(letters.again, undefined, 3_000);
  const { items: more, next, add } = useMore(path, letters.data);
  const [mending, setMending] = useState(null);
  const [chosen, setChosen] = useState(new Set());
  const toggle = (id) =>
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const ids = [...chosen];
  return html`
    <div class="page">
      <h1>Dead letters</h1>
      <p
        class="quiet lead">What nobody could handle after its retries, with the reason. Nothing is lost: it can be sent again.</p>
      <${Loaded} of=${letters}>${({ items, groups, count: all }) =>
        all === 0 && groups.length === 0
          ? html`<${Empty} title="No dead letters" sign="✓">Everything that was sent has been handled.<//>`
          : html`
            <div class="letters">
              <nav class="groups" aria-label="By reason"><a href="dead-letters" aria-current=${reason
                ? undefined
                : "page"}><span>All</span></a>
                    ${groups.map((group) =>
                      html`<a href=${`dead-letters?reason=${seg(group.reason)}`} aria-current=${
                        group.reason === reason ? "page" : undefined
                      }>
          <span>${group.reason}</span><span class="number">${count(group.count)}</span></a>`
                    )}</nav>
              <div><div class="actions"><span class="quiet">${chosen.size > 0
                ? `${many(chosen.size, "letter")} chosen`
                : many(all, "letter")}</span><span class="space"></span>
                    ${visitor && !visitor.mayMend && html`<span class="quiet">Read-only: ${visitor.why}</span>`}
                    ${visitor?.mayMend && chosen.size > 0 && html`
                      <button class="button" onClick=${() => setMending({ ids, act: "dismiss" })}>Dismiss …</button>
                      <button class="button primary" onClick=${() =>
                        setMending({ ids, act: "redrive" })}>Redrive ${count(chosen.size)} …</button>
                    `}
                    ${visitor?.mayMend && chosen.size === 0 && reason &&
                      html`<button class="button primary" onClick=${() =>
                        setMending({ byReason: reason, act: "redrive" })}>Redrive all of this reason …</button>`}
                  </div>
                  <ul class="letter-list">${[...items, ...more].map((letter) =>
                    html`
                      <${Letter} key=${letter.id} letter=${letter}
                        chosen=${chosen.has(letter.id)} onChoose=${() => toggle(letter.id)} mayMend=${visitor
                          ?.mayMend} />
                    `
                  )}</ul>
                  ${next && html`<button class="button more" onClick=${add}>Show more</button>`}</div>
            </div>
          `}<//>
        ${mending && html`<${Redrive} ...${mending} onClose=${() => {
          setMending(null);
          setChosen(new Set());
          letters.again();
        }} />`}
      </div>
  `;
}

function Letter({ letter, chosen, onChoose, mayMend }) {
  return html`<li class=${classes("letter", chosen && "chosen")}>
    ${
    mayMend &&
    html`<input type="checkbox" checked=${chosen} onChange=${onChoose} aria-label=${`Choose letter ${letter.id}`} disabled=${!letter
      .redrivable} />`
  }
    <details><summary><strong>${letter.reason}</strong> ${letter.stream && html`<${Stream} stream=${letter.stream} />`}
      <span class="quiet">${many(letter.attempts, "attempt")}</span><${Ago} at=${letter.at} /></summary>
      ${letter.note && html`<p>${letter.note}</p>`}<p class="quiet">from <span class="data">${letter.source}</span></p>
      <${Json} value=${letter.detail} /></details></li>`;
}

/** First what it would do, then the reason, then it is done. */
function Redrive({ ids, byReason, act, onClose }) {
  const which = ids ? { ids } : { byReason };
  const [reason, setReason] = useState("");
  const [state, setState] = useState({ tried: null, done: null, error: null, busy: false });
  const run = async (dryRun) => {
    setState({ ...state, busy: true, error: null });
    try {
      const body = act === "redrive" ? { ...which, dryRun, reason } : { ...which, reason };
      const answer = await send(`dead-letters/${act}`, body);
      setState({ ...state, [dryRun ? "tried" : "done"]: answer.items, busy: false, error: null });
    } catch (error) {
      setState({ ...state, busy: false, error });
    }
  };
  const { tried, done, error, busy } = state;
  const first = act === "redrive" && tried === null;
  const title = `${act === "redrive" ? "Redrive" : "Dismiss"} ${
    ids ? many(ids.length, "letter") : `all “${byReason}”`
  }`;
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <form class="form" onSubmit=${(e) => {
        e.preventDefault();
        void run(first);
      }}>
        ${!done &&
          html`<label>Why? It is recorded.<textarea rows="2" required maxlength="500" value=${reason} onInput=${(e) =>
            setReason(e.target.value)}></textarea></label>`}
        <${Outcomes} items=${done ?? tried} done=${done !== null} /><${Refusal} error=${error} />
        <footer>${done ? html`<button type="button" class="button primary" onClick=${onClose}>Close</button>` : html`
          <button type="button" class="button" onClick=${onClose}>Cancel</button>
          <button class="button primary" disabled=${busy || reason.trim() === ""}>${first
            ? "Try without sending"
            : act === "redrive"
            ? "Send again"
            : "Dismiss"}</button>
        `}</footer>
      </form>
      <//>
  `;
}

function Outcomes({ items, done }) {
  if (!items) return null;
  return html`
    <div role="status">
      <h3>${done ? "Done" : "It would"}</h3>
      <ul class="outcomes">${items.map(({ id, ok, outcome }) =>
        html`<li class=${ok ? "" : "negative"}>
    <span aria-hidden="true">${ok ? "✓" : "✕"}</span> <span class="data">${id}</span> ${outcome}</li>`
      )}</ul>
    </div>
  `;
}
