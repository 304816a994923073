/** Who may do what: a customer has their own things and no others, staff have the shop, and what staff do is written down. */
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { CustomerService } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import { OrderService } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { SupportService } from "../../../proto/gen/shop/v1/support_service_pb.ts";
import { ActorService } from "../../../proto/gen/statewright/v1/actor_service_pb.ts";
import { OPERATIONS } from "../../../src/api/rest/operations-table.ts";
import { roleFor } from "../../../src/api/access/rules.ts";
import { registerCustomer } from "../../../src/shop/customers/customer.ts";
import { newId } from "../../../src/kernel/ids.ts";
import { eventually } from "../../support/eventually.ts";
import { type GuardedShop, startGuardedShop } from "../../support/guarded-shop.ts";
import { ADDRESS, type Answer } from "../../support/shop-client.ts";

type Who = keyof GuardedShop["keys"];

let guarded: GuardedShop;
let productId: string;
/** Ada's and Bob's. */
const orders: Record<"ada" | "bob", string> = { ada: "", bob: "" };
const UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057";

beforeAll(async () => {
  guarded = await startGuardedShop({ corsOrigins: ["https://shop.example.com"] });
  const { customerIds, shop } = guarded;
  for (const name of ["ada", "bob"] as const) {
    const customer = { name, email: `${name}@example.com` };
    await registerCustomer(shop.runtime, customer, { customerId: customerIds[name] });
  }
  productId = (await call("operator", "POST", "/v1/products", {
    name: "Cup",
    price: { amount: "100", currency: "EUR" },
    stock: 1_000,
  })).body.id;
  for (const name of ["ada", "bob"] as const) orders[name] = await placed(name);
});
afterAll(() => guarded.stop());

async function call(
  who: Who,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${guarded.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${guarded.keys[who]}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text.startsWith("{") ? JSON.parse(text) : text };
}

const cart = (who: "ada" | "bob") => ({
  customerId: guarded.customerIds[who],
  items: [{ productId, quantity: 1 }],
  shippingAddress: ADDRESS,
});

async function placed(who: "ada" | "bob"): Promise<string> {
  const { body } = await call(who, "POST", "/v1/orders", cart(who));
  await eventually(async () => {
    expect((await call(who, "GET", `/v1/orders/${body.id}`)).body.status).toBe("confirmed");
  });
  return body.id;
}

