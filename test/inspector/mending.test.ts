import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Visitor } from "../../src/inspector/visitor.ts";
import { type InspectedShop, startInspectedShop } from "../support/inspected-shop.ts";

let inspected: InspectedShop;
beforeAll(async () => {
  inspected = await startInspectedShop();
});
afterAll(() => inspected.stop());

async function stuckOrders(): Promise<{ id: string; version: number }[]> {
  return (await inspected.get("instances?type=order&state=needsIntervention")).items;
}

describe("an operator", () => {
  test("resolves an intervention: the reason is in the event and in the audit", async () => {
    const [{ id, version } = { id: "", version: 0 }] = await stuckOrders();
    const response = await inspected.post(`actors/order/${id}/propose`, {
      event: { type: "InterventionResolved" },
      reason: "Refunded by hand",
      expectedVersion: version,
    });
    expect(await response.json()).toMatchObject({ outcome: "accepted", state: "cancelled", version: version + 1 });
    const { data } = await inspected.get(`actors/order/${id}/events/${version + 1}`);
    expect(data).toEqual({ reason: "Refunded by hand" });
    const [entry] = await inspected.shop.store.audits({ subject: `order/${id}`, limit: 1 });
    expect(entry).toMatchObject({ who: "demo", action: "propose", reason: "Refunded by hand" });
  });

  test("is told what is possible instead, and that somebody was faster", async () => {
    const [{ id, version } = { id: "", version: 0 }] = await stuckOrders();
    const propose = (event: object, expectedVersion: number) =>
      inspected.post(`actors/order/${id}/propose`, { event, reason: "why not", expectedVersion });
    const refused = await propose({ type: "OrderShipped" }, version);
    expect(refused.status).toBe(409);
    expect((await refused.json() as { allowed: string[] }).allowed).toContain("CompensationRetried");
    expect((await propose({ type: "CompensationRetried" }, version - 1)).status).toBe(412);
  });

  test("gives a reason, as the page and in JSON", async () => {
    const [{ id } = { id: "" }] = await stuckOrders();
    const path = `actors/order/${id}/propose`;
    const event = { type: "InterventionResolved" };
    expect((await inspected.post(path, { event })).status).toBe(400);
    expect((await inspected.post(path, { event, reason: "  " })).status).toBe(422);
    const text = JSON.stringify({ event, reason: "r" });
    const json = { "content-type": "application/json", "content-length": `${text.length}` };
    const plain = { ...json, "content-type": "text/plain", "x-inspector": "1" };
    for (const headers of [json, plain]) {
      expect((await inspected.fetch(path, { method: "POST", headers, body: text })).status).not.toBe(200);
    }
    expect(await stuckOrders()).toContainEqual(expect.objectContaining({ id }));
  });

  test("redrives dead letters by their reason, dry first, and dismisses them", async () => {
    const { items: [{ id }] } = await inspected.get("instances?type=order&state=delivered");
    const { store } = inspected.shop;
    const message = { kind: "message", to: { type: "order", id }, event: { type: "StockReserved", line: 0 } };
    const letter = { reason: "message refused", stream: `order/${id}`, attempts: 1 };
    await store.bury({ ...letter, source: `order/${id}/1/0`, detail: JSON.stringify({ message }) });
    await store.bury({ ...letter, source: `order/${id}/1/1`, detail: JSON.stringify({ message }) });
    const { items, groups, count } = await inspected.get("dead-letters?reason=message%20refused");
    expect([items.length, count, groups]).toEqual([2, 2, [{ reason: "message refused", count: 2 }]]);
    expect(items[0]).toMatchObject({ stream: `order/${id}`, redrivable: true });

    const redrive = async (dryRun: boolean) => {
      const body = { byReason: "message refused", dryRun, reason: "trying" };
      return await (await inspected.post("dead-letters/redrive", body)).json() as { items: { ok: boolean }[] };
    };
    expect((await redrive(true)).items.map(({ ok }) => ok)).toEqual([true, true]);
    expect((await inspected.get("dead-letters")).count).toBe(2);
    // The order has ended: it refuses them again, and they stay.
    expect((await redrive(false)).items.map(({ ok }) => ok)).toEqual([false, false]);
    const ids = items.map((item: { id: string }) => item.id);
    expect((await inspected.post("dead-letters/dismiss", { ids, reason: "pointless" })).status).toBe(200);
    expect((await inspected.get("dead-letters")).count).toBe(0);
  });

  test("hears that there is nothing to retry", async () => {
    const [{ id } = { id: "" }] = await stuckOrders();
    const response = await inspected.post(`actors/order/${id}/retry`, { effect: "1/0", reason: "now" });
    expect(await response.json()).toMatchObject({ retried: false, outcome: "notOpen" });
  });
});

