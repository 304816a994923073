/** The screen comes in time, with or without each of its parts. */
import { describe, expect, test } from "vitest";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import type { Order } from "../../../src/shop/orders/order.ts";
import { type DetailSources, orderDetails } from "../../../src/shop/orders/order-details.ts";

const eur = { amount: "200", currency: "EUR" } as const;
const order: Order = {
  id: "o1",
  customerId: "c1",
  items: [{ productId: "p1", quantity: 2, unitPrice: { amount: "100", currency: "EUR" } }],
  shippingAddress: { line1: "1", city: "B", postalCode: "1", country: "DE" },
  status: "confirmed",
  state: "confirmed",
  total: eur,
  version: 3,
  createdAt: 0,
  updatedAt: 0,
  offers: [],
};

const all: DetailSources = {
  order: async () => order,
  customer: async () => ({ name: "Ada", email: "ada@example.com" }),
  products: async () => new Map([["p1", { name: "Lamp" }]]),
  payment: async () => ({ status: "captured", amount: eur }),
};

const never = () => new Promise<never>(() => {});
const broken = () => Promise.reject(new Error("away"));

describe("an order's details", () => {
  test("hold all of it when all of it is there", async () => {
    expect(await orderDetails(all, createManualClock(0), "o1", 100)).toEqual({
      orderId: "o1",
      status: "confirmed",
      customer: { name: "Ada", email: "ada@example.com" },
      products: [{ id: "p1", name: "Lamp", quantity: 2, unitPrice: { amount: "100", currency: "EUR" } }],
      payment: { status: "captured", amount: eur },
      total: eur,
      missing: [],
    });
  });

  test.each(["customer", "products", "payment"] as const)("do without the %s that fails", async (part) => {
    const details = await orderDetails({ ...all, [part]: broken }, createManualClock(0), "o1", 100);
    expect(details.missing).toEqual([part]);
    expect(details.products).toMatchObject([{ id: "p1", name: part === "products" ? null : "Lamp" }]);
  });

  test("do without what does not come in time, and all parts wait together", async () => {
    const clock = createManualClock(0);
    const asked = orderDetails({ ...all, customer: never, products: never, payment: never }, clock, "o1", 100);
    // The order itself comes first.
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
    const { missing, customer, payment, total } = await asked;
    expect({ missing, customer, payment, total }).toEqual({
      missing: ["customer", "payment", "products"],
      customer: null,
      payment: null,
      total: eur,
    });
  });

  test("before its payment an order has none, and nothing is missing", async () => {
    const details = await orderDetails({ ...all, payment: async () => undefined }, createManualClock(0), "o1", 100);
    expect(details).toMatchObject({ payment: null, missing: [] });
  });

  test("without the order there is nothing to show", async () => {
    const none = () => Promise.reject(new StatewrightError("NOT_FOUND", "There is no such order"));
    await expect(orderDetails({ ...all, order: none }, createManualClock(0), "o1", 100)).rejects.toThrow(
      "no such order",
    );
  });
});
