/** What can be read, and that it costs a constant number of statements. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DoorDependencies } from "../../../src/api/dependencies.ts";
import { type GraphQLShop, startGraphQLShop } from "../../support/graphql-shop.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";

let graphql: GraphQLShop;
let rest: ShopClient;
const statements: string[] = [];
let customerId: string;
let productIds: string[];
let orderId: string;

/** Counts what the door asks of the database: statements of the read models, and actors, which may have to be read. */
function counting(own: DoorDependencies): DoorDependencies {
  return {
    ...own,
    readModels: {
      query(sql, values) {
        statements.push(sql);
        return own.readModels.query(sql, values);
      },
    },
    system: {
      actor(type, id) {
        statements.push(`${type}/${id}`);
        return own.system.actor(type, id);
      },
    },
  };
}

beforeAll(async () => {
  graphql = await startGraphQLShop({ with: counting });
  rest = shopClient(graphql.shop.url);
  customerId = await rest.customer();
  productIds = await Promise.all(["500", "700", "900"].map((amount) => rest.product(amount, 10_000)));
  ({ body: { id: orderId } } = await rest.place(customerId, { [productIds[0]!]: 2, [productIds[1]!]: 1 }));
  await rest.reaches(orderId, "confirmed");
});
afterAll(() => graphql.stop());

