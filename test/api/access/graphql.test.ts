/** GraphQL keeps the same rules: by its roots' fields, and by whose things its loaders find. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { registerCustomer } from "../../../src/shop/customers/customer.ts";
import { eventually } from "../../support/eventually.ts";
import { type GuardedShop, startGuardedShop } from "../../support/guarded-shop.ts";
import { ADDRESS } from "../../support/shop-client.ts";

type Who = keyof GuardedShop["keys"];

let guarded: GuardedShop;
const orders = { ada: "", bob: "" };
const UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057";

beforeAll(async () => {
  guarded = await startGuardedShop();
  const product = { name: "Cup", price: { amount: "100", currency: "EUR" }, stock: 1_000 };
  const { data } = await ask(
    "operator",
    "mutation($input: CreateProductInput!) { createProduct(input: $input) { product { productId } userErrors { code } } }",
    { input: product },
  );
  for (const name of ["ada", "bob"] as const) {
    const customerId = guarded.customerIds[name];
    await registerCustomer(guarded.shop.runtime, { name, email: `${name}@example.com` }, { customerId });
    const items = [{ productId: data.createProduct.product.productId, quantity: 1 }];
    const placed = await ask(
      name,
      "mutation($input: CreateOrderInput!) { createOrder(input: $input) { order { orderId } userErrors { code message } } }",
      { input: { customerId, items, shippingAddress: ADDRESS } },
    );
    orders[name] = placed.data.createOrder.order.orderId;
    await eventually(async () => {
      const { data } = await ask(name, "query($id: ID!) { order(id: $id) { status } }", { id: orders[name] });
      expect(data.order.status).toBe("CONFIRMED");
    });
  }
});
afterAll(() => guarded.stop());

async function ask(who: Who | undefined, query: string, variables: object = {}) {
  const answer = await fetch(`${guarded.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
      ...(who && { authorization: `Bearer ${guarded.keys[who]}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors = [] } = await answer.json() as { data: ReturnType<typeof JSON.parse>; errors?: ErrorLike[] };
  return { status: answer.status, data, code: errors[0]?.extensions.code };
}

interface ErrorLike {
  readonly extensions: { readonly code: string };
}

test("without a token it is 401", async () => {
  expect(await ask(undefined, "{ products { totalCount } }")).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
});

test.each<[string, string]>([
  [
    "an order",
    "query($order: ID!, $customer: ID!) { order(id: $order) { state } customer(id: $customer) @skip(if: true) { name } }",
  ],
  [
    "an order's past",
    "query($order: ID!, $customer: ID!) { order(id: $order, atVersion: 1) { state } customer(id: $customer) @skip(if: true) { name } }",
  ],
  [
    "a customer",
    "query($order: ID!, $customer: ID!) { customer(id: $customer) { name } order(id: $order) @skip(if: true) { state } }",
  ],
  [
    "a customer's orders",
    "query($order: ID!, $customer: ID!) { orders(customerId: $customer) { totalCount } order(id: $order) @skip(if: true) { state } }",
  ],
  [
    "order details",
    "query($order: ID!, $customer: ID!) { orderDetails(id: $order) { status } customer(id: $customer) @skip(if: true) { name } }",
  ],
])("%s of Bob's does not exist for Ada", async (_, query) => {
  const others = await ask("ada", query, { order: orders.bob, customer: guarded.customerIds.bob });
  expect(others).toEqual(await ask("ada", query, { order: UNKNOWN, customer: UNKNOWN }));
  expect(others.code).toBe("NOT_FOUND");
  expect((await ask("operator", query, { order: orders.bob, customer: guarded.customerIds.bob })).code).toBeUndefined();
});

test("entities of a gateway are Ada's own", async () => {
  const query =
    "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { name } ... on Order { state } } }";
  const customers = { __typename: "Customer", customerId: guarded.customerIds.bob };
  const { data } = await ask("ada", query, { r: [customers, { __typename: "Order", orderId: orders.bob }] });
  expect(JSON.stringify(data ?? {})).not.toMatch(/bob|confirmed/);
});

test("her list has her orders, with what she may ask", async () => {
  const { data } = await ask(
    "ada",
    "{ orders { totalCount edges { node { orderId allowedActions customer { name } } } } }",
  );
  expect(data.orders).toEqual({
    totalCount: 1,
    edges: [{
      node: { orderId: orders.ada, allowedActions: ["CHANGE_SHIPPING_ADDRESS", "CANCEL"], customer: { name: "ada" } },
    }],
  });
});

test.each([
  ["customers", "{ customers { totalCount } }"],
  ["interventions", "{ interventions { totalCount } }"],
  ["shipping", `mutation { shipOrder(input: { orderId: "${UNKNOWN}" }) { userErrors { code } } }`],
])("%s is for the staff", async (_, query) => {
  expect((await ask("ada", query)).code).toBe("FORBIDDEN");
});

test("a subscription stays in the name of who asked for it", async () => {
  const query = "subscription($id: ID!) { orderUpdated(id: $id) { event order { orderId } } }";
  const heard = async (id: string) => {
    const end = new AbortController();
    const answer = await fetch(`${guarded.url}/graphql`, {
      method: "POST",
      signal: end.signal,
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        authorization: `Bearer ${guarded.keys.ada}`,
      },
      body: JSON.stringify({ query, variables: { id } }),
    });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!/"event"|"errors"/.test(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    end.abort();
    return text;
  };
  expect(await heard(orders.ada)).toContain(`"OrderPlaced","order":{"orderId":"${orders.ada}"`);
  expect(await heard(orders.bob)).toContain("NOT_FOUND");
});
