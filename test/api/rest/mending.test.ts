/** Why actors wait, and mending, over HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/kernel/ids.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
});
afterAll(() => service.stop());

const reason = "asked by support";

async function bury(letterReason: string, detail: object): Promise<string> {
  const source = `order/${newId()}/1/0`;
  await service.store.bury({
    reason: letterReason,
    stream: source.slice(0, -4),
    source,
    attempts: 1,
    detail: JSON.stringify(detail),
  });
  const letters = await service.store.deadLetters({ limit: 100 });
  return letters.find((letter) => letter.source === source)!.id;
}

describe("why", () => {
  test("an order says what it waits for; what is not there is 404", async () => {
    const [customer, product] = [await shop.customer(), await shop.product("100", 10)];
    const { body: { id } } = await shop.place(customer, { [product]: 1 });
    await shop.reaches(id, "confirmed");
    const why = await shop.get(`/v1/actors/order/${id}/why`);
    expect(why).toMatchObject({
      status: 200,
      body: { actor: { type: "order", id }, state: "confirmed", canBeWoken: true, activities: [], messages: [] },
    });
    expect(why.body.accepts.operator).toContain("OrderShipped");
    expect(why.body.sentence).toMatch(/^It waits for .*OrderShipped/);
    expect((await shop.get(`/v1/actors/order/${newId()}/why`)).status).toBe(404);
    expect((await shop.get("/v1/actors/ghost/x/why")).status).toBe(404);
    expect((await shop.get("/v1/stuck")).body).toEqual({ items: [], next: null });
    expect((await shop.get("/v1/stuck?type=order")).status).toBe(200);
  });

  test("an activity that is not open cannot be retried, and the effect is checked", async () => {
    const id = newId();
    expect((await shop.post(`/v1/actors/payment/${id}/retry`, { effect: "1/0", reason })).body).toMatchObject({
      outcome: "notOpen",
    });
    expect((await shop.post(`/v1/actors/payment/${id}/retry`, { effect: "one", reason })).status).toBe(422);
    expect((await shop.post(`/v1/actors/payment/${id}/retry`, { effect: "1/0" })).status).toBe(400);
  });
});

describe("a dead letter", () => {
  const message = (to: string) => ({
    message: {
      kind: "message",
      id: "1/0",
      to: { type: "customer", id: to },
      event: { type: "CustomerChanged" },
      position: 1,
      correlationId: "c",
    },
  });

  test("is read, redriven dry and for real, and dismissed with a reason", async () => {
    const id = await bury("message refused", message(newId()));
    expect(await shop.get(`/v1/dead-letters/${id}`)).toMatchObject({
      status: 200,
      body: { id, redrive: { isPossible: true, detail: expect.stringContaining("propose CustomerChanged of order/") } },
    });
    const dry = await shop.post(`/v1/dead-letters/${id}/redrive`, { reason, dryRun: true });
    expect(dry.body).toMatchObject({ dryRun: true, items: [{ id, outcome: "would" }] });
    const real = await shop.post(`/v1/dead-letters/${id}/redrive`, { reason });
    expect(real.body).toMatchObject({ dryRun: false, items: [{ id, outcome: "failed" }] });
    const all = await shop.post("/v1/dead-letters/redrive", { of: "message refused", reason, dryRun: true });
    expect(all.body.items).toHaveLength(1);

    expect((await shop.call("DELETE", `/v1/dead-letters/${id}`)).status).toBe(400);
    expect((await shop.call("DELETE", `/v1/dead-letters/${id}?reason=seen%20to`)).status).toBe(204);
    expect((await shop.get(`/v1/dead-letters/${id}`)).status).toBe(404);
    const audits = await service.store.audits({ subject: `dead-letter/${id}`, limit: 10 });
    expect(audits.map(({ action, who, reason }) => [action, who, reason])).toEqual([
      ["dismiss", "anybody", "seen to"],
      ["redrive", "anybody", reason],
    ]);
  });

  test("that is none is 404, and a redrive without a reason 400", async () => {
    for (const id of ["999999", "x", "redrives"]) {
      expect((await shop.post(`/v1/dead-letters/${id}/redrive`, { reason })).status).toBe(404);
      expect((await shop.get(`/v1/dead-letters/${id}`)).status).toBe(404);
    }
    expect((await shop.post("/v1/dead-letters/1/redrive", {})).status).toBe(400);
    expect((await shop.post("/v1/dead-letters/redrive", { of: "message refused" })).status).toBe(400);
    expect((await shop.get("/v1/dead-letters/redrive")).status).toBe(405);
  });
});
