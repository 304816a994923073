/** What a page shows when it has nothing to show yet, nothing at all, or a failure. */
import { html } from "../dom.js";

export function Loading({ lines = 6 }) {
  return html`<div class="loading" role="status"><span class="unseen">Loading</span>
    ${Array.from({ length: lines }, () => html`<div class="bone"></div>`)}
  </div>`;
}

export function Empty({ title, children }) {
  return html`
    <div class="empty">
      <div class="mark" aria-hidden="true"></div>
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
    ${again && html`<button class="button" onClick=${again}>Try again</button>`}
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
