/** What can be written: payloads, refusals as data, once for a key, and read back. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/kernel/ids.ts";
import { type GraphQLShop, startGraphQLShop } from "../../support/graphql-shop.ts";
import { ADDRESS, type ShopClient, shopClient } from "../../support/shop-client.ts";

const ERRORS = "userErrors { code message field state event allowedEvents }";
const CREATE = `mutation($input: CreateOrderInput!) { createOrder(input: $input) {
  order { id orderId status version items { quantity } } consistencyToken clientMutationId ${ERRORS}
} }`;
const SHIP = `mutation($input: ShipOrderInput!) { shipOrder(input: $input) {
  order { status trackingNumber } consistencyToken ${ERRORS}
} }`;

let graphql: GraphQLShop;
let rest: ShopClient;
let customerId: string;
let productId: string;
beforeAll(async () => {
  graphql = await startGraphQLShop();
  rest = shopClient(graphql.shop.url);
  [customerId, productId] = await Promise.all([rest.customer(), rest.product("500", 1_000)]);
});
afterAll(() => graphql.stop());

const cart = (more: object = {}) => ({
  customerId,
  items: [{ productId, quantity: 2 }],
  shippingAddress: ADDRESS,
  ...more,
});

async function place(more: object = {}) {
  const { data, errors } = await graphql.ask(CREATE, { input: cart(more) });
  expect(errors).toEqual([]);
  return data.createOrder;
}

const orderCount = async (): Promise<number> => {
  const [row] = await graphql.shop.store.query(
    "select count(*)::text as count from events where type = 'OrderPlaced'",
    [],
  );
  return Number(row?.["count"]);
};

describe("orders", () => {
  test("placed, shipped, delivered; each write can be read at once", async () => {
    const placed = await place();
    expect(placed).toMatchObject({ userErrors: [], order: { items: [{ quantity: 2 }] } });
    const list = await graphql.ask(
      "query($token: String) { orders(first: 1, consistencyToken: $token) { edges { node { orderId } } } }",
      { token: placed.consistencyToken },
    );
    expect(list.data.orders.edges[0].node.orderId).toBe(placed.order.orderId);
    await rest.reaches(placed.order.orderId, "confirmed");
    const shipped = await graphql.ask(SHIP, { input: { orderId: placed.order.id, trackingNumber: "1Z" } });
    expect(shipped.data.shipOrder).toMatchObject({
      order: { status: "SHIPPED", trackingNumber: "1Z" },
      userErrors: [],
    });
    const delivered = await graphql.ask(
      `mutation($input: DeliverOrderInput!) { deliverOrder(input: $input) { order { status allowedActions } ${ERRORS} } }`,
      { input: { orderId: placed.order.orderId } },
    );
    expect(delivered.data.deliverOrder.order).toEqual({ status: "DELIVERED", allowedActions: [] });
  });

  test("what the state forbids is data, with what it allows instead", async () => {
    const { order } = await place();
    await rest.reaches(order.orderId, "confirmed");
    const deliver = await graphql.ask(
      `mutation($input: DeliverOrderInput!) { deliverOrder(input: $input) { order { id } consistencyToken ${ERRORS} } }`,
      { input: { orderId: order.orderId } },
    );
    expect(deliver.status).toBe(200);
    expect(deliver.data.deliverOrder).toMatchObject({
      order: null,
      consistencyToken: null,
      userErrors: [{
        code: "TRANSITION_NOT_ALLOWED",
        state: "confirmed",
        event: "OrderDelivered",
        field: null,
        allowedEvents: expect.arrayContaining(["OrderShipped", "CancellationRequested"]),
      }],
    });
  });

  test("the address changes, and the order is cancelled with a reason", async () => {
    const { order } = await place();
    await rest.reaches(order.orderId, "confirmed");
    const { data } = await graphql.ask(
      `mutation($a: ChangeShippingAddressInput!, $c: CancelOrderInput!) {
        changeShippingAddress(input: $a) { order { shippingAddress { city } } ${ERRORS} }
        cancelOrder(input: $c) { order { status } ${ERRORS} }
      }`,
      {
        a: { orderId: order.orderId, shippingAddress: { ...ADDRESS, city: "Potsdam" } },
        c: { orderId: order.orderId, reason: "changed my mind" },
      },
    );
    expect(data.changeShippingAddress.order.shippingAddress.city).toBe("Potsdam");
    expect(data.cancelOrder.userErrors).toEqual([]);
    await rest.reaches(order.orderId, "cancelled");
  });

  test("an operator's way out, where there is nothing to get out of", async () => {
    const { order } = await place();
    await rest.reaches(order.orderId, "confirmed");
    for (const [name, type] of [["retryCompensation", "Retry"], ["skipCompensation", "Skip"]]) {
      const { data } = await graphql.ask(
        `mutation($input: ${type}CompensationInput!) { ${name}(input: $input) { ${ERRORS} } }`,
        { input: { orderId: order.orderId, reason: "by hand" } },
      );
      expect(data[name!].userErrors[0].code).toBe("TRANSITION_NOT_ALLOWED");
    }
    const { data } = await graphql.ask("{ interventions { totalCount edges { node { problem } } } }");
    expect(data.interventions).toEqual({ totalCount: 0, edges: [] });
  });

  test("only while it stands at the version that was read", async () => {
    const { order } = await place();
    await rest.reaches(order.orderId, "confirmed");
    const { data } = await graphql.ask(SHIP, { input: { orderId: order.orderId, expectedVersion: 1 } });
    expect(data.shipOrder.userErrors[0].code).toBe("VERSION_CONFLICT");
  });
});

describe("the same again", () => {
  test("with its key is done once, and answered as it stands now", async () => {
    const clientMutationId = newId();
    const first = await place({ clientMutationId });
    expect(first.clientMutationId).toBe(clientMutationId);
    const { version } = await rest.reaches(first.order.orderId, "confirmed");
    const again = await place({ clientMutationId });
    expect(again.order).toMatchObject({ id: first.order.id, status: "CONFIRMED", version });
    const other = await graphql.ask(CREATE, { input: cart({ clientMutationId, items: [{ productId, quantity: 3 }] }) });
    expect(other.data.createOrder.userErrors[0].code).toBe("IDEMPOTENCY_KEY_REUSED");
  });

  test("five times at once too", async () => {
    const clientMutationId = newId();
    const placed = await Promise.all(Array.from({ length: 5 }, () => place({ clientMutationId })));
    expect(new Set(placed.map(({ order }) => order.orderId)).size).toBe(1);
  });

  test("a key that is none is refused before anything is written", async () => {
    const before = await orderCount();
    for (const clientMutationId of ["", "x".repeat(256), "two words"]) {
      const { data } = await graphql.ask(CREATE, { input: cart({ clientMutationId }) });
      expect(data.createOrder.userErrors[0].code).toBe("MALFORMED");
    }
    expect(await orderCount()).toBe(before);
  });
});

describe("refused carts", () => {
  const unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
  test.each([
    ["nothing in it", { items: [] }, "INVALID", ["input", "items"]],
    ["none of it", { items: [{ productId: "own", quantity: 0 }] }, "OUT_OF_RANGE", ["input", "items", "0", "quantity"]],
    ["less than none", { items: [{ productId: "own", quantity: -1 }] }, "OUT_OF_RANGE", [
      "input",
      "items",
      "0",
      "quantity",
    ]],
    ["too many of it", { items: [{ productId: "own", quantity: 1e9 }] }, "OUT_OF_RANGE", [
      "input",
      "items",
      "0",
      "quantity",
    ]],
    ["too many lines", { items: Array(1_001).fill({ productId: "own", quantity: 1 }) }, "LIMIT", ["input", "items"]],
    ["an unknown product", { items: [{ productId: unknown, quantity: 1 }] }, "INVALID", [
      "input",
      "items",
      "0",
      "productId",
    ]],
    ["an id in capitals", { customerId: unknown.toUpperCase() }, "MALFORMED", ["input", "customerId"]],
    ["an id for SQL", { customerId: "' OR 1=1--" }, "MALFORMED", ["input", "customerId"]],
    ["an id for NATS", { customerId: "*.>" }, "MALFORMED", ["input", "customerId"]],
    ["an id of something else", { customerId: Buffer.from(`Order:${unknown}`).toString("base64url") }, "MALFORMED", [
      "input",
      "customerId",
    ]],
    ["an unknown customer", { customerId: unknown }, "INVALID", ["input", "customerId"]],
    ["no city", { shippingAddress: { ...ADDRESS, city: "  " } }, "INVALID", ["input", "shippingAddress", "city"]],
    ["a long city", { shippingAddress: { ...ADDRESS, city: "x".repeat(10_240) } }, "INVALID", [
      "input",
      "shippingAddress",
      "city",
    ]],
    ["no such country", { shippingAddress: { ...ADDRESS, country: "Germany" } }, "INVALID", [
      "input",
      "shippingAddress",
      "country",
    ]],
  ])("%s", async (_, more, code, field) => {
    const own = JSON.parse(JSON.stringify(cart(more)).replaceAll('"own"', JSON.stringify(productId)));
    const { status, data, errors } = await graphql.ask(CREATE, { input: own });
    expect({ status, errors }).toEqual({ status: 200, errors: [] });
    expect(data.createOrder).toMatchObject({ order: null, userErrors: [{ code, field }] });
  });

  test("more money than an amount can be", async () => {
    const dear = await rest.product("1000000000", 1);
    const { data } = await graphql.ask(CREATE, { input: cart({ items: [{ productId: dear, quantity: 10_000 }] }) });
    expect(data.createOrder.userErrors[0].code).toBe("AMOUNT_TOO_LARGE");
  });
});

describe("customers and products", () => {
  const CUSTOMER = "customer { id customerId name username bio address { city } version }";

  test("the customer of the documents, changed and read back", async () => {
    const created = await graphql.ask(
      `mutation { createCustomer(input: { username: "alice", email: "alice@example.com", bio: null }) { ${CUSTOMER} ${ERRORS} } }`,
    );
    const { customer } = created.data.createCustomer;
    expect(customer).toMatchObject({ name: "alice", username: "alice", bio: null });
    const changed = await graphql.ask(
      `mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { ${CUSTOMER} ${ERRORS} } }`,
      { input: { customerId: customer.id, name: "Cafe\u0301", username: null, address: ADDRESS } },
    );
    expect(changed.data.updateCustomer.customer).toMatchObject({
      name: "Café",
      username: null,
      address: { city: "Berlin" },
    });
    const literal = await graphql.ask(
      `mutation { updateCustomer(input: { customerId: "${customer.customerId}", bio: "Cafe\u0301 \\u0065\\u0301" }) { ${CUSTOMER} } }`,
    );
    expect(literal.data.updateCustomer.customer.bio).toBe("Café é");
  });

  test.each([
    ["no mail address", { name: "A", email: "nobody" }, "INVALID", ["input", "email"]],
    ["no name at all", { email: "a@example.com" }, "INVALID", ["input", "name"]],
    ["a long name", { name: "x".repeat(10_240), email: "a@example.com" }, "INVALID", ["input", "name"]],
  ])("a customer with %s", async (_, input, code, field) => {
    const { data } = await graphql.ask(
      `mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id } ${ERRORS} } }`,
      { input },
    );
    expect(data.createCustomer).toMatchObject({ customer: null, userErrors: [{ code, field }] });
  });

  test("a product listed, changed, ordered, taken out", async () => {
    const PRODUCT = "product { id productId name description price { amount } stock { available } version }";
    const created = await graphql.ask(
      `mutation { createProduct(input: { name: "Lamp", description: "Bright", price: { amount: "2999", currency: "EUR" }, stock: 5 }) { ${PRODUCT} consistencyToken ${ERRORS} } }`,
    );
    const { product } = created.data.createProduct;
    expect(product).toMatchObject({ name: "Lamp", stock: { available: 5 }, price: { amount: "2999" } });
    const changed = await graphql.ask(
      `mutation($input: UpdateProductInput!) { updateProduct(input: $input) { ${PRODUCT} ${ERRORS} } }`,
      { input: { productId: product.id, description: null, price: { amount: "1999", currency: "EUR" } } },
    );
    expect(changed.data.updateProduct.product).toMatchObject({ description: null, price: { amount: "1999" } });
    const { order } = await place({ items: [{ productId: product.id, quantity: 1 }] });
    const gone = await graphql.ask(
      `mutation($input: DeleteProductInput!) { deleteProduct(input: $input) { productId ${ERRORS} } }`,
      { input: { productId: product.productId } },
    );
    expect(gone.data.deleteProduct).toEqual({ productId: product.productId, userErrors: [] });
    const { data, errors } = await graphql.ask(
      "query($p: ID!, $o: ID!) { product(id: $p) { name } order(id: $o) { items { product { name } } } }",
      { p: product.id, o: order.id },
    );
    expect(data).toEqual({ product: null, order: { items: [{ product: { name: "Lamp" } }] } });
    expect(errors.map(({ extensions }) => extensions["code"])).toEqual(["NOT_FOUND"]);
  });

  test.each(["10.01", "1e3", "-1", "0", "1000000000001", ""])("a product for %j", async (amount) => {
    const { data } = await graphql.ask(
      `mutation($input: CreateProductInput!) { createProduct(input: $input) { product { id } ${ERRORS} } }`,
      { input: { name: "Lamp", price: { amount, currency: "EUR" }, stock: 1 } },
    );
    expect(data.createProduct.userErrors[0].code).toBe("INVALID");
  });

  test.each(["XXX", "eur"])("a product in %s", async (currency) => {
    const { data } = await graphql.ask(
      `mutation($input: CreateProductInput!) { createProduct(input: $input) { product { id } ${ERRORS} } }`,
      { input: { name: "Lamp", price: { amount: "1", currency }, stock: 1 } },
    );
    expect(data.createProduct.userErrors[0].code).toBe("INVALID");
  });
});
