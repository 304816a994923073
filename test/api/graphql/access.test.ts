/** With somebody at the door: who sends nothing, a customer, another one, and the shop's staff. */
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createAuditTrail } from "../../../src/api/access/audit.ts";
import { silentLogger } from "../../../src/kernel/logger.ts";
import { createMemoryAudit } from "../../../src/store/memory/memory-audit.ts";
import { createAccess } from "../../../src/api/access.ts";
import type { Principal } from "../../../src/api/access/principal.ts";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import { type GraphQLShop, startGraphQLShop } from "../../support/graphql-shop.ts";
import { shopClient } from "../../support/shop-client.ts";

let graphql: GraphQLShop;
let orderId: string;
const principals = new Map<string, Principal>();
const as = (secret: string) => ({ authorization: `Bearer ${secret}` });

beforeAll(async () => {
  graphql = await startGraphQLShop({
    with: (own) =>
      createAccess({
        authenticator: {
          async principalOf(secret) {
            const principal = principals.get(secret);
            if (principal) return principal;
            throw new StatewrightError("UNAUTHENTICATED", "Nobody known");
          },
        },
        requestsPerSecond: 1_000,
        clock: own.clock,
        audit: createAuditTrail(createMemoryAudit(own.clock), silentLogger),
      }).guarded(own),
  });
  const rest = shopClient(graphql.shop.url);
  const [ada, bob, product] = await Promise.all([rest.customer(), rest.customer(), rest.product("500", 100)]);
  principals.set("ada", { id: "key:ada", role: "customer", customerId: ada });
  principals.set("bob", { id: "key:bob", role: "customer", customerId: bob });
  principals.set("staff", { id: "key:staff", role: "operator" });
  ({ body: { id: orderId } } = await rest.place(ada, { [product]: 1 }));
  await rest.reaches(orderId, "confirmed");
});
afterAll(() => graphql.stop());

const ORDER = "query($id: ID!) { order(id: $id) { orderId allowedActions customer { name orders { orderId } } } }";
const WATCH = "subscription($id: ID!) { orderUpdated(id: $id) { newStatus order { orderId } } }";

test("who says nothing is asked to, and a made-up key is no better", async () => {
  for (const headers of [{}, as("mallory")]) {
    const { status, data, errors, headers: answered } = await graphql.ask(ORDER, { id: orderId }, headers);
    expect({ status, data, code: errors[0]?.extensions["code"] }).toEqual({ status: 401, code: "UNAUTHENTICATED" });
    expect(answered.get("www-authenticate")).toMatch(/^Bearer/);
  }
});

test("a customer sees their own, and asks no more of it than is theirs", async () => {
  const { data, errors } = await graphql.ask(ORDER, { id: orderId }, as("ada"));
  expect(errors).toEqual([]);
  expect(data.order).toMatchObject({ orderId, customer: { orders: [{ orderId }] } });
  expect(data.order.allowedActions).not.toContain("SHIP");
  const { data: { orders } } = await graphql.ask("{ orders { totalCount } }", {}, as("bob"));
  expect(orders.totalCount).toBe(0);
});

test.each([
  [ORDER, "order"],
  ["query($id: ID!) { orderDetails(id: $id) { orderId } }", "orderDetails"],
  [
    'query($id: ID!) { _entities(representations: [{ __typename: "Order", orderId: $id }]) { __typename } }',
    "_entities",
  ],
])("to another customer it is not there: %s", async (query) => {
  const { status, errors } = await graphql.ask(query, { id: orderId }, as("bob"));
  expect({ status, code: errors[0]?.extensions["code"] }).toEqual({ status: 200, code: "NOT_FOUND" });
});

test("what is for staff is for staff, also under another name beside what is not", async () => {
  for (
    const query of ["{ interventions { totalCount } }", "{ a: products { totalCount } b: customers { totalCount } }"]
  ) {
    const { errors } = await graphql.ask(query, {}, as("ada"));
    expect(errors.map(({ extensions }) => extensions["code"])).toEqual(["FORBIDDEN"]);
    expect((await graphql.ask(query, {}, as("staff"))).errors).toEqual([]);
  }
  const ship = "mutation($id: ID!) { shipOrder(input: { orderId: $id }) { userErrors { code } } }";
  expect((await graphql.ask(ship, { id: orderId }, as("ada"))).errors[0]?.extensions["code"]).toBe("FORBIDDEN");
});

test("streams stay in the name of who opened them", async () => {
  const watched = async (authorization: string | undefined): Promise<unknown> => {
    const client = createClient({
      url: graphql.url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      ...(authorization !== undefined && { connectionParams: { authorization } }),
    });
    try {
      const updates = client.iterate<{ orderUpdated: { newStatus: string } }>({
        query: WATCH,
        variables: { id: orderId },
      });
      for await (const { data, errors } of updates) {
        if (errors) return errors[0]!.extensions!["code"];
        if (data!.orderUpdated.newStatus === "CONFIRMED") return "CONFIRMED";
      }
    } catch (thrown) {
      return (thrown as { extensions: { code: string } }[])[0]!.extensions.code;
    } finally {
      await client.dispose();
    }
    return "complete";
  };
  expect(await watched("Bearer ada")).toBe("CONFIRMED");
  expect(await watched("Bearer bob")).toBe("NOT_FOUND");
  expect(await watched(undefined)).toBe("UNAUTHENTICATED");
  const response = await fetch(graphql.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", ...as("ada") },
    body: JSON.stringify({ query: WATCH, variables: { id: orderId } }),
  });
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("CONFIRMED") || text.includes("errors")) break;
  }
  expect(text).toContain(`{"newStatus":"CONFIRMED","order":{"orderId":"${orderId}"}}`);
});
