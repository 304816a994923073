import { html } from "../dom.js";

/** @param {{ caption: string, head: string[], rows: any[][], numbers?: number[] }} table `numbers`: columns set right */
export function Table({ caption, head, rows, numbers = [], label = true }) {
  const side = (index) => (numbers.includes(index) ? "number" : "");
  return html`
    <div class="table" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class=${label ? "" : "unseen"}>${caption}</caption>
        <thead>
          <tr>${head.map((name, index) => html`<th scope="col" class=${side(index)}>${name}</th>`)}</tr>
        </thead>
        <tbody>${rows.map((cells) =>
          html`<tr>${cells.map((cell, index) => html`<td class=${side(index)}>${cell}</td>`)}</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}
