/** Pages for people: plain documents that need nothing but themselves. */
import { createHash } from "node:crypto";
import { html, raw } from "hono/html";

type Html = ReturnType<typeof raw>;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
ol, ul { margin: 0; padding-left: 1.5rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; white-space: pre-wrap; }
summary { cursor: pointer; padding: .2rem 0; }
nav { margin-bottom: 1rem; }
nav a { margin-right: 1rem; }
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
    <nav><a href="/v1/orders">Orders</a><a href="/v1/products">Products</a><a href="/v1/customers">Customers</a><a
    href="/docs">API</a><a href="/problems">Problems</a></nav>
    <h1>${title}</h1>
    ${body}
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
