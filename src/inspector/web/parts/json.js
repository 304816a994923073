/** Any JSON value as a tree that opens and closes. */
import { html } from "../dom.js";

export function Json({ value, open = 2 }) {
  return html`<div class="json data">${node(value, open)}</div>`;
}

function node(value, open) {
  if (value === null || typeof value !== "object") return scalar(value);
  const entries = Object.entries(value);
  const array = Array.isArray(value);
  if (entries.length === 0) return html`<span class="quiet">${array ? "[ ]" : "{ }"}</span>`;
  return html`<ul>${
    entries.map(([name, child]) => {
      const key = html`<span class="key">${name}</span>`;
      const plain = child === null || typeof child !== "object" || Object.keys(child).length === 0;
      if (plain) return html`<li>${key} ${node(child, open - 1)}</li>`;
      const size = Array.isArray(child) ? `[${child.length}]` : "";
      return html`
        <li>
          <details open=${open > 0}><summary>${key} <span class="quiet">${size}</span></summary>${node(
            child,
            open - 1,
          )}</details>
        </li>
      `;
    })
  }</ul>`;
}

function scalar(value) {
  if (value === "") return html`<span class="quiet">""</span>`;
  const type = value === null ? "null" : typeof value;
  return html`<span class=${`value ${type}`}>${typeof value === "string" ? value : JSON.stringify(value)}</span>`;
}