function rpc(who: Who) {
  const named: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${guarded.keys[who]}`);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl: guarded.grpcUrl, interceptors: [named] });
  return {
    orders: createClient(OrderService, transport),
    catalogue: createClient(CatalogService, transport),
    customers: createClient(CustomerService, transport),
    actors: createClient(ActorService, transport),
    support: createClient(SupportService, transport),
  };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function codeOf(work: Promise<unknown> | AsyncIterable<unknown>): Promise<string> {
  try {
    if (Symbol.asyncIterator in work) await work[Symbol.asyncIterator]().next();
    else await work;
    return "ok";
  } catch (thrown) {
    return Code[ConnectError.from(thrown).code];
  }
}

describe("what is Bob's does not exist for Ada", () => {
  const paths: [method: string, path: string, body?: unknown][] = [
    ["GET", "/v1/orders/$order"],
    ["GET", "/v1/orders/$order?at=1"],
    ["GET", "/v1/orders/$order/events"],
    ["GET", "/v1/orders/$order/stream"],
    ["GET", "/v1/orders/$order/charge"],
    ["GET", "/v1/order-details/$order"],
    ["DELETE", "/v1/orders/$order"],
    ["POST", "/v1/orders/$order/cancel", {}],
    ["PATCH", "/v1/orders/$order", { shippingAddress: ADDRESS }],
    ["PATCH", "/v1/orders/$order/status", { status: "cancelled" }],
    ["PATCH", "/v1/orders/$order/status", { status: "shipped" }],
    ["PATCH", "/v1/orders/$order/status", { status: "pending" }],
    ["GET", "/v1/actors/order/$order"],
    ["GET", "/v1/actors/order/$order?at=1"],
    ["GET", "/v1/actors/order/$order/events"],
    ["GET", "/v1/actors/order/$order/stream"],
    ["POST", "/v1/actors/order/$order/events", { type: "CancellationRequested" }],
    ["POST", "/v1/actors/order/$order/events", { type: "OrderShipped" }],
    ["POST", "/v1/actors/order/$order/events", { type: "NoSuchEvent" }],
    ["GET", "/v1/actors/payment/$order"],
    ["GET", "/v1/actors/payment/$order/events"],
    ["POST", "/v1/actors/conversation/new/events", {
      type: "ConversationOpened",
      data: { orderId: "$order", text: "Hello" },
    }],
    ["GET", "/v1/customers/$customer"],
    ["GET", "/v1/customers/$customer/orders"],
    ["GET", "/v1/customers/$customer/addresses"],
    ["GET", "/v1/orders?customer_id=$customer"],
    ["GET", "/v1/orders?customer_id=$customer&page=1"],
    ["PATCH", "/v1/customers/$customer", { name: "Eve" }],
    ["GET", "/v1/actors/customer/$customer"],
    ["POST", "/v1/orders", { customerId: "$customer", items: [], shippingAddress: ADDRESS }],
  ];

  test.each(paths)("%s %s", async (method, path, body) => {
    const asked = async (order: string, customer: string) => {
      const filled = (text: string) => text.replaceAll("$order", order).replaceAll("$customer", customer);
      const filledBody = body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body)));
      if (filledBody?.items) filledBody.items = [{ productId, quantity: 1 }];
      const answer = await call("ada", method, filled(path), filledBody);
      const { traceId: _, instance: __, ...said } = answer.body;
      return { status: answer.status, said };
    };
    const others = await asked(orders.bob, guarded.customerIds.bob);
    expect(others).toEqual(await asked(UNKNOWN, UNKNOWN));
    expect(others.status).toBe(path === "/v1/orders" ? 422 : 404);
    expect(JSON.stringify(others)).not.toContain("bob");
  });

  test("over gRPC", async () => {
    const ada = rpc("ada");
    const asked = (orderId: string, customerId: string) =>
      Promise.all([
        ada.orders.getOrder({ orderId }),
        ada.orders.cancelOrder({ orderId }),
        ada.orders.updateOrder({ orderId, order: { shippingAddress: ADDRESS } }),
        ada.orders.getOrderDetails({ orderId }),
        ada.orders.listOrders({ customerId }),
        ada.orders.watchOrder({ orderId }),
        ada.customers.getCustomer({ customerId }),
        ada.customers.updateCustomer({ customerId, customer: { name: "Eve" } }),
        ada.actors.getActor({ actor: { type: "order", id: orderId } }),
        ada.actors.listEvents({ actor: { type: "order", id: orderId } }),
        ada.actors.watchActor({ actor: { type: "order", id: orderId } }),
        ada.actors.watchActor({ actor: { type: "payment", id: orderId } }),
        ada.actors.propose({ actor: { type: "order", id: orderId }, eventType: "CancellationRequested" }),
        ada.actors.propose({ actor: { type: "order", id: orderId }, eventType: "OrderShipped" }),
        ada.support.chat((async function* () {
          yield { orderId, content: "Hello" };
        })()),
      ].map(codeOf));
    const codes = await asked(orders.bob, guarded.customerIds.bob);
    expect(codes).toEqual(codes.map(() => "NotFound"));
    expect(await asked(UNKNOWN, UNKNOWN)).toEqual(codes);
    const { createdCount, errors } = await ada.orders.createOrders((async function* () {
      yield cart("bob");
      yield cart("ada");
    })());
    expect({ createdCount, codes: errors.map(({ index, code }) => [index, code]) }).toEqual({
      createdCount: 1,
      codes: [[0, "INVALID"]],
    });
    const updates = ada.orders.orderUpdates((async function* () {
      yield { orderId: orders.bob, action: "cancel", commandId: "1" };
    })());
    const said = await all(updates);
    expect(said).toMatchObject([{ eventType: "cancel_refused", errorCode: "NOT_FOUND", state: "" }]);
  });

  test("nor does it take another time to say so", async () => {
    const timed = async (id: string) => {
      const startedAt = performance.now();
      expect((await call("ada", "GET", `/v1/orders/${id}`)).status).toBe(404);
      return performance.now() - startedAt;
    };
    const times: Record<"others" | "nobodys", number[]> = { others: [], nobodys: [] };
    // In turn, so that whatever else the machine does is in both.
    for (let round = 0; round < 60; round++) {
      times.others.push(await timed(orders.bob));
      times.nobodys.push(await timed(UNKNOWN));
    }
    const median = (all: number[]) => all.toSorted((a, b) => a - b)[all.length >> 1]!;
    expect(Math.abs(median(times.others) - median(times.nobodys))).toBeLessThan(10);
  });

  test("nothing of it has happened", async () => {
    expect((await call("bob", "GET", `/v1/orders/${orders.bob}`)).body).toMatchObject({ status: "confirmed" });
    expect((await call("bob", "GET", `/v1/customers/${guarded.customerIds.bob}`)).body.name).toBe("bob");
  });
});

describe("what is Ada's", () => {
  test("is in her lists, and nobody else's is", async () => {
    const { customerIds } = guarded;
    for (const path of ["/v1/orders", `/v1/orders?page=1`, `/v1/customers/${customerIds.ada}/orders`]) {
      const { status, body } = await call("ada", "GET", path);
      expect(status, path).toBe(200);
      expect(body.items.length, path).toBeGreaterThan(0);
      expect(new Set(body.items.map((order: { customerId: string }) => order.customerId))).toEqual(
        new Set([customerIds.ada]),
      );
      if (body.total !== undefined) expect(body.total).toBe(body.items.length);
    }
    const listed = await rpc("ada").orders.listOrders({});
    expect(new Set(listed.orders.map(({ customerId }) => customerId))).toEqual(new Set([customerIds.ada]));
    expect((await call("operator", "GET", "/v1/orders")).body.items.length).toBeGreaterThan(listed.orders.length);
  });

  test("a cursor of hers is of no use to Bob", async () => {
    await placed("ada");
    const { body } = await call("ada", "GET", "/v1/orders?limit=1");
    expect(body.next).toBeTypeOf("string");
    expect((await call("bob", "GET", `/v1/orders?limit=1&after=${body.next}`)).status).toBe(400);
  });

  test("offers no more than what she may ask, alone and in a list", async () => {
    const offered = (order: { _links: object }) =>
      Object.keys(order._links).filter((name) => !["self", "events", "stream", "details", "customer"].includes(name));
    const alone = (await call("ada", "GET", `/v1/orders/${orders.ada}`)).body;
    const listed = (await call("ada", "GET", "/v1/orders")).body.items
      .find(({ id }: { id: string }) => id === orders.ada);
    const forStaff = (await call("operator", "GET", `/v1/orders/${orders.ada}`)).body;
    expect(offered(alone)).toEqual(["changeShippingAddress", "cancel"]);
    expect(offered(listed)).toEqual(["changeShippingAddress", "cancel"]);
    expect(offered(forStaff)).toEqual(["changeShippingAddress", "cancel", "ship"]);
    expect((await rpc("ada").orders.getOrder({ orderId: orders.ada })).order?.allowedActions).toEqual(
      offered(alone),
    );
    const actor = await rpc("ada").actors.getActor({ actor: { type: "order", id: orders.ada } });
    expect(actor.actor?.allowedEvents).toEqual(["ShippingAddressChanged", "CancellationRequested"]);
  });

  test("can be watched, asked and changed", async () => {
    const id = await placed("ada");
    const { value } = await rpc("ada").orders.watchOrder({ orderId: id })[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ orderId: id });
    const stream = await fetch(`${guarded.url}/v1/orders/${id}/stream`, {
      headers: { authorization: `Bearer ${guarded.keys.ada}` },
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    while (!heard.includes("OrderPlaced")) heard += (await reader.read()).value ?? "";
    await reader.cancel();
    expect((await call("ada", "GET", `/v1/order-details/${id}`)).body).toMatchObject({
      customer: { name: "ada" },
      payment: { status: "captured" },
      products: [{ name: "Cup" }],
      missing: [],
    });
    expect((await call("ada", "PATCH", `/v1/orders/${id}`, { shippingAddress: ADDRESS })).status).toBe(200);
    expect((await call("ada", "POST", `/v1/orders/${id}/cancel`, {})).status).toBe(200);
    expect((await call("ada", "PATCH", `/v1/customers/${guarded.customerIds.ada}`, { bio: "Hello" })).status).toBe(200);
  });

  test("she talks to the shop about it, as herself and never as the shop", async () => {
    const chat = rpc("ada").support.chat((async function* () {
      yield { orderId: orders.ada, content: "Where is it?" };
    })());
    const [said] = await all(chat);
    expect(said).toMatchObject({ sender: "customer", content: "Where is it?" });
    const posing = rpc("ada").support.chat((async function* () {
      yield { conversationId: said!.conversationId, sender: "operator", content: "It is free" };
    })());
    await expect(all(posing)).rejects.toMatchObject({ code: Code.PermissionDenied });
    const joining = rpc("bob").support.chat((async function* () {
      yield { conversationId: said!.conversationId, content: "Hello" };
    })());
    await expect(all(joining)).rejects.toMatchObject({ code: Code.NotFound });
  });
});

describe("what is the staff's", () => {
  test.each<[string, string, unknown?]>([
    ["POST", "/v1/orders/$order/ship", {}],
    ["POST", "/v1/orders/$order/deliver", {}],
    ["POST", "/v1/orders/$order/retry", { reason: "x" }],
    ["POST", "/v1/orders/$order/skip", { reason: "x" }],
    ["POST", "/v1/orders/$order/resolve", { reason: "x" }],
    ["PATCH", "/v1/orders/$order/status", { status: "shipped" }],
    ["POST", "/v1/actors/order/$order/events", { type: "OrderShipped" }],
    ["POST", "/v1/actors/order/$order/events", { type: "InterventionResolved", data: { reason: "x" } }],
    ["POST", "/v1/actors/order/$order/events", { type: "PaymentCaptured" }],
    ["POST", "/v1/products", { name: "Cup" }],
    ["PATCH", "/v1/products/$product", { name: "Cup" }],
    ["PUT", "/v1/products/$product", {}],
    ["DELETE", "/v1/products/$product"],
    ["GET", "/v1/customers"],
    ["POST", "/v1/customers", {}],
    ["GET", "/v1/interventions"],
    ["GET", "/v1/dead-letters"],
    ["GET", "/v1/notifications"],
    ["GET", "/notifications"],
    ["GET", "/v1/analytics/daily"],
    ["GET", "/demo/provider/charges"],
  ])("%s %s is 403 for a customer", async (method, path, body) => {
    const filled = path.replace("$order", orders.ada).replace("$product", productId);
    expect(await call("ada", method, filled, body)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });

  test("actors that show what others have bought are not there for a customer", async () => {
    for (const type of ["stock", "product"]) {
      for (const more of ["", "/events", "/stream"]) {
        const path = `/v1/actors/${type}/${productId}${more}`;
        expect((await call("ada", "GET", path)).status, path).toBe(404);
      }
      const actor = { type, id: productId };
      expect(await codeOf(rpc("ada").actors.getActor({ actor }))).toBe("NotFound");
      expect(await codeOf(rpc("ada").actors.watchActor({ actor }))).toBe("NotFound");
    }
    expect((await call("ada", "GET", `/v1/products/${productId}`)).body.stock).toBeDefined();
    expect((await call("operator", "GET", `/v1/actors/stock/${productId}`)).status).toBe(200);
  });

  test("over gRPC it is permission_denied", async () => {
    const ada = rpc("ada");
    const codes = await Promise.all([
      ada.orders.shipOrder({ orderId: orders.ada }),
      ada.orders.deliverOrder({ orderId: orders.ada }),
      ada.catalogue.createProduct({ name: "Cup" }),
      ada.catalogue.deleteProduct({ productId }),
      ada.customers.createCustomer({ username: "eve" }),
      ada.customers.listCustomers({}),
      ada.actors.propose({ actor: { type: "order", id: orders.ada }, eventType: "OrderShipped" }),
    ].map(codeOf));
    expect(codes).toEqual(codes.map(() => "PermissionDenied"));
  });

  test("is written down with who did it and why, and the event names them", async () => {
    const id = await placed("ada");
    const tracking = { trackingNumber: "T1" };
    expect((await call("operator", "POST", `/v1/orders/${id}/ship`, tracking)).status).toBe(200);
    await call("operator", "POST", `/v1/orders/${id}/ship`, tracking);
    const cancelled = { reason: "a duplicate" };
    await call("operator", "POST", `/v1/orders/${orders.bob}/cancel`, cancelled);
    const rows = async (order: string) => {
      const found = await guarded.shop.store.audits({ subject: `order/${order}`, limit: 10 });
      return found.toReversed().map(({ who, action, detail, reason, outcome }) => ({
        who,
        action,
        detail: JSON.parse(detail),
        reason,
        outcome,
      }));
    };
    const shipped = { who: "key:operator", action: "propose", detail: { role: "operator", event: "OrderShipped" } };
    expect(await rows(id)).toEqual([
      { ...shipped, reason: "", outcome: expect.stringMatching(/^version \d+$/) },
      { ...shipped, reason: "", outcome: expect.stringMatching(/^refused: /) },
    ]);
    expect(await rows(orders.bob)).toMatchObject([{ who: "key:operator", reason: "a duplicate" }]);
    expect(guarded.audited.at(-1)).toMatchObject({
      principal: "key:operator",
      role: "operator",
      action: "propose",
      event: "CancellationRequested",
      target: `order/${orders.bob}`,
      reason: "a duplicate",
    });
    const events = await guarded.shop.runtime.actor("order", id).events();
    const principals = events.map(({ type, metadata }) => [type, JSON.parse(metadata).principal]);
    expect(principals).toContainEqual(["OrderShipped", "key:operator"]);
    expect(principals).toContainEqual(["OrderPlaced", "key:ada"]);
  });
});

test("what staff do through any door is a row; what others are refused is a line", async () => {
  const [first, second, third] = [await placed("ada"), await placed("ada"), await placed("ada")];
  await call("operator", "POST", `/v1/orders/${first}/ship`, {});
  await rpc("operator").orders.shipOrder({ orderId: second });
  await call("operator", "POST", "/graphql", {
    query: `mutation { shipOrder(input: { orderId: "${third}" }) { userErrors { code } } }`,
  });
  for (const id of [first, second, third]) {
    const [row] = await guarded.shop.store.audits({ subject: `order/${id}`, limit: 1 });
    expect(row).toMatchObject({ who: "key:operator", action: "propose", outcome: expect.stringMatching(/^version/) });
  }
  await call("ada", "POST", `/v1/orders/${first}/deliver`, {});
  const ada = { principal: "key:ada", role: "customer", outcome: "denied: FORBIDDEN" };
  expect(guarded.audited.at(-1)).toEqual({ ...ada, operation: "POST /v1/orders/{id}/deliver" });
  await codeOf(rpc("ada").orders.deliverOrder({ orderId: first }));
  expect(guarded.audited.at(-1)).toEqual({ ...ada, operation: "shop.v1.OrderService/DeliverOrder" });
  await call("ada", "POST", "/graphql", {
    query: `mutation { deliverOrder(input: { orderId: "${first}" }) { userErrors { code } } }`,
  });
  expect(guarded.audited.at(-1)).toEqual({ ...ada, operation: "Mutation.deliverOrder" });
  await call("ada", "POST", `/v1/actors/order/${first}/events`, { type: "OrderDelivered", data: {} });
  expect(guarded.audited.at(-1)).toEqual({ ...ada, operation: "OrderDelivered" });
  await fetch(`${guarded.url}/v1/orders`, { headers: { authorization: "Bearer sw_unknown" } });
  expect(guarded.audited.at(-1)).toMatchObject({ operation: "GET /v1/orders", outcome: "denied: UNAUTHENTICATED" });
});

test("the same idempotency key of two callers is two keys", async () => {
  const key = { "idempotency-key": newId() };
  const [ada, bob] = [
    await call("ada", "POST", "/v1/orders", cart("ada"), key),
    await call("bob", "POST", "/v1/orders", cart("bob"), key),
  ];
  expect([ada.status, bob.status]).toEqual([201, 201]);
  expect(bob.body.id).not.toBe(ada.body.id);
  expect((await call("ada", "POST", "/v1/orders", cart("ada"), key)).body.id).toBe(ada.body.id);
});

test("a customer who is nobody's customer owns nothing", async () => {
  expect((await call("hasty", "GET", "/v1/orders")).body.items).toEqual([]);
  expect((await call("hasty", "GET", `/v1/orders/${orders.ada}`)).status).toBe(404);
  expect((await call("hasty", "POST", "/v1/orders", cart("ada"))).status).toBe(422);
});

test("what customers may ask of the REST door is listed here too; all else, and whatever is added, is the staff's", () => {
  const forCustomers = Object.keys(OPERATIONS).filter((name) => roleFor(name) === "customer");
  expect(forCustomers.toSorted()).toMatchInlineSnapshot(`
    [
      "DELETE /v1/orders/{id}",
      "GET /v1/actors/{type}/{id}",
      "GET /v1/actors/{type}/{id}/events",
      "GET /v1/actors/{type}/{id}/stream",
      "GET /v1/customers/{id}",
      "GET /v1/customers/{id}/addresses",
      "GET /v1/customers/{id}/orders",
      "GET /v1/order-details/{id}",
      "GET /v1/orders",
      "GET /v1/orders/{id}",
      "GET /v1/orders/{id}/charge",
      "GET /v1/orders/{id}/events",
      "GET /v1/orders/{id}/stream",
      "GET /v1/products",
      "GET /v1/products/{id}",
      "GET /v1/products/{id}/recommendations",
      "PATCH /v1/customers/{id}",
      "PATCH /v1/orders/{id}",
      "PATCH /v1/orders/{id}/status",
      "POST /v1/actors/{type}/{id}/events",
      "POST /v1/orders",
      "POST /v1/orders/{id}/cancel",
    ]
  `);
});

describe("pages of other origins", () => {
  const preflight = (origin: string) =>
    fetch(`${guarded.url}/v1/orders`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });

  test("may call when they are named", async () => {
    const answer = await preflight("https://shop.example.com");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://shop.example.com");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    const read = await call("ada", "GET", "/v1/orders", undefined, { origin: "https://shop.example.com" });
    expect(read.headers.get("access-control-allow-origin")).toBe("https://shop.example.com");
  });

  test("may not otherwise", async () => {
    expect((await preflight("https://evil.example.com")).headers.get("access-control-allow-origin")).toBeNull();
    expect((await preflight("null")).headers.get("access-control-allow-origin")).toBeNull();
  });
});
