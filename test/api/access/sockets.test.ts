/** graphql-ws with somebody at the door: tokens and keys, in the head of the socket or in its first message. */
import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { registerCustomer } from "../../../src/shop/customers/customer.ts";
import { type GuardedShop, startGuardedShop } from "../../support/guarded-shop.ts";
import { ADDRESS } from "../../support/shop-client.ts";

const WATCH = "subscription($id: ID!) { orderUpdated(id: $id) { event } }";
const MINE = "{ orders { totalCount edges { node { orderId } } } }";

type Who = "ada" | "bob";

let guarded: GuardedShop;
const orders = { ada: "", bob: "" };
beforeAll(async () => {
  guarded = await startGuardedShop();
  const product = { name: "Cup", price: { amount: "100", currency: "EUR" }, stock: 100 };
  const { id: productId } = await post("operator", "/v1/products", product);
  for (const name of ["ada", "bob"] as const) {
    const customerId = guarded.customerIds[name];
    await registerCustomer(guarded.shop.runtime, { name, email: `${name}@example.com` }, { customerId });
    const cart = { customerId, items: [{ productId, quantity: 1 }], shippingAddress: ADDRESS };
    orders[name] = (await post(name, "/v1/orders", cart)).id;
  }
});
afterAll(() => guarded.stop());

async function post(who: Who | "operator", path: string, body: object): Promise<{ id: string }> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${guarded.keys[who]}` };
  const answer = await fetch(`${guarded.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return await answer.json() as { id: string };
}

interface Said {
  /** In the first message (`connection_init`). */
  readonly params?: Record<string, unknown>;
  /** In the head of the request that opens the socket, which browsers cannot send. */
  readonly headers?: Record<string, string>;
}

/** The first answer, or the code of what it was refused with. */
async function first({ params, headers = {} }: Said, query: string, variables = {}): Promise<unknown> {
  class Socket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers });
    }
  }
  const client = createClient({
    url: `${guarded.url.replace("http", "ws")}/graphql`,
    webSocketImpl: Socket,
    retryAttempts: 0,
    ...(params && { connectionParams: params }),
  });
  try {
    for await (const { data, errors } of client.iterate({ query, variables })) {
      return errors ? errors[0]!.extensions!["code"] : data;
    }
    return "complete";
  } catch (thrown) {
    return (thrown as { extensions?: { code: string } }[])[0]?.extensions?.code;
  } finally {
    await client.dispose();
  }
}

const token = (claims: Record<string, unknown> = {}) =>
  guarded.issuer.token({ role: "customer", customer_id: guarded.customerIds.ada, ...claims });
const inAMinute = (minutes: number) => Math.floor(Date.now() / 1_000) + minutes * 60;

test.each<[string, () => Promise<Said>]>([
  ["a token in the first message", async () => ({ params: { authorization: `Bearer ${await token()}` } })],
  ["a token in the head", async () => ({ headers: { authorization: `Bearer ${await token()}` } })],
  ["a key in the first message", async () => ({ params: { apiKey: guarded.keys.ada } })],
  ["a key in the head", async () => ({ headers: { "x-api-key": guarded.keys.ada } })],
])("%s: Ada sees hers, and Bob's is not there", async (_, say) => {
  const said = await say();
  expect(await first(said, MINE)).toEqual({ orders: { totalCount: 1, edges: [{ node: { orderId: orders.ada } }] } });
  expect(await first(said, WATCH, { id: orders.ada })).toEqual({ orderUpdated: { event: "OrderPlaced" } });
  expect(await first(said, WATCH, { id: orders.bob })).toBe("NOT_FOUND");
});

test.each<[string, () => Promise<Said>]>([
  ["nothing", async () => ({})],
  ["a key that nobody has", async () => ({ params: { apiKey: "sw_unknown" } })],
  ["a key that is no text", async () => ({ params: { apiKey: { key: 1 } } })],
  ["another scheme", async () => ({ params: { authorization: `Basic ${await token()}` } })],
  [
    "a token that has expired",
    async () => ({ params: { authorization: `Bearer ${await token({ exp: inAMinute(-1) })}` } }),
  ],
  ["a token for later", async () => ({ params: { authorization: `Bearer ${await token({ nbf: inAMinute(5) })}` } })],
  [
    "a token for somebody else's shop",
    async () => ({ headers: { authorization: `Bearer ${await token({ aud: "x" })}` } }),
  ],
])("%s: refused, whatever is asked", async (_, say) => {
  const said = await say();
  expect(await first(said, MINE)).toBe("UNAUTHENTICATED");
  expect(await first(said, WATCH, { id: orders.ada })).toBe("UNAUTHENTICATED");
});

test("what is the staff's is refused on a socket too", async () => {
  const said = { params: { apiKey: guarded.keys.ada } };
  expect(await first(said, "{ interventions { totalCount } }")).toBe("FORBIDDEN");
  const ship = "mutation($id: ID!) { shipOrder(input: { orderId: $id }) { userErrors { code } } }";
  expect(await first(said, ship, { id: orders.ada })).toBe("FORBIDDEN");
});
