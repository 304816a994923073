/** The main job through the REST door: an order's ways, and what its client is told at each step. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/kernel/ids.ts";
import { ADDRESS, type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let customer: string;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  customer = await shop.customer();
});

afterAll(() => service.stop());

/** Links that do not depend on the state. */
const ALWAYS = ["self", "events", "stream", "details", "customer"];

describe("an order that goes well", () => {
  test("is placed, confirmed, shipped and delivered, and looks as documented", async () => {
    const product = await shop.product("2999", 10);
    const placed = await shop.place(customer, { [product]: 2 });
    expect(placed.status).toBe(201);
    const { id } = placed.body;
    expect(placed.headers.get("location")).toBe(`/v1/orders/${id}`);

    const confirmed = await shop.reaches(id, "confirmed");
    expect(confirmed).toEqual({
      id,
      customerId: customer,
      items: [{ productId: product, quantity: 2, unitPrice: { amount: "2999", currency: "EUR" } }],
      shippingAddress: ADDRESS,
      status: "confirmed",
      state: "confirmed",
      total: { amount: "5998", currency: "EUR" },
      version: 3,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: expect.stringMatching(/Z$/),
      _links: {
        self: { href: `/v1/orders/${id}` },
        events: { href: `/v1/orders/${id}/events` },
        stream: { href: `/v1/orders/${id}/stream` },
        details: { href: `/v1/order-details/${id}` },
        customer: { href: `/v1/customers/${customer}` },
        changeShippingAddress: { href: `/v1/orders/${id}`, method: "PATCH" },
        cancel: { href: `/v1/orders/${id}/cancel`, method: "POST" },
        ship: { href: `/v1/orders/${id}/ship`, method: "POST" },
      },
    });
    expect(await shop.stock(product)).toEqual({ available: 8, reserved: 2 });
    expect(await shop.charge(id)).toEqual({ orderId: id, amount: "5998", currency: "EUR", status: "captured" });

    const shipped = await shop.post(`/v1/orders/${id}/ship`, { trackingNumber: "T-1" });
    expect(shipped).toMatchObject({ status: 200, body: { status: "shipped", trackingNumber: "T-1" } });
    expect(Object.keys(shipped.body._links)).toEqual([...ALWAYS, "deliver"]);

    const delivered = await shop.post(`/v1/orders/${id}/deliver`, {});
    expect(delivered).toMatchObject({ status: 200, body: { status: "delivered", state: "delivered", version: 5 } });
    expect(Object.keys(delivered.body._links)).toEqual(ALWAYS);
    expect(await shop.eventTypes(id)).toEqual([
      "OrderPlaced",
      "StockReserved",
      "PaymentCaptured",
      "OrderShipped",
      "OrderDelivered",
    ]);
  });

  test("tells its history: what, when, where it led and what it asked for", async () => {
    const product = await shop.product("100", 1);
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    await shop.reaches(id, "confirmed");
    const path = `/v1/orders/${id}/events`;
    const { items, next, links } = (await shop.get(path)).body;
    expect({ next, links }).toEqual({ next: null, links: { self: path, next: null } });
    expect(items[0]).toMatchObject({
      type: "OrderPlaced",
      version: 1,
      state: "reservingStock",
      data: { customerId: customer, total: { amount: "100", currency: "EUR" }, shippingAddress: ADDRESS },
      recordedAt: expect.stringMatching(/Z$/),
      metadata: { machine: expect.stringMatching(/^order@1/) },
    });
    expect(items[0].effects).toContainEqual(
      expect.objectContaining({ kind: "message", to: { type: "stock", id: product } }),
    );
    expect(items.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3]);

    const first = await shop.get(`${path}?limit=2`);
    expect(first.body.items).toEqual(items.slice(0, 2));
    expect(first.headers.get("link")).toBe(`<${first.body.links.next}>; rel="next"`);
    expect((await shop.get(first.body.links.next)).body).toMatchObject({ items: items.slice(2), next: null });
  });
});

