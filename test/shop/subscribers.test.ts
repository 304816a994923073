/** The shop's subscribers, and what the REST door shows of them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { createSubscriber, type Subscriber } from "../../src/projection/subscriber.ts";
import { shopSubscribers } from "../../src/shop/subscribers/shop-subscribers.ts";
import { eventually } from "../support/eventually.ts";
import { type ShopClient, shopClient } from "../support/shop-client.ts";
import { type ShopService, startShopService } from "../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let subscriber: Subscriber;
const mails: [customer: string, event: string][] = [];

let customer: string;
let cup: string;
let pot: string;
let tea: string;
let delivered: string;
let declined: string;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  subscriber = createSubscriber({ store: service.store, clock, logger });
  const enqueue = async (...mail: [string, string]) => void mails.push(mail);
  for (const subscription of shopSubscribers(enqueue)) await subscriber.subscribe(subscription);

  customer = await shop.customer();
  [cup, pot, tea] = [
    await shop.product("1000", 100),
    await shop.product("2500", 100),
    await shop.product("70000", 100),
  ];
  delivered = (await shop.place(customer, { [cup]: 2, [pot]: 1 })).body.id;
  const second = (await shop.place(customer, { [cup]: 1, [pot]: 1 })).body.id;
  declined = (await shop.place(customer, { [cup]: 1, [tea]: 2 })).body.id;
  await shop.reaches(delivered, "confirmed");
  await shop.reaches(second, "confirmed");
  await shop.reaches(declined, "cancelled");
  await shop.post(`/v1/orders/${delivered}/ship`, {});
  await shop.post(`/v1/orders/${delivered}/deliver`, {});
  await shop.reaches(delivered, "delivered");
  subscriber.wake();
  const head = await service.store.head();
  await eventually(async () => {
    for (const { name, position } of await service.store.subscriptions()) expect(position, name).toBe(head);
  }, 20_000);
});

afterAll(async () => {
  await subscriber.stop();
  await service.stop();
});

test("customers are told once of each status of an order, in order", async () => {
  const { body } = await shop.get("/v1/notifications?limit=100");
  const told = (order: string | null) =>
    body.items.filter(({ orderId }: { orderId: string | null }) => orderId === order).toReversed();
  const statuses = (order: string) => told(order).map(({ status }: { status: string }) => status);
  expect(statuses(delivered)).toEqual(["pending", "confirmed", "shipped", "delivered"]);
  expect(statuses(declined)).toEqual(["pending", "cancelled"]);
  expect(told(delivered)[0]).toMatchObject({
    customerId: customer,
    subject: "We have your order",
    _links: { order: { href: `/v1/orders/${delivered}` } },
  });
  expect(told(null)).toMatchObject([{ customerId: customer, subject: "Welcome to the shop", status: null }]);
  const { body: page } = await shop.get("/v1/notifications?limit=2");
  const { body: next } = await shop.get(`/v1/notifications?limit=2&after=${page.next}`);
  expect([...page.items, ...next.items]).toEqual(body.items.slice(0, 4));
});

test("the page shows what would be mailed, and no address", async () => {
  const page = await fetch(`${service.url}/notifications`);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const text = await page.text();
  expect(text).toContain("Your order has arrived");
  expect(text).toContain(`href="/v1/orders/${delivered}"`);
  expect(text).not.toContain("@");
});

test("the figures of a day are its orders by status, and what was captured less what was refunded", async () => {
  const { body } = await shop.get("/v1/analytics/daily");
  const days: { day: string; orders: Record<string, number>; revenue: object[] }[] = body.items;
  // The test may run over midnight.
  expect(days.length).toBeLessThanOrEqual(2);
  const total: Record<string, number> = {};
  for (const { orders } of days) {
    for (const [status, count] of Object.entries(orders)) total[status] = (total[status] ?? 0) + count;
  }
  expect(total).toEqual({ delivered: 1, confirmed: 1, cancelled: 1 });
  expect(days[0]!.revenue).toEqual([{ amount: "8000", currency: "EUR" }]);
  expect((await shop.get("/v1/analytics/daily?limit=0")).status).toBe(400);
});

test("products are recommended that were bought together and not cancelled", async () => {
  const { body } = await shop.get(`/v1/products/${cup}/recommendations`);
  expect(body.items).toMatchObject([{
    productId: pot,
    orders: 2,
    _links: { product: { href: `/v1/products/${pot}` } },
  }]);
  expect((await shop.get(`/v1/products/${tea}/recommendations`)).body).toEqual({ items: [] });
  expect((await shop.get(`/v1/products/${crypto.randomUUID()}/recommendations`)).status).toBe(404);
});

test("each new customer's welcome mail is handed to the queue under the event's id", () => {
  expect(new Set(mails.map(String))).toEqual(new Set([[customer, `customer/${customer}/1`].join(",")]));
});
