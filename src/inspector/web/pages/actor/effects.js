import { html } from "../../dom.js";
import { Stream } from "../../parts/marks.js";
import { Json } from "../../parts/json.js";

const SIGNS = { message: "→", timer: "◷", activity: "⚙", child: "◫", emit: "◦", close: "✕" };

/** What an event asked for; each opens to its whole. */
export function Effects({ effects, undoing }) {
  return html`<ul class="effect-list">${
    effects.map((effect) =>
      html`
        <li>
          <details>
            <summary><span class="sign" aria-hidden="true">${undoing ? "↺" : SIGNS[effect.kind] ?? "·"}</span>
              <span><span class="unseen">${effect.kind} </span>${said(effect)}</span></summary>
            ${typeof effect.to === "string" && /^[a-z]\w*\//.test(effect.to) &&
              html`<p class="quiet">to <${Stream} stream=${effect.to} /></p>`}
            <${Json} value=${effect} open=${1} /></details>
        </li>
      `
    )
  }</ul>`;
}

/** `ReservationRequested → stock/0199…` without the long id. */
const said = ({ what, kind }) => (what ?? kind).replace(/(\/[0-9a-f]{4})[0-9a-f-]{24,}([0-9a-f]{4})/, "$1…$2");
