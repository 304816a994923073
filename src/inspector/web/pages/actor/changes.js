/** What is different from an earlier version: the one before, or any. */
import { useLoad } from "../../api.js";
import { html } from "../../dom.js";
import { Loaded } from "../../parts/states.js";
import { actorApi, setQuery } from "../../router.js";

const SIGNS = { add: "+", remove: "−", change: "~" };

export function Changes({ type, id, version, history, query }) {
  const against = Number(query.get("against") ?? version - 1);
  const from = Math.max(0, Math.min(against, version));
  const diff = useLoad(`${actorApi(type, id)}/diff/${from}/${version}`, { fixed: true });
  return html`
    <label class="pick">Since<select onChange=${(e) => setQuery({ against: e.target.value })}>
      <option value="" selected=${!query.has("against")}>the event before</option>
      <option value="0" selected=${query.get("against") === "0"}>nothing</option>
      ${history.rows.slice(0, Math.min(version - 1, 200)).map((row) =>
        html`
          <option value=${row.version}
            selected=${query.get("against") === String(row.version)}>v${row.version} ${row.type}</option>
        `
      )}
    </select></label>
    <${Loaded} of=${diff}>${({ changes }) =>
      changes.length === 0
        ? html`<p class="quiet gap">Nothing changed: neither the state nor the context.</p>`
        : html`<ul class="diff">${
          changes.map((change) =>
            html`<li class=${change.op}>
      <p class="where data"><span class="sign" aria-label=${change.op}>${SIGNS[change.op]}</span>${
              change.path.replace(/^\/context\//, "").replaceAll("/", " › ").replace(/^ › /, "")
            }</p>
      ${
              change.op !== "add" &&
              html`<p class="before data"><span class="unseen">before </span>${text(change.before)}</p>`
            }
      ${
              change.op !== "remove" &&
              html`<p class="after data"><span class="unseen">after </span>${text(change.after)}</p>`
            }
    </li>`
          )
        }</ul>`}<//>
  `;
}

const text = (value) => typeof value === "string" ? value : JSON.stringify(value, null, 1);
