/** The shop's read models, rebuilt while orders are placed and lists are read: the same bytes, and no list is ever short. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock as clock } from "../../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../../src/kernel/logger.ts";
import { rebuildProjection } from "../../../src/projection/rebuild.ts";
import { shopProjections } from "../../../src/shop/projections/shop-projections.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

/** So that a slow machine comes to an end. */
const MOST_ORDERS = 400;

let service: ShopService;
let shop: ShopClient;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
});
afterAll(() => service.stop());

async function rows(): Promise<Record<string, unknown[]>> {
  const tables = await Promise.all(
    shopProjections.flatMap(({ tables }) =>
      tables.map(async (table) =>
        [table, await service.store.query(`select t::text from ${table} t order by id`)] as const
      )
    ),
  );
  return Object.fromEntries(tables);
}

async function rebuildAll(): Promise<void> {
  for (const projection of shopProjections) {
    await rebuildProjection({ store: service.store, projection, clock, logger });
  }
}

test("every read model, three times", async () => {
  const [customer, product] = [await shop.customer(), await shop.product("500", 1_000)];
  const placed: string[] = [];
  let token = 0;
  let isOpen = true;
  const customers = Array.from({ length: 3 }, async () => {
    while (isOpen && placed.length < MOST_ORDERS) {
      const { body, headers } = await shop.place(customer, { [product]: 1 });
      token = Math.max(token, Number(headers.get("consistency-token")));
      placed.push(body.id);
    }
  });
  const answers: number[] = [];
  const lists = (async () => {
    while (isOpen) {
      // With the token a list shows all that had been placed, or is late and says so.
      const [known, headers] = [placed.length, { "consistency-token": String(token) }];
      const { status, body } = await shop.call("GET", "/v1/orders?page=1&page_size=1", undefined, headers);
      answers.push(status);
      if (status === 200) expect(body.total).toBeGreaterThanOrEqual(known);
    }
  })();
  for (let times = 0; times < 3; times++) await rebuildAll();
  isOpen = false;
  await Promise.all([...customers, lists]);
  expect(answers).toContain(200);
  await Promise.all(placed.map((id) => shop.reaches(id, "confirmed", 20_000)));
  await service.projector.reached(await service.store.head(), 10_000);

  const before = await rows();
  expect(before["order_summaries"]).toHaveLength(placed.length);
  await rebuildAll();
  expect(await rows()).toEqual(before);
  expect((await shop.get("/v1/orders?limit=1")).body.items[0].status).toBe("confirmed");
}, 90_000);
