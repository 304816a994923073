/** The whole saga: orders over a hundred products, with all their messages, payments and projections. */
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { startProjector } from "../../src/projection/projector.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { orderSummaries } from "../../src/shop/projections/order-summaries.ts";
import { productSummaries } from "../../src/shop/projections/product-summaries.ts";
import type { PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { type Figure, median } from "./figures.ts";
import type { BenchServer } from "./server.ts";
import { listProducts, placeOrders, promptProvider } from "./shop-orders.ts";

const ORDERS = 1_500;
const ROUNDS = 3;

export async function sagaFigures(server: BenchServer): Promise<Figure[]> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) rates.push(await server.withRuntime(shopActors(promptProvider), orders));
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
  const products = await listProducts(runtime);
  const startedAt = performance.now();
  await projector.reached(await placeOrders(runtime, products, ORDERS), 60_000);
  const rate = ORDERS / (performance.now() - startedAt) * 1_000;
  await stopHints();
  await projector.stop();
  return rate;
}
