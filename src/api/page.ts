/** Pages for people: plain documents that need nothing but themselves. */
import { createHash } from "node:crypto";
import { html, raw } from "hono/html";

type Html = ReturnType<typeof raw>;

/** The inspector's look, in few words. */
const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f6f3, #101216); --surface: light-dark(#fff, #171a1f); --line: light-dark(#e2e2dd, #2a2e36);
  --ink: light-dark(#1c1e22, #e7e9ed); --quiet: light-dark(#585d67, #a0a6b1); --accent: light-dark(#2955c4, #8fb0ff);
}
body { margin: 0; background: var(--page); color: var(--ink); font: 13px/1.5 system-ui, sans-serif; }
nav { display: flex; flex-wrap: wrap; gap: 0 20px; padding: 11px 24px; background: var(--surface); border-bottom: 1px solid var(--line); }
nav a { color: var(--quiet); text-decoration: none; }
nav a:hover { color: var(--ink); }
nav a:first-child { color: var(--ink); font-weight: 600; }
main { max-width: 1000px; margin: 0 auto; padding: 24px 24px 64px; }
a { color: var(--accent); text-underline-offset: 3px; }
h1 { margin: 0 0 16px; font-size: 20px; font-weight: 600; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 32px 0 8px; font-size: 15px; font-weight: 600; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
main > table { width: 100%; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; border-spacing: 0; border-collapse: separate; }
main > table > tbody > tr + tr > * { border-top: 1px solid var(--line); }
main > table > tbody > tr > * { padding: 6px 16px; }
th, td { padding: 2px 16px 2px 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 500; color: var(--quiet); white-space: nowrap; }
ol, ul { margin: 0; padding-left: 20px; }
code, pre { font: 12px/1.5 ui-monospace, monospace; white-space: pre-wrap; }
details { border-bottom: 1px solid var(--line); }
summary code { margin-right: 12px; }
summary { padding: 5px 0; cursor: pointer; }
`;

/** To be sent with each page: it may show its own style, and load and run nothing. */
export const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${
    createHash("sha256").update(STYLE).digest("base64")
  }'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
} as const;

/** A whole document. Text in `html` templates is escaped; only what they made themselves may come in as `body`. */
export function renderPage(title: string, body: Html | Promise<Html>): string {
  return String(html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <nav><a href="/inspect/">Statewright</a><a href="/v1/orders">Orders</a><a href="/v1/products">Products</a><a href="/v1/customers">Customers</a><a
    href="/docs">API</a><a href="/problems">Problems</a></nav>
        <main>
    <h1>${title}</h1>
    ${body}
        </main>
      </body>
    </html>
  `);
}

/** Any JSON value as nested tables and lists. Addresses on this server are links. */
export function renderValue(value: unknown): Html {
  if (Array.isArray(value)) {
    return value.length === 0
      ? raw("–")
      : markup(html`<ol>${value.map((each) => html`<li>${renderValue(each)}</li>`)}</ol>`);
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return renderTable(fields.map(([name, field]) => [name, renderValue(field)]));
  }
  if (value === null || value === undefined) return raw("–");
  const text = String(value);
  return /^\/[A-Za-z0-9]/.test(text) ? markup(html`<a href="${text}">${text}</a>`) : markup(html`${text}`);
}

/** Rows of cells; the first of each row names it. Cells are text, or what `html` made. */
export function renderTable(rows: readonly (readonly unknown[])[]): Html {
  const rendered = rows.map(([name, ...cells]) =>
    html`<tr><th>${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`
  );
  return markup(html`<table>${rendered}</table>`);
}

/** Nothing here is asynchronous. */
function markup(made: Html | Promise<Html>): Html {
  return made as Html;
}
