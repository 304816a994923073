/** GraphiQL, served from here: the page loads nothing from anywhere else. */
import { createHash } from "node:crypto";
import { SECURE_HEADERS } from "../secure-headers.ts";

const SCRIPT = /<script>([\s\S]*?)<\/script>/g;

const WELCOME = `# Orders, newest first. Ctrl-Enter runs it; the schema is on the left.
query Orders {
  orders(first: 10) {
    totalCount
    edges { node { orderId status customer { name email } items { product { name } quantity } total { amount currency } } }
  }
}
`;

interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

let page: Promise<Page> | undefined;

/** True for a browser that was sent here by its user, and not by a query. */
export function wantsPage({ method, headers, url }: Request): boolean {
  return method === "GET" && /\btext\/html\b/.test(headers.get("accept") ?? "") && new URL(url).search === "";
}

export async function graphiqlPage(): Promise<Response> {
  const { html, headers } = await (page ??= render());
  return new Response(html, { headers });
}

/** Nine megabytes, made when the first one asks. */
async function render(): Promise<Page> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const html = renderGraphiQL({
    title: "Statewright GraphiQL",
    endpoint: "/graphql",
    subscriptionsProtocol: "SSE",
    defaultQuery: WELCOME,
  });
  const hashes = [...html.matchAll(SCRIPT)].map(([, script]) =>
    `'sha256-${createHash("sha256").update(script!).digest("base64")}'`
  );
  return {
    html,
    headers: {
      ...SECURE_HEADERS,
      "content-type": "text/html; charset=utf-8",
      // Its editor styles by attribute and works in workers that it makes itself.
      "content-security-policy":
        `default-src 'none'; script-src ${
          hashes.join(" ")
        }; style-src 'unsafe-inline'; worker-src blob:; connect-src 'self'; img-src 'self' data:; font-src data:; ` +
        `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    },
  };
}
