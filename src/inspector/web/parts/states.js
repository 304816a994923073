/** What a page shows when it has nothing to show yet, nothing at all, or a failure. */
import { html } from "../dom.js";

export function Loading({ lines = 6 }) {
  return html`<div class="loading" role="status"><span class="unseen">Loading</span>
    ${Array.from({ length: lines }, () => html`<div class="bone"></div>`)}
  </div>`;
}

/** @param {{ title: string, sign?: string, children: any }} props `sign`: what stands in the empty box; ✓ for good news */
export function Empty({ title, sign, children }) {
  return html`
    <div class="empty">
      <div class="mark" aria-hidden="true">${sign}</div>
      <h2>${title}</h2>
      <p>${children}</p>
    </div>
  `;
}

export function Failed({ error, again }) {
  return html`<div class="empty failed" role="alert">
    <div class="mark" aria-hidden="true">✕</div>
    <h2>${error.title ?? "Something failed"}</h2>
    <p>${error.message}</p>
    ${error.status === 404 && html`<p><a href="./">Go to the overview</a>, or press <kbd>/</kbd> to search.</p>`}
    ${again && error.status !== 404 && html`<button class="button" onClick=${again}>Try again</button>`}
  </div>`;
}

/** `children(data)` once there is data; else what is there to say. */
export function Loaded({ of, children, lines }) {
  if (of.data === undefined) {
    return of.error ? html`<${Failed} error=${of.error} again=${of.again} />` : html`<${Loading} lines=${lines} />`;
  }
  return html`${of.error && html`<p class="stale" role="status">This may be old: ${of.error.message}</p>`}${
    children(of.data)
  }`;
}
