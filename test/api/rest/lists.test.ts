/** Lists: pages, filters, and that who has been told "created" finds it there. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let customer: string;
const products: string[] = [];
const orders: string[] = [];

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  customer = await shop.customer();
  for (let n = 0; n < 7; n++) products.push(await shop.product(String(100 + n), 50));
  for (let n = 0; n < 11; n++) orders.push((await shop.place(customer, { [products[0]!]: 1 })).body.id);
  await Promise.all(orders.map((id) => shop.reaches(id, "confirmed")));
  for (const id of orders.slice(0, 4)) await shop.post(`/v1/orders/${id}/ship`, {});
});

afterAll(() => service.stop());

const idsOf = (items: { id: string }[]) => items.map(({ id }) => id);

async function pages(path: string, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  for (let after = "";;) {
    const { status, body } = await shop.get(`${path}${path.includes("?") ? "&" : "?"}limit=${limit}${after}`);
    expect(status).toBe(200);
    found.push(idsOf(body.items));
    if (body.next === null) return found;
    after = `&after=${encodeURIComponent(body.next)}`;
  }
}

describe("orders", () => {
  test("come newest first, each once, page by page", async () => {
    const found = await pages("/v1/orders", 4);
    expect(found.map(({ length }) => length)).toEqual([4, 4, 3]);
    expect(found.flat()).toEqual(orders.toReversed());
  });

  test("of a full last page there is no next", async () => {
    expect((await pages("/v1/orders", 11)).map(({ length }) => length)).toEqual([11]);
  });

  test("new ones in front do not disturb who reads on", async () => {
    const first = (await shop.get("/v1/orders?limit=5")).body;
    const { id } = (await shop.place(customer, { [products[1]!]: 1 })).body;
    const second = (await shop.get(`/v1/orders?limit=6&after=${first.next}`)).body;
    expect([...idsOf(first.items), ...idsOf(second.items)]).toEqual(orders.toReversed());
    await shop.reaches(id, "confirmed");
    await shop.post(`/v1/orders/${id}/cancel`, {});
    await shop.reaches(id, "cancelled");
  });

  test("by status, with cursors that belong to it", async () => {
    expect((await pages("/v1/orders?status=shipped", 3)).flat()).toEqual(orders.slice(0, 4).toReversed());
    expect((await pages("/v1/orders?status=delivered", 3)).flat()).toEqual([]);
    const { next } = (await shop.get("/v1/orders?status=shipped&limit=1")).body;
    expect(await shop.get(`/v1/orders?status=confirmed&limit=1&after=${next}`)).toMatchObject({ status: 400 });
  });

  test("look as each of them alone, once all is folded", async () => {
    await service.projector.reached(await service.store.head(), 20_000);
    const { items } = (await shop.get("/v1/orders?limit=100")).body;
    for (const id of [orders[0]!, orders[10]!]) {
      expect(items.find((item: { id: string }) => item.id === id)).toEqual((await shop.get(`/v1/orders/${id}`)).body);
    }
  });

  test("are there at once for who placed them", async () => {
    for (let n = 0; n < 10; n++) {
      const { id } = (await shop.place(customer, { [products[2]!]: 1 })).body;
      expect(idsOf((await shop.get("/v1/orders?limit=1")).body.items)).toEqual([id]);
    }
  });

  test("by customer, and in both ways to write it", async () => {
    const other = await shop.customer();
    const { id } = (await shop.place(other, { [products[3]!]: 1 })).body;
    expect((await pages(`/v1/orders?customer_id=${other}`, 3)).flat()).toEqual([id]);
    expect((await pages(`/v1/customers/${other}/orders`, 3)).flat()).toEqual([id]);
    expect((await pages(`/v1/customers/${other}/orders?status=delivered`, 3)).flat()).toEqual([]);
  });

  test("by page, with a total and the way on and back", async () => {
    const { body, headers } = await shop.get("/v1/orders?status=shipped&page=2&page_size=3");
    expect(idsOf(body.items)).toEqual([orders[0]]);
    expect(body).toMatchObject({
      total: 4,
      page: 2,
      pageSize: 3,
      links: {
        self: "/v1/orders?status=shipped&page=2&page_size=3",
        next: null,
        prev: "/v1/orders?status=shipped&page=1&page_size=3",
      },
    });
    expect(headers.get("link")).toBe('</v1/orders?status=shipped&page=1&page_size=3>; rel="prev"');
    const first = (await shop.get(body.links.prev)).body;
    expect([idsOf(first.items), first.links.prev]).toEqual([orders.slice(1, 4).toReversed(), null]);
    expect(first.links.next).toBe("/v1/orders?status=shipped&page=2&page_size=3");
    expect((await shop.get("/v1/orders?page=1")).body.items).toHaveLength(10);
  });

  test("with a token nobody is given an older list, and a token from the future is waited for in vain", async () => {
    const placed = await shop.place(customer, { [products[4]!]: 1 });
    const token = placed.headers.get("consistency-token")!;
    expect(Number(token)).toBeGreaterThan(0);
    const { body } = await shop.call("GET", "/v1/orders?limit=1", undefined, { "consistency-token": token });
    expect(idsOf(body.items)).toEqual([placed.body.id]);
  });

  test("a hundred at most", async () => {
    expect(await shop.get("/v1/orders?limit=1000000")).toMatchObject({ status: 200 });
  });
});

describe("products", () => {
  test("come in the order of the catalogue, with what is on the shelf", async () => {
    expect((await pages("/v1/products", 3)).flat()).toEqual(products);
    const { items } = (await shop.get("/v1/products?limit=1")).body;
    expect(items[0]).toEqual((await shop.get(`/v1/products/${products[0]}`)).body);
    expect(items[0]).toMatchObject({
      price: { amount: "100", currency: "EUR" },
      stock: { available: 39, reserved: 7 },
    });
  });

  test("by number, and by price in the currency's own units", async () => {
    const { body } = await shop.get("/v1/products?skip=2&limit=2");
    expect(idsOf(body.items)).toEqual(products.slice(2, 4));
    expect(body).toMatchObject({
      total: 7,
      links: { next: "/v1/products?skip=4&limit=2", prev: "/v1/products?skip=0&limit=2" },
    });
    expect((await pages("/v1/products?min_price=102&max_price=104", 2)).flat()).toEqual(products.slice(2, 5));
    const yen = await shop.product("103", 1, "JPY");
    expect((await pages("/v1/products?min_price=103&max_price=103", 9)).flat()).toEqual([products[3], yen]);
    expect((await pages("/v1/products?min_price=103&max_price=103&currency=JPY", 9)).flat()).toEqual([yen]);
    await shop.call("DELETE", `/v1/products/${yen}`);
    expect((await pages("/v1/products?currency=JPY", 9)).flat()).toEqual([]);
  });

  test("show their description when they have one, composed and harmless", async () => {
    const bare = await shop.post("/v1/products", { name: "Cup", price: { amount: "1", currency: "JPY" }, stock: 0 });
    expect(bare.body.description).toBeUndefined();
    const body = {
      name: "Zoe\u0308's \u202ecup",
      description: "a\u200bb",
      price: { amount: "1", currency: "EUR" },
      stock: 0,
    };
    const response = await fetch(`${service.url}/v1/products`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    expect(text).toContain("Zo\u00eb's \\u202ecup");
    expect(JSON.parse(text)).toMatchObject({ name: "Zo\u00eb's \u202ecup", description: "a\u200bb" });
  });
});

describe("customers", () => {
  test("come in the order in which they registered", async () => {
    const bo = (await shop.post("/v1/customers", { username: "bo", email: "bo@example.com", bio: "Sails." })).body;
    expect(bo).toMatchObject({ name: "bo", username: "bo", bio: "Sails." });
    expect((await pages("/v1/customers", 2)).flat().at(-1)).toBe(bo.id);
    const { items, total } = (await shop.get("/v1/customers?page=1&page_size=100")).body;
    expect(items).toHaveLength(total);
    expect(items.at(-1)).toEqual((await shop.get(`/v1/customers/${bo.id}`)).body);
  });
});