describe("somebody who only looks", () => {
  const reader: Visitor = { principal: "x", role: "reader", mayMend: false, seesPersonal: false, why: "Only looking" };

  async function seen(path: string): Promise<string> {
    const { app } = inspected.seenBy(() => reader);
    return await (await app.request(`/inspect/api/${path}`)).text();
  }

  test("changes nothing", async () => {
    const [{ id } = { id: "" }] = await stuckOrders();
    const { app } = inspected.seenBy(() => reader);
    const headers = { "content-type": "application/json", "x-inspector": "1" };
    for (
      const [path, body] of [
        [`actors/order/${id}/propose`, { event: { type: "InterventionResolved" }, reason: "r" }],
        [`actors/order/${id}/retry`, { effect: "1/0", reason: "r" }],
        ["dead-letters/redrive", { ids: ["1"], reason: "r", dryRun: true }],
        ["dead-letters/dismiss", { ids: ["1"], reason: "r" }],
      ] as const
    ) {
      const text = JSON.stringify(body);
      const init = { method: "POST", headers: { ...headers, "content-length": `${text.length}` }, body: text };
      expect([path, (await app.request(`/inspect/api/${path}`, init)).status]).toEqual([path, 403]);
    }
  });

  test("sees no personal field, wherever it is looked for", async () => {
    const [customer] = await inspected.shop.store.query("select id, name, email from customer_summaries limit 1");
    const { items: [{ id }] } = await inspected.get("instances?type=order&state=cancelled");
    const whatIf = await inspected.seenBy(() => reader).app.request(`/inspect/api/actors/order/${id}/at/1`);
    const answers = [
      await whatIf.text(),
      await seen(`actors/order/${id}/events/1`),
      await seen(`actors/order/${id}/diff/0/1`),
      await seen(`actors/order/${id}/lanes`),
      await seen(`actors/customer/${String(customer!["id"])}/at/1`),
      await seen(`actors/customer/${String(customer!["id"])}/events/1`),
      await seen(`search?q=${encodeURIComponent(String(customer!["name"]))}`),
    ];
    for (const answer of answers) {
      for (const secret of ["Harbour", "5003", String(customer!["name"]), String(customer!["email"])]) {
        expect(answer).not.toContain(secret);
      }
    }
    expect(answers[0]).toContain("•••");
    // The product's name is no person's.
    expect(await seen(`search?q=listed`)).toContain("product listed");
  });
});

describe("who is the operator", () => {
  test.each([
    ["127.0.0.1", "http://localhost:8080/inspect", true],
    ["127.0.0.1", "http://127.0.0.1:8080/inspect", true],
    ["::1", "http://[::1]:8080/inspect", true],
    ["127.0.0.1", "http://stranger.example:8080/inspect", false],
    ["0.0.0.0", "http://localhost:8080/inspect", false],
  ])("a server on %s asked as %s: %s", async (host, url, mayMend) => {
    const { visitorByHost } = await import("../../src/inspector/visitor.ts");
    expect((await visitorByHost(host)(new Request(url))).mayMend).toBe(mayMend);
  });
});

describe("the feed", () => {
  /** The ids and types of the next messages. */
  async function read(response: Response, count: number): Promise<string[][]> {
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const messages = () => [...text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/g)].map(([, ...parts]) => parts);
    while (messages().length < count) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    await reader.cancel();
    return messages().slice(0, count);
  }

  test("goes on after the last event that was heard, without a gap, and then lives", async () => {
    const head = await inspected.shop.store.head();
    const response = await inspected.fetch("stream", { headers: { "last-event-id": String(head - 3) } });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reading = read(response, 4);
    const [{ id } = { id: "" }] = await stuckOrders();
    await inspected.post(`actors/order/${id}/propose`, { event: { type: "InterventionResolved" }, reason: "Enough" });
    const heard = await reading;
    expect(heard.map(([position]) => Number(position))).toEqual([head - 2, head - 1, head, head + 1]);
    expect(JSON.parse(heard[3]![2]!)).toMatchObject({
      stream: `order/${id}`,
      type: "InterventionResolved",
      state: "cancelled",
    });
  });

  test("of one actor, from where it is asked for", async () => {
    const { items: [{ id, version }] } = await inspected.get("instances?type=order&state=delivered");
    const heard = await read(await inspected.fetch(`stream?stream=order/${id}&after=0`), version);
    expect(heard.map(([, , data]) => JSON.parse(data!).version)).toEqual(
      Array.from({ length: version }, (_, n) => n + 1),
    );
  });
});
