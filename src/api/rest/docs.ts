/** `/openapi.json`, and the same to be read at `/docs`. */
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import { PAGE_HEADERS, renderPage } from "../page.ts";
import { answerJson } from "./answer.ts";
import { describeApi } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import { OPERATIONS } from "./operations-table.ts";
import { resource } from "./resource.ts";
import { respond } from "./respond.ts";

export function docsRoutes(app: Hono): void {
  // Made once, when first asked for: schemas into JSON takes a while.
  let description: ReturnType<typeof describeApi> | undefined;
  const describe = () => description ??= describeApi();
  resource(app, "/openapi.json", { get: (c) => answerJson(c, 200, describe()) });
  resource(app, "/docs", { get: (c) => page(c, describe()) });
}

function page(c: Context, description: ReturnType<typeof describeApi>): Response {
  const { schemas } = description["components"] as { schemas: Record<string, object> };
  const tags = [...new Set(Object.values(OPERATIONS).map(({ tag }) => tag))];
  const text = renderPage(
    "The API",
    html`<p>The same for machines: <a href="/openapi.json">openapi.json</a>. What goes wrong is one of
the <a href="/problems">problems</a>.</p>
${
      tags.map((tag) =>
        html`<h2>${tag}</h2>${
          Object.entries(OPERATIONS).filter(([, operation]) => operation.tag === tag)
            .map(([name, operation]) => described(name, operation))
        }`
      )
    }
<h2>Schemas</h2>
${
      Object.entries(schemas).map(([name, schema]) =>
        html`
          <details id="${name}">
            <summary>${name}</summary>
            <pre>${JSON.stringify(schema, null, 2)}</pre>
          </details>
        `
      )
    }`,
  );
  return respond(c, 200, text, PAGE_HEADERS);
}

function described(name: string, { summary, query = {}, body, answers }: Operation) {
  const shapes = Object.entries(answers).map(([status, shape]) =>
    html`
      ${status} ${linked(shape)}
    `
  );
  const parameters = Object.entries(query).map(([parameter, meaning]) =>
    html`<li><code>${parameter}</code> ${meaning}</li>`
  );
  return html`
    <details>
      <summary><code>${name}</code> ${summary}</summary>
      <table>${body
        ? html`
          <tr>
            <th>Body</th>
            <td>${linked(body)}</td>
          </tr>
        `
        : ""}
    ${parameters.length > 0
      ? html`
        <tr>
          <th>Query</th>
          <td>
            <ul>${parameters}</ul>
          </td>
        </tr>
      `
      : ""}
    <tr><th>Answers</th><td>${shapes}</td></tr></table>
    </details>
  `;
}

function linked(shape: string | null) {
  return shape !== null && /^[A-Z][a-z]/.test(shape) ? html`<a href="#${shape}">${shape}</a>` : html`${shape ?? ""}`;
}
