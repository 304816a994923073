/** `Idempotency-Key`: one request, one effect, however often it is sent. */
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

const key = (value = newId()) => ({ "idempotency-key": value });

describe("the same key", () => {
  test("and body again: the same order, as it is now, and no new event", async () => {
    const headers = key();
    const first = await shop.place(customer, { [product]: 1 }, headers);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    await shop.reaches(first.body.id, "confirmed");
    const head = await service.store.head();
    const again = await shop.place(customer, { [product]: 1 }, headers);
    expect(again.status).toBe(201);
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(again.body).toMatchObject({ id: first.body.id, status: "confirmed" });
    expect(await service.store.head()).toBe(head);
  });

  test("and the same body written otherwise is the same request", async () => {
    const headers = key();
    const first = await shop.place(customer, { [product]: 1 }, headers);
    const text = ` { "shippingAddress": ${
      JSON.stringify(ADDRESS)
    }, "items": [ { "quantity": 1, "productId": "${product}" } ], "customerId": "${customer}" } `;
    expect(await shop.post("/v1/orders", text, headers)).toMatchObject({ status: 201, body: { id: first.body.id } });
  });

  test("and another body or another path is 422, also when that body is invalid", async () => {
    const headers = key();
    const { id } = (await shop.place(customer, { [product]: 1 }, headers)).body;
    const actors = async () =>
      (await service.store.readAll({ after: 0, limit: 10_000 })).filter(({ version }) => version === 1).length;
    await shop.reaches(id, "confirmed");
    const before = await actors();
    for (
      const other of [
        await shop.place(customer, { [product]: 2 }, headers),
        await shop.place(customer, { [product]: 0 }, headers),
        await shop.post("/v1/orders", {}, headers),
        await shop.post("/v1/customers", { name: "Ada", email: "ada@example.com" }, headers),
      ]
    ) {
      expect(other).toMatchObject({ status: 422, body: { code: "IDEMPOTENCY_KEY_REUSED" } });
    }
    expect(await actors()).toBe(before);
  });

  test("twenty times at once yields one order", async () => {
    const headers = key();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.place(customer, { [product]: 1 }, headers)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("idempotency-replayed") === null)).toHaveLength(1);
    const placed = (await service.store.readAll({ after: 0, limit: 10_000 })).filter(({ type }) =>
      type === "OrderPlaced"
    );
    expect(placed.filter(({ stream }) => stream === `order/${answers[0]!.body.id}`)).toHaveLength(1);
  });

  test("twice at once with two bodies: one order, and one that is told so", async () => {
    const headers = key();
    const answers = await Promise.all([1, 2].map((quantity) => shop.place(customer, { [product]: quantity }, headers)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422]);
  });

  test("after a refusal is judged anew", async () => {
    const headers = key();
    const sold = await shop.product("100", 1);
    const { id } = (await shop.place(customer, { [sold]: 1 })).body;
    expect((await shop.post(`/v1/orders/${id}/deliver`, {}, headers)).status).toBe(409);
    await shop.reaches(id, "confirmed");
    await shop.post(`/v1/orders/${id}/ship`, {});
    expect((await shop.post(`/v1/orders/${id}/deliver`, {}, headers)).status).toBe(200);
    const again = await shop.post(`/v1/orders/${id}/deliver`, {}, headers);
    expect(again).toMatchObject({ status: 200, body: { status: "delivered" } });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });

  test("makes one product and one customer, too", async () => {
    for (
      const [path, body] of [
        ["/v1/products", { name: "Cup", price: { amount: "5", currency: "EUR" }, stock: 1 }],
        ["/v1/customers", { name: "Bo", email: "bo@example.com" }],
      ] as const
    ) {
      const headers = key();
      const [first, again] = [await shop.post(path, body, headers), await shop.post(path, body, headers)];
      expect(first.status).toBe(201);
      expect(again.status).toBe(201);
      expect(again.body).toEqual(first.body);
      expect((await shop.get(first.headers.get("location")!)).body).toEqual(first.body);
    }
  });
});
