/** The demo shop: what a newcomer finds there, and that it is there once. */
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/kernel/clock.ts";
import { silentLogger } from "../../../src/kernel/logger.ts";
import type { ActorSystem } from "../../../src/runtime/receipt.ts";
import { demoId } from "../../../src/shop/demo/demo-id.ts";
import { DEMO_ORDERS } from "../../../src/shop/demo/scenarios.ts";
import { DEMO_CUSTOMER_ID, seedDemo } from "../../../src/shop/demo/seed.ts";
import { countOrders } from "../../../src/shop/orders/count-orders.ts";
import { shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;

afterEach(() => service.stop());

function seed(system: ActorSystem = service.runtime) {
  return seedDemo({ system, behaviours: service.behaviours, clock: systemClock, logger: silentLogger });
}

/** How many orders stand in each state, from the actors themselves. */
async function states(): Promise<Record<string, number>> {
  const count: Record<string, number> = {};
  for (const { name } of DEMO_ORDERS) {
    const state = (await service.runtime.actor("order", demoId(`order ${name}`)).snapshot())?.state ?? "missing";
    count[state] = (count[state] ?? 0) + 1;
  }
  return count;
}

const SEEDED = {
  delivered: 21,
  cancelled: 9,
  confirmed: 3,
  shipped: 3,
  reservingStock: 1,
  "compensating.releasingStock": 1,
  chargingPayment: 2,
  "compensating.refunding": 1,
  needsIntervention: 3,
};

async function placedOrders(): Promise<number> {
  const log = await service.store.readAll({ after: 0, limit: 10_000 });
  return log.filter(({ type }) => type === "OrderPlaced").length;
}

test("every ending and every waiting state is there, and a second start adds nothing", async () => {
  service = await startShopService();
  const started = performance.now();
  const { position, rested } = await seed();
  const placedMs = performance.now() - started;
  await service.projector.reached(position, 20_000);
  expect((await countOrders(service.store)).total).toBe(44);
  expect(placedMs).toBeLessThan(10_000);

  await rested;
  expect(await states()).toEqual(SEEDED);
  await service.projector.reached(await service.store.head(), 20_000);
  expect(await countOrders(service.store)).toEqual({
    total: 44,
    delivered: 21,
    compensated: 9,
    waiting: 8,
    needIntervention: 3,
    inFlight: 3,
  });

  const shop = shopClient(service.url);
  const of = async (name: string) => (await shop.get(`/v1/orders/${demoId(`order ${name}`)}`)).body;
  expect(await of("confirmed 1")).toMatchObject({ status: "confirmed", total: { amount: "50000", currency: "EUR" } });
  expect(await of("declined 1")).toMatchObject({ status: "cancelled", total: { amount: "150000", currency: "EUR" } });
  expect(await shop.charge(demoId("order timed out 1"))).toMatchObject({ status: "refunded" });
  expect(await shop.eventTypes(demoId("order timed out 1"))).toContain("PaymentRefunded");
  const { items } = (await shop.get("/demo/provider/charges")).body;
  expect(new Set(items.map(({ orderId }: { orderId: string }) => orderId)).size).toBe(items.length);
  expect((await shop.place(DEMO_CUSTOMER_ID, { [demoId("product mug")]: 1 })).status).toBe(201);

  const before = await placedOrders();
  await (await seed()).rested;
  expect(await placedOrders()).toBe(before);
});

describe("a process that dies while it seeds", () => {
  test.each([3, 20, 60, 90])("after %i proposals: the next one completes it, without doubles", async (proposals) => {
    service = await startShopService();
    const { rested } = await seed(dyingAfter(proposals)).catch(() => ({ rested: Promise.resolve() }));
    await rested;
    await (await seed()).rested;
    expect(await states()).toEqual(SEEDED);
    expect(await placedOrders()).toBe(44);
    const { items } = (await shopClient(service.url).get("/demo/provider/charges")).body;
    expect(new Set(items.map(({ orderId }: { orderId: string }) => orderId)).size).toBe(items.length);
  });
});

/** The real runtime, until it takes nothing any more. */
function dyingAfter(proposals: number): ActorSystem {
  let left = proposals;
  return {
    actor(type, id) {
      const actor = service.runtime.actor(type, id);
      return {
        ...actor,
        propose: (...proposal) => left-- > 0 ? actor.propose(...proposal) : Promise.reject(new Error("died")),
      };
    },
  };
}
