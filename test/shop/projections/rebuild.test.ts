/** A projection is the fold of the log: however the log is cut into batches, the rows are the same bytes. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Projection, StoredEvent } from "../../../src/projection/projection.ts";
import { customerSummaries } from "../../../src/shop/projections/customer-summaries.ts";
import { orderSummaries } from "../../../src/shop/projections/order-summaries.ts";
import { productSummaries } from "../../../src/shop/projections/product-summaries.ts";
import { ADDRESS, type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let log: StoredEvent[];

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  const customer = await shop.customer();
  const [product, scarce] = [await shop.product("40000", 100), await shop.product("1", 1)];
  const orders = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) => shop.place(customer, n === 6 ? { [scarce]: 2 } : { [product]: n })),
  );
  const ids = orders.map(({ body }) => body.id as string);
  for (const [n, id] of ids.entries()) await shop.reaches(id, n < 2 ? "confirmed" : "cancelled");
  await shop.call("PATCH", `/v1/orders/${ids[0]}`, { shippingAddress: { ...ADDRESS, city: "Bergen" } });
  await shop.post(`/v1/orders/${ids[0]}/ship`, { trackingNumber: "T-1" });
  await shop.call("PATCH", `/v1/products/${product}`, { description: "Heavy.", name: "Anvil" });
  await shop.call("PATCH", `/v1/products/${scarce}`, { price: { amount: "2", currency: "EUR" } });
  await shop.call("PUT", `/v1/products/${product}`, { name: "Anvil", price: { amount: "3", currency: "EUR" } });
  await shop.call("DELETE", `/v1/products/${scarce}`);
  await shop.customer();
  await shop.call("PATCH", `/v1/customers/${customer}`, { address: ADDRESS, bio: "Counts.", username: "ada" });
  await shop.call("PATCH", `/v1/customers/${customer}`, { bio: null });
  const head = await service.store.head();
  await service.projector.reached(head, 20_000);
  log = await service.store.readAll({ after: 0, limit: 10_000 });
});

afterAll(() => service.stop());

test.each([
  [orderSummaries, "placed_position"],
  [productSummaries, "listed_position"],
  [customerSummaries, "registered_position"],
] as [Projection, string][])(
  "$name, rebuilt in other batches",
  async (projection, order) => {
    const { store } = service;
    const rows = () =>
      store.query(
        `select md5(string_agg(t::text, chr(10) order by ${order})) as digest, count(*)::text as rows from ${projection.name} t`,
      );
    const wanted = log.filter(({ stream }) => projection.types.some((type) => stream.startsWith(`${type}/`)));
    const before = await rows();
    expect(Number(before[0]!["rows"])).toBeGreaterThan(1);
    for (const size of [1, 2, 7, 1_000]) {
      await store.query(`delete from ${projection.name}`);
      for (let start = 0; start < wanted.length; start += size) {
        await projection.apply(store, wanted.slice(start, start + size));
      }
      expect(await rows()).toEqual(before);
    }
  },
);
