/** A shop's life for the bench: orders over a hundred products, each until it is confirmed. */
import { newId } from "../../src/kernel/ids.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { DEFAULT_ORDER_TIMEOUTS } from "../../src/shop/orders/order-timeouts.ts";

const PRODUCTS = 100;
const AT_ONCE = 128;

const price = { amount: "2999", currency: "EUR" } as const;

/** Answers at once: what is measured is the saga, not somebody's HTTP server. */
export const promptProvider = {
  capture: async () => ({ outcome: "captured", chargeId: "ch_bench" }) as const,
  refund: async () => ({ outcome: "refunded" }) as const,
};

/** @returns their ids */
export async function listProducts(runtime: Runtime): Promise<readonly string[]> {
  const products = Array.from({ length: PRODUCTS }, () => newId());
  await Promise.all(
    products.map((id) =>
      runtime.actor("product", id).propose({ type: "ProductListed", name: id, price, stock: 100_000 }, {
        by: "internal",
      })
    ),
  );
  return products;
}

/** Places orders, many at once; answers the position at which the last of them was confirmed. */
export async function placeOrders(runtime: Runtime, products: readonly string[], count: number): Promise<number> {
  let left = count;
  let position = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      position = Math.max(position, await confirmedOrder(runtime, products[left % PRODUCTS] ?? products[0]!));
    }
  }));
  return position;
}

/** Places an order and waits until it is confirmed; answers the position of that event. */
async function confirmedOrder(runtime: Runtime, productId: string): Promise<number> {
  const id = newId();
  const order = runtime.actor("order", id);
  const items = [{ productId, quantity: 1, unitPrice: price }];
  const shippingAddress = { line1: "1 Main St", city: "Berlin", postalCode: "10115", country: "DE" };
  const event = {
    type: "OrderPlaced",
    customerId: newId(),
    items,
    total: price,
    shippingAddress,
    timeouts: DEFAULT_ORDER_TIMEOUTS,
  };
  const receipt = await order.propose(event, { by: "internal" });
  if (receipt.outcome === "refused") throw new Error(receipt.detail);
  for (;;) {
    const snapshot = await order.snapshot();
    if (snapshot?.state === "confirmed") return snapshot.position;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
