/** Watching an order: every update once, with the status it came from, over every cut; and it comes to an end. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/kernel/clock.ts";
import { newId } from "../../../src/kernel/ids.ts";
import { type OrderUpdate, untilSettled, watchOrder } from "../../../src/shop/orders/watch-order.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";
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

async function updates(id: string, after?: number): Promise<OrderUpdate[]> {
  const found: OrderUpdate[] = [];
  for await (const update of watchOrder(service.runtime, id, { after })) found.push(update);
  return found;
}

describe("watching an order", () => {
  test("tells each status with the one before, from anywhere, and ends with the order", async () => {
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    const whole = updates(id);
    await shop.reaches(id, "confirmed");
    await shop.post(`/v1/orders/${id}/ship`, {});
    await shop.post(`/v1/orders/${id}/deliver`, {});
    const told = await whole;
    expect(told.map(({ event, oldStatus, newStatus }) => [event, oldStatus, newStatus])).toEqual([
      ["OrderPlaced", undefined, "pending"],
      ["StockReserved", "pending", "pending"],
      ["PaymentCaptured", "pending", "confirmed"],
      ["OrderShipped", "confirmed", "shipped"],
      ["OrderDelivered", "shipped", "delivered"],
    ]);
    for (const [n, { position }] of told.entries()) expect(await updates(id, position)).toEqual(told.slice(n + 1));
    // Positions of other actors lie between its own.
    expect(await updates(id, told[3]!.position - 1)).toEqual(
      told[3]!.position - 1 === told[2]!.position ? told.slice(3) : expect.arrayContaining(told.slice(3)),
    );
  });

  test("ends when it is told to, and finds no order where there is none", async () => {
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    const end = new AbortController();
    const watching = (async () => {
      for await (const { newStatus } of watchOrder(service.runtime, id, { signal: end.signal })) {
        if (newStatus === "confirmed") end.abort();
      }
    })();
    await watching;
    await expect(updates(newId())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("until it is settled, or the time is up", async () => {
    const { id } = (await shop.place(customer, { [product]: 1 })).body;
    expect((await untilSettled(service.runtime, systemClock, id, 5_000)).status).toBe("confirmed");
    // Settled already: there is nothing to wait for.
    expect((await untilSettled(service.runtime, systemClock, id, 5_000)).status).toBe("confirmed");
    const other = (await shop.place(customer, { [product]: 1 })).body;
    expect(["pending", "confirmed"]).toContain((await untilSettled(service.runtime, systemClock, other.id, 0)).status);
  });
});
