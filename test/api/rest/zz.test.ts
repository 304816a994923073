import { test } from "vitest";
import { shopClient } from "../../support/shop-client.ts";
import { startShopService } from "../../support/shop-service.ts";
test("x", async () => {
  const service = await startShopService({});
  const shop = shopClient(service.url);
  const c = await shop.customer();
  const ps: string[] = [];
  for (let n = 0; n < 10; n++) ps.push(await shop.product(String(100 + n), 5000));
  const t = performance.now();
  const statuses: Record<string, number> = {}; const lat: number[] = [];
  let n = 0;
  await Promise.all(Array.from({ length: 64 }, async () => { while (n < 1500) { const i = n++; const s = performance.now(); const a = await shop.place(c, { [ps[i % 10]!]: 1, [ps[(i + 3) % 10]!]: 1 }); lat.push(performance.now() - s); statuses[a.status] = (statuses[a.status] ?? 0) + 1; } }));
  const placed = performance.now() - t;
  lat.sort((a, b) => a - b);
  console.log(statuses, "placed/s", 1500 / placed * 1000, "p50", lat[750], "p99", lat[1485]);
  for (;;) { const { items } = (await shop.get("/v1/orders?status=pending&limit=1")).body; if (items.length === 0) break; await new Promise(r => setTimeout(r, 50)); }
  console.log("all confirmed after", performance.now() - t, (await shop.get("/demo/provider/charges")).body.items.length, await service.store.head());
  await service.stop();
}, 120000);