describe("one thing", () => {
  test("the order of the documents, as they ask for it", async () => {
    const { data, errors } = await graphql.ask(`query { order(id: "${orderId}") {
      id status customer { name email } items { product { name } quantity } total { amount currency }
    } }`);
    expect(errors).toEqual([]);
    expect(data.order).toMatchObject({
      status: "CONFIRMED",
      customer: { name: "Ada", email: "ada@example.com" },
      items: [{ quantity: 2, product: { name: expect.stringContaining("Product") } }, { quantity: 1 }],
      total: { amount: "1700", currency: "EUR" },
    });
    const again = await graphql.ask("query($id: ID!) { order(id: $id) { orderId } node(id: $id) { __typename id } }", {
      id: data.order.id,
    });
    expect(again.data).toEqual({ order: { orderId }, node: { __typename: "Order", id: data.order.id } });
  });

  test("the customer of the documents, with orders and address", async () => {
    const { data, errors } = await graphql.ask(
      "query($id: ID!) { customer(id: $id) { name email orders { id total { amount currency } } address { city } } }",
      { id: customerId },
    );
    expect(errors).toEqual([]);
    expect(data.customer).toMatchObject({ name: "Ada", orders: [{ total: { amount: "1700" } }], address: null });
  });

  test("an order's payment, events, past, and what it allows", async () => {
    const { data, errors } = await graphql.ask(
      `query($id: ID!) {
        order(id: $id) {
          payment { status amount { amount } } allowedActions version
          events(first: 1) { totalCount edges { cursor node { type version position data } } pageInfo { hasNextPage endCursor } }
        }
        past: order(id: $id, atVersion: 1) { state status version }
      }`,
      { id: orderId },
    );
    expect(errors).toEqual([]);
    expect(data.order.payment).toEqual({ status: "captured", amount: { amount: "1700" } });
    expect(data.order.allowedActions).toEqual(["CHANGE_SHIPPING_ADDRESS", "CANCEL", "SHIP"]);
    expect(data.order.events).toMatchObject({
      totalCount: data.order.version,
      edges: [{ node: { type: "OrderPlaced", version: 1, data: { customerId } } }],
      pageInfo: { hasNextPage: true },
    });
    expect(data.past).toMatchObject({ status: "PENDING", version: 1 });
    const next = await graphql.ask(
      "query($id: ID!, $after: String) { order(id: $id) { events(after: $after) { edges { node { version } } } } }",
      { id: orderId, after: data.order.events.pageInfo.endCursor },
    );
    expect(next.data.order.events.edges[0]).toEqual({ node: { version: 2 } });
  });

  test("an order for a screen equals what REST composes", async () => {
    const { data, errors } = await graphql.ask(
      `query($id: ID!) { orderDetails(id: $id) {
        orderId status customer { name email } products { id name quantity unitPrice { amount currency } }
        payment { status amount { amount currency } } total { amount currency } missing
      } }`,
      { id: orderId },
    );
    expect(errors).toEqual([]);
    const { _links, ...details } = (await rest.get(`/v1/order-details/${orderId}`)).body;
    expect(data.orderDetails).toEqual({ ...details, status: details.status.toUpperCase() });
  });

  test("what is not there is null, with the code of all doors", async () => {
    const id = "01890a5d-ac96-774b-bcce-b302099a8057";
    const { status, data, errors } = await graphql.ask(
      "query($id: ID!) { order(id: $id) { id } customer(id: $id) { id } product(id: $id) { id } orderDetails(id: $id) { orderId } }",
      { id },
    );
    expect(status).toBe(200);
    expect(data).toEqual({ order: null, customer: null, product: null, orderDetails: null });
    expect(errors.map(({ extensions }) => extensions["code"])).toEqual(Array(4).fill("NOT_FOUND"));
    expect(errors[0]!.extensions["traceId"]).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("lists", () => {
  test("fifty orders with customers and products cost as many statements as two", async () => {
    const customers = await Promise.all(Array.from({ length: 10 }, () => rest.customer()));
    await Promise.all(
      Array.from(
        { length: 49 },
        (_, at) => rest.place(customers[at % 10]!, { [productIds[at % 3]!]: 1, [productIds[(at + 1) % 3]!]: 1 }),
      ),
    );
    const ask = async (first: number) => {
      statements.length = 0;
      const { data, errors } = await graphql.ask(
        `{ orders(first: ${first}) { edges { node {
          orderId customer { name orders(first: 3) { orderId items { product { name price { amount } } } } } items { quantity product { name } }
        } } } }`,
      );
      expect(errors).toEqual([]);
      expect(data.orders.edges).toHaveLength(first);
      return statements.length;
    };
    const costs = [await ask(2), await ask(50)];
    expect(costs).toEqual([4, 4]);
  });

  test("pages of a connection put together are the list, and cursors fit no other", async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await graphql.ask(
        `query($after: String) { orders(first: 20, after: $after) {
          totalCount edges { cursor node { orderId } } pageInfo { hasNextPage hasPreviousPage endCursor }
        } }`,
        { after },
      );
      expect(data.orders.totalCount).toBe(50);
      seen.push(...data.orders.edges.map(({ node }: { node: { orderId: string } }) => node.orderId));
      after = data.orders.pageInfo.hasNextPage ? data.orders.pageInfo.endCursor : null;
      // The cursor of an edge goes on right after it.
      const [first, second] = data.orders.edges;
      const next = await graphql.ask(
        "query($after: String) { orders(first: 1, after: $after) { edges { node { orderId } } } }",
        {
          after: first.cursor,
        },
      );
      expect(next.data.orders.edges[0]?.node).toEqual(second?.node);
    } while (after !== null);
    expect(new Set(seen).size).toBe(50);
    const { data } = await graphql.ask("{ orders(first: 1) { pageInfo { endCursor } } }");
    const foreign = await graphql.ask("query($after: String) { customers(after: $after) { totalCount } }", {
      after: data.orders.pageInfo.endCursor,
    });
    expect(foreign.errors[0]?.extensions["code"]).toBe("MALFORMED");
  });

  test("orders by status and customer, products by price", async () => {
    const { data, errors } = await graphql.ask(
      `query($id: ID!) {
        orders(customerId: $id, status: CONFIRMED) { totalCount edges { node { customer { customerId } } } }
        products(minPrice: "600", maxPrice: "900", currency: "EUR") { totalCount edges { node { price { amount } stock { available } } } }
        customers(first: 1) { totalCount edges { node { customerId } } }
      }`,
      { id: customerId },
    );
    expect(errors).toEqual([]);
    expect(data.orders).toEqual({ totalCount: 1, edges: [{ node: { customer: { customerId } } }] });
    expect(data.products.edges.map(({ node }: { node: { price: object } }) => node.price)).toEqual([
      { amount: "700" },
      { amount: "900" },
    ]);
    expect(data.customers).toEqual({ totalCount: 11, edges: [{ node: { customerId } }] });
  });
});
