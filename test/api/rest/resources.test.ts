/** What may be done to products, customers and orders besides placing them, and the conditions it is done under. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/kernel/ids.ts";
import { ADDRESS, type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let customer: string;
let product: string;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  customer = await shop.customer();
  product = await shop.product("100", 1_000);
});

afterAll(() => service.stop());

async function confirmed(): Promise<string> {
  const { id } = (await shop.place(customer, { [product]: 1 })).body;
  await shop.reaches(id, "confirmed");
  return id;
}

const price = { amount: "1250", currency: "EUR" };

describe("a product", () => {
  test("is replaced as a whole, changed in part, and taken out of the catalogue", async () => {
    const body = { name: "Cup", description: "Blue.", price, stock: 3 };
    const { id } = (await shop.post("/v1/products", body)).body;
    const replaced = await shop.call("PUT", `/v1/products/${id}`, { name: "Mug", price });
    expect(replaced).toMatchObject({ status: 200, body: { name: "Mug", stock: { available: 3, reserved: 0 } } });
    expect(replaced.body.description).toBeUndefined();
    const changed = await shop.call("PATCH", `/v1/products/${id}`, { description: "Red." });
    expect(changed).toMatchObject({ status: 200, body: { name: "Mug", description: "Red.", price } });
    const cleared = await shop.call("PATCH", `/v1/products/${id}`, { description: null }, {
      "content-type": "application/merge-patch+json",
    });
    expect(cleared.body.description).toBeUndefined();

    expect((await shop.call("DELETE", `/v1/products/${id}`)).status).toBe(204);
    for (const method of ["GET", "DELETE"]) {
      expect(await shop.call(method, `/v1/products/${id}`)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    }
    expect((await shop.call("PATCH", `/v1/products/${id}`, { name: "X" })).status).toBe(404);
    expect(await shop.place(customer, { [id]: 1 })).toMatchObject({ status: 422 });
  });

  test("that was ordered is sent all the same when it is discontinued", async () => {
    const id = await shop.product("100", 5);
    const order = (await shop.place(customer, { [id]: 1 })).body;
    await shop.call("DELETE", `/v1/products/${id}`);
    await shop.reaches(order.id, "confirmed");
    expect((await shop.get(`/v1/order-details/${order.id}`)).body.products[0].name).toMatch(/^Product /);
  });

  test("costs what it cost when it was ordered", async () => {
    const id = await shop.product("100", 5);
    const order = (await shop.place(customer, { [id]: 2 })).body;
    await shop.call("PATCH", `/v1/products/${id}`, { price });
    expect((await shop.get(`/v1/orders/${order.id}`)).body.total.amount).toBe("200");
    expect((await shop.place(customer, { [id]: 2 })).body.total.amount).toBe("2500");
  });
});

describe("a customer", () => {
  test("changes what is named, and loses what is null", async () => {
    const id = await shop.customer();
    const path = `/v1/customers/${id}`;
    expect((await shop.get(`${path}/addresses`)).body).toEqual({ items: [] });
    const changed = await shop.call("PATCH", path, { address: ADDRESS, bio: "Counts." });
    expect(changed).toMatchObject({ status: 200, body: { name: "Ada", address: ADDRESS, bio: "Counts." } });
    expect((await shop.get(`${path}/addresses`)).body).toEqual({ items: [ADDRESS] });
    const without = (await shop.call("PATCH", path, { bio: null })).body;
    expect([without.bio, without.address]).toEqual([undefined, ADDRESS]);
  });
});

describe("an order", () => {
  test("is sent somewhere else until it is shipped", async () => {
    const id = await confirmed();
    const shippingAddress = { ...ADDRESS, city: "Bergen" };
    const moved = await shop.call("PATCH", `/v1/orders/${id}`, { shippingAddress });
    expect(moved).toMatchObject({ status: 200, body: { shippingAddress, status: "confirmed" } });
    await shop.post(`/v1/orders/${id}/ship`, {});
    expect(await shop.call("PATCH", `/v1/orders/${id}`, { shippingAddress })).toMatchObject({
      status: 409,
      body: { code: "TRANSITION_NOT_ALLOWED", event: "ShippingAddressChanged", allowed: ["OrderDelivered"] },
    });
  });

  test("is cancelled by DELETE, and not replaced by PUT", async () => {
    const id = await confirmed();
    const put = await shop.call("PUT", `/v1/orders/${id}`, {});
    expect({ status: put.status, allow: put.headers.get("allow") }).toEqual({
      status: 405,
      allow: "GET, HEAD, PATCH, DELETE, OPTIONS",
    });
    expect(await shop.call("DELETE", `/v1/orders/${id}`)).toMatchObject({ status: 200, body: { id } });
    await shop.reaches(id, "cancelled");
  });

  test("takes the statuses that people decide, and says whose the others are", async () => {
    const id = await confirmed();
    const ask = (status: string) => shop.call("PATCH", `/v1/orders/${id}/status`, { status });
    for (const status of ["pending", "confirmed", "cancelling", "needsIntervention"]) {
      expect(await ask(status)).toMatchObject({
        status: 409,
        body: { code: "TRANSITION_NOT_ALLOWED", state: "confirmed", allowed: expect.arrayContaining(["OrderShipped"]) },
      });
    }
    expect(await ask("delivered")).toMatchObject({ status: 409 });
    expect(await ask("shipped")).toMatchObject({ status: 200, body: { status: "shipped" } });
    expect(await ask("delivered")).toMatchObject({ status: 200, body: { status: "delivered" } });
    expect(await ask("lost")).toMatchObject({ status: 422, body: { code: "INVALID" } });
  });

  test("shows itself as it was", async () => {
    const id = await confirmed();
    const first = await shop.get(`/v1/orders/${id}?at=1`);
    expect(first).toMatchObject({ status: 200, body: { version: 1, status: "pending", state: "reservingStock" } });
    expect(first.headers.get("etag")).toBe('"1"');
    expect(first.body._links.cancel).toBeUndefined();
    const now = (await shop.get(`/v1/orders/${id}`)).body;
    const { _links: _, ...then } = (await shop.get(`/v1/orders/${id}?at=${now.version}`)).body;
    expect(now).toMatchObject(then);
    expect((await shop.get(`/v1/orders/${id}?at=99`)).status).toBe(404);
    expect((await shop.get(`/v1/orders/${id}?at=0`)).status).toBe(400);
  });

  test("is put together for a screen, and says what is missing", async () => {
    const id = await confirmed();
    const { body } = await shop.get(`/v1/order-details/${id}`);
    expect(body).toMatchObject({
      orderId: id,
      status: "confirmed",
      customer: { name: "Ada", email: "ada@example.com" },
      products: [{ id: product, name: expect.stringMatching(/^Product/), quantity: 1 }],
      payment: { status: "captured", amount: { amount: "100", currency: "EUR" } },
      total: { amount: "100", currency: "EUR" },
      missing: [],
    });
    const mobile = (await shop.get(`/v1/order-details/${id}?view=mobile`)).body;
    expect(Object.keys(mobile)).toEqual(["orderId", "status", "products", "payment", "total", "missing"]);
    expect((await shop.get(`/v1/order-details/${newId()}`)).status).toBe(404);
  });
});

describe("conditions", () => {
  test("who has it already is not sent it again", async () => {
    const id = await confirmed();
    const first = await shop.get(`/v1/orders/${id}`);
    const etag = first.headers.get("etag")!;
    expect(etag).toBe(`"${first.body.version}"`);
    for (const known of [etag, `W/${etag}`, `"0", ${etag}`, "*"]) {
      const again = await shop.call("GET", `/v1/orders/${id}`, undefined, { "if-none-match": known });
      expect({ status: again.status, etag: again.headers.get("etag"), body: again.body }).toEqual({
        status: 304,
        etag,
        body: undefined,
      });
    }
    await shop.post(`/v1/orders/${id}/ship`, {});
    expect((await shop.call("GET", `/v1/orders/${id}`, undefined, { "if-none-match": etag })).status).toBe(200);
  });

  test("each representation has a tag of its own", async () => {
    const tags = await Promise.all(["application/json", "application/xml", "text/html"].map(async (accept) => {
      const response = await fetch(`${service.url}/v1/products/${product}`, { headers: { accept } });
      await response.text();
      return response.headers.get("etag");
    }));
    expect(new Set(tags).size).toBe(3);
  });

  test("a change on the condition that nobody was faster", async () => {
    const id = await shop.product("100", 5);
    const path = `/v1/products/${id}`;
    const etag = (await shop.get(path)).headers.get("etag")!;
    const change = (tag: string) => shop.call("PATCH", path, { name: `Cup ${tag}` }, { "if-match": tag });
    expect((await change(etag)).status).toBe(200);
    for (const stale of [etag, '"999"', 'W/"3"', '"other"']) {
      expect(await change(stale)).toMatchObject({ status: 412, body: { code: "VERSION_CONFLICT" } });
    }
    for (const garbage of ["3", "garbage", '"a" "b"', ""]) {
      expect(await change(garbage)).toMatchObject({ status: 400, body: { code: "MALFORMED" } });
    }
    expect((await change("*")).status).toBe(200);
    const order = await confirmed();
    const late = await shop.post(`/v1/orders/${order}/ship`, {}, { "if-match": '"1"' });
    expect(late).toMatchObject({ status: 412, body: { code: "VERSION_CONFLICT" } });
    const { version } = (await shop.get(`/v1/orders/${order}`)).body;
    expect((await shop.post(`/v1/orders/${order}/ship`, {}, { "if-match": `"${version}"` })).status).toBe(200);
  });

  test("once for a key, whatever the method", async () => {
    const [id, key] = [await shop.product("100", 5), { "idempotency-key": newId() }];
    const first = await shop.call("PATCH", `/v1/products/${id}`, { name: "Once" }, key);
    await shop.call("PATCH", `/v1/products/${id}`, { name: "Twice" });
    const again = await shop.call("PATCH", `/v1/products/${id}`, { name: "Once" }, key);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect([first.body.name, again.body.name, again.body.version]).toEqual(["Once", "Twice", first.body.version + 1]);
    const gone = { "idempotency-key": newId() };
    expect((await shop.call("DELETE", `/v1/products/${id}`, undefined, gone)).status).toBe(204);
    expect((await shop.call("DELETE", `/v1/products/${id}`, undefined, gone)).status).toBe(204);
  });
});

describe("Prefer", () => {
  const place = (prefer: string) => shop.place(customer, { [product]: 1 }, { prefer });

  test("wait: the answer is what came of it", async () => {
    const { status, headers, body } = await place("wait=5");
    expect({ status, applied: headers.get("preference-applied"), state: body.status }).toEqual({
      status: 201,
      applied: "wait=5",
      state: "confirmed",
    });
    const cancelled = await shop.post(`/v1/orders/${body.id}/cancel`, {}, { prefer: "wait=5" });
    expect(cancelled).toMatchObject({ status: 200, body: { status: "cancelled" } });
  });

  test("wait, in vain: 202 and where to look", async () => {
    const { status, headers, body } = await place("wait=0");
    expect({ status, location: headers.get("location"), retry: headers.get("retry-after") }).toEqual({
      status: 202,
      location: `/v1/orders/${body.id}`,
      retry: "1",
    });
    await shop.reaches(body.id, "confirmed");
  });

  test("respond-async: 202 at once", async () => {
    const { status, headers, body } = await place("respond-async, wait=5");
    expect({ status, applied: headers.get("preference-applied"), state: body.status }).toEqual({
      status: 202,
      applied: "respond-async",
      state: "pending",
    });
    const settled = await shop.call("GET", `/v1/orders/${body.id}`, undefined, { prefer: "wait=5" });
    expect(settled.body.status).toBe("confirmed");
  });
});

describe("what was elsewhere", () => {
  test.each([
    ["GET", "/orders?status=shipped", 301, "/v1/orders?status=shipped"],
    ["GET", "/products/1", 301, "/v1/products/1"],
    ["GET", "/users/1/orders", 301, "/v1/customers/1/orders"],
    ["HEAD", "/customers", 301, "/v1/customers"],
    ["POST", "/orders", 308, "/v1/orders"],
  ])("%s %s is sent on with %i", async (method, path, status, location) => {
    const answer = await fetch(`${service.url}${path}`, { method, redirect: "manual" });
    expect({ status: answer.status, location: answer.headers.get("location") }).toEqual({ status, location });
  });

  test("an order placed at the old address is placed", async () => {
    const body = { customerId: customer, items: [{ productId: product, quantity: 1 }], shippingAddress: ADDRESS };
    expect((await shop.post("/orders", body)).status).toBe(201);
  });
});