describe("an order that does not go well", () => {
  test("a total over 1,000.00 is declined, and nothing stays charged or reserved", async () => {
    const [dear, cheap] = [await shop.product("50000", 5), await shop.product("1", 7)];
    const { id } = (await shop.place(customer, { [dear]: 2, [cheap]: 1 })).body;
    await shop.reaches(id, "cancelled");
    expect(await shop.eventTypes(id)).toEqual([
      "OrderPlaced",
      "StockReserved",
      "StockReserved",
      "PaymentDeclined",
      "StockReleased",
      "StockReleased",
    ]);
    expect(await shop.stock(dear)).toEqual({ available: 5, reserved: 0 });
    expect(await shop.stock(cheap)).toEqual({ available: 7, reserved: 0 });
    expect(await shop.charge(id)).toEqual({ orderId: id, amount: "100001", currency: "EUR", status: "declined" });
  });

  test("exactly 1,000.00 is taken", async () => {
    const product = await shop.product("100000", 1);
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    await shop.reaches(id, "confirmed");
  });

  test("of two orders for the last unit one is confirmed, the other ends cancelled", async () => {
    const product = await shop.product("100", 1);
    const ids = (await Promise.all([1, 2].map(() => shop.place(customer, { [product]: 1 })))).map(({ body }) =>
      body.id
    );
    const ends = await Promise.all(
      ids.map((id) =>
        Promise.any([
          shop.reaches(id, "confirmed").then(() => "confirmed"),
          shop.reaches(id, "cancelled").then(() => "cancelled"),
        ])
      ),
    );
    expect(ends.toSorted()).toEqual(["cancelled", "confirmed"]);
    expect(await shop.stock(product)).toEqual({ available: 0, reserved: 1 });
    const charges = await Promise.all(ids.map((id) => shop.charge(id)));
    expect(charges.filter(Boolean)).toHaveLength(1);
  });

  test("cancelled when paid: the money and the stock go back", async () => {
    const product = await shop.product("100", 3);
    const { id } = (await shop.place(customer, { [product]: 3 })).body;
    await shop.reaches(id, "confirmed");
    const answer = await shop.post(`/v1/orders/${id}/cancel`, { reason: "changed my mind" });
    expect(answer.status).toBe(200);
    await shop.reaches(id, "cancelled");
    expect(await shop.charge(id)).toMatchObject({ status: "refunded" });
    expect(await shop.stock(product)).toEqual({ available: 3, reserved: 0 });
  });

  test("an answer of the provider that is lost charges once", async () => {
    const product = await shop.product("100", 3);
    const orderId = newId();
    await service.behaviours.tell(orderId, { capture: "twice" });
    await service.runtime.actor("order", orderId).propose(
      {
        type: "OrderPlaced",
        customerId: customer,
        items: [{ productId: product, quantity: 1, unitPrice: { amount: "100", currency: "EUR" } }],
        total: { amount: "100", currency: "EUR" },
        shippingAddress: ADDRESS,
        timeouts: {
          reservationMs: 5e3,
          paymentMs: 5e3,
          shipmentMs: 5e3,
          deliveryMs: 5e3,
          releaseMs: 5e3,
          refundMs: 5e3,
          reminderMs: 5e3,
        },
      },
      { by: "internal" },
    );
    await shop.reaches(orderId, "confirmed");
    const { items } = (await shop.get("/demo/provider/charges")).body;
    expect(items.filter((charge: { orderId: string }) => charge.orderId === orderId)).toHaveLength(1);
  });
});

describe("what the state forbids", () => {
  test("is 409 with what is possible instead, and changes nothing", async () => {
    const product = await shop.product("100", 1);
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    await shop.reaches(id, "confirmed");
    const head = await service.store.head();
    const early = await shop.post(`/v1/orders/${id}/deliver`, {});
    expect(early.status).toBe(409);
    expect(early.headers.get("content-type")).toBe("application/problem+json");
    expect(early.body).toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      status: 409,
      state: "confirmed",
      event: "OrderDelivered",
      allowed: ["ShippingAddressChanged", "CancellationRequested", "OrderShipped"],
      instance: `/v1/orders/${id}/deliver`,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(await service.store.head()).toBe(head);

    await shop.post(`/v1/orders/${id}/ship`, {});
    expect(await shop.post(`/v1/orders/${id}/cancel`, {})).toMatchObject({
      status: 409,
      body: { state: "shipped", allowed: ["OrderDelivered"] },
    });
    await shop.post(`/v1/orders/${id}/deliver`, {});
    expect(await shop.post(`/v1/orders/${id}/ship`, {})).toMatchObject({
      status: 409,
      body: { state: "delivered", allowed: [] },
    });
  });
});

describe("prices", () => {
  test("two currencies in one order are refused where they meet", async () => {
    const [eur, usd] = [await shop.product("100", 1), await shop.product("100", 1, "USD")];
    const { status, body } = await shop.place(customer, { [eur]: 1, [usd]: 1 });
    expect({ status, code: body.code, errors: body.errors }).toEqual({
      status: 422,
      code: "INVALID",
      errors: [{ pointer: "/items/1/productId", detail: "It is sold in USD, the first line in EUR" }],
    });
  });

  test("what comes to too much is refused where it does", async () => {
    const product = await shop.product("1000000000000", 1);
    const line = await shop.place(customer, { [product]: 2 });
    expect(line).toMatchObject({
      status: 422,
      body: { code: "AMOUNT_TOO_LARGE", errors: [{ pointer: "/items/0/quantity" }] },
    });
    const other = await shop.product("1", 1);
    const sum = await shop.place(customer, { [product]: 1, [other]: 1 });
    expect(sum).toMatchObject({ status: 422, body: { code: "AMOUNT_TOO_LARGE", errors: [{ pointer: "/items" }] } });
  });

  test("who and what does not exist is named", async () => {
    const product = await shop.product("100", 1);
    const { status, body } = await shop.place(newId(), { [product]: 1, [newId()]: 1 });
    expect(status).toBe(422);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/customerId",
      "/items/1/productId",
    ]);
  });
});
