/** The whole saga: orders over a hundred products, with all their messages, payments and projections. */
import { newId } from "../../src/kernel/ids.ts";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { startProjector } from "../../src/projection/projector.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { DEFAULT_ORDER_TIMEOUTS } from "../../src/shop/orders/order-timeouts.ts";
import { orderSummaries } from "../../src/shop/projections/order-summaries.ts";
import { productSummaries } from "../../src/shop/projections/product-summaries.ts";
import type { PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { type Figure, median } from "./figures.ts";
import type { BenchServer } from "./server.ts";

const PRODUCTS = 100;
const ORDERS = 1_500;
const AT_ONCE = 128;
const ROUNDS = 3;

const price = { amount: "2999", currency: "EUR" } as const;
/** Answers at once: what is measured is the saga, not somebody's HTTP server. */
const provider = {
  capture: async () => ({ outcome: "captured", chargeId: "ch_bench" }) as const,
  refund: async () => ({ outcome: "refunded" }) as const,
};

export async function sagaFigures(server: BenchServer): Promise<Figure[]> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rates.push(await server.withRuntime(shopActors(provider), orders));
  return [{
    name: "saga-orders-per-s",
    value: median(rates),
    unit: "orders/s",
    floor: 300,
    aim: 1_000,
    better: "higher",
  }];
}

async function orders(runtime: Runtime, store: PostgresStore): Promise<number> {
  const projector = startProjector({ store, projections: [orderSummaries, productSummaries], clock, logger });
  const stopHints = await store.onAppended(() => projector.wake());
  const products = Array.from({ length: PRODUCTS }, () => newId());
  await Promise.all(
    products.map((id) =>
      runtime.actor("product", id).propose({ type: "ProductListed", name: id, price, stock: 100_000 }, {
        by: "internal",
      })
    ),
  );
  const startedAt = performance.now();
  let left = ORDERS;
  let position = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      position = Math.max(position, await confirmedOrder(runtime, products[left % PRODUCTS] ?? products[0]!));
    }
  }));
  await projector.reached(position, 60_000);
  const rate = ORDERS / (performance.now() - startedAt) * 1_000;
  await stopHints();
  await projector.stop();
  return rate;
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
