/** The contract as text, what is noted of each operation, and the page to try it on. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RequestHead, RequestOutcome } from "../../../src/api/requests.ts";
import { type GraphQLShop, startGraphQLShop } from "../../support/graphql-shop.ts";

let graphql: GraphQLShop;
const observed: (RequestHead & RequestOutcome)[] = [];
beforeAll(async () => {
  graphql = await startGraphQLShop({
    async observe(head, work) {
      observed.push({ ...head, ...await work("0af7651916cd43dd8448eb211c80319c") });
    },
  });
});
afterAll(() => graphql.stop());

test("the schema is the one that is published; `vitest run -u` publishes a new one", async () => {
  const { data } = await graphql.ask("{ _service { sdl } }");
  await expect(data._service.sdl).toMatchFileSnapshot("../../../docs/schema.graphql");
});

test("each operation is observed by what it is, never by what a stranger calls it", async () => {
  observed.length = 0;
  await graphql.ask("query MadeUp { evil: customers { totalCount } }");
  const { errors: [error] } = await graphql.ask("{ nothing }");
  await graphql.ask('mutation { cancelOrder(input: { orderId: "a" }) { userErrors { code } } }');
  await graphql.ask('{ order(id: "a") { id } }');
  expect(observed.map(({ route, status, failed }) => ({ route, status, failed }))).toEqual([
    { route: "query customers", status: "ok", failed: false },
    { route: "unreadable", status: "UNKNOWN_FIELD", failed: false },
    { route: "mutation cancelOrder", status: "ok", failed: false },
    { route: "query order", status: "MALFORMED", failed: false },
  ]);
  expect(error?.extensions["traceId"]).toBe("0af7651916cd43dd8448eb211c80319c");
});

test("a browser gets GraphiQL, whole, and may load nothing else", async () => {
  const response = await fetch(graphql.url, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
  const html = await response.text();
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const policy = response.headers.get("content-security-policy")!;
  for (const [, script] of html.matchAll(/<script>([\s\S]*?)<\/script>/g)) {
    expect(policy).toContain(`'sha256-${createHash("sha256").update(script!).digest("base64")}'`);
  }
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:/);
  expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)="(https?:)?\/\//);
});

test("every other path is somebody else's", async () => {
  expect(await (await fetch(new URL("/graphql/more", graphql.url))).text()).toBe("others");
});
