import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPast } from "../../src/runtime/past.ts";
import { type InspectedShop, startInspectedShop } from "../support/inspected-shop.ts";

let inspected: InspectedShop;
let get: InspectedShop["get"];
beforeAll(async () => {
  inspected = await startInspectedShop();
  ({ get } = inspected);
});
afterAll(() => inspected.stop());

/** The address of an order that stands in a state, below the API's root. */
async function orderIn(state: string): Promise<{ id: string; version: number; path: string }> {
  const { items } = await get(`instances?type=order&state=${state}`);
  const [{ id, version }] = items;
  return { id, version, path: `actors/order/${id}` };
}

/** Every item of a list, page by page. */
async function everyItem(list: string): Promise<{ stream: string }[]> {
  const items: { stream: string }[] = [];
  for (let after = "", more = true; more;) {
    const page = await get(`${list}${list.includes("?") ? "&" : "?"}limit=7${after}`);
    items.push(...page.items);
    more = page.next !== null;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
  return items;
}

describe("numbers", () => {
  test("the log's newest events come first, and there are not too many", async () => {
    const { items } = await get("log");
    expect(items[0].position).toBe(await inspected.shop.store.head());
    expect(items).toHaveLength(50);
    const positions = items.map(({ position }: { position: number }) => position);
    expect(positions).toEqual(positions.toSorted((a: number, b: number) => b - a));
  });

  test("counts equal an independent fold of the log, for every type and state", async () => {
    const rows = await inspected.shop.store.query(
      `select split_part(e.stream, '/', 1) as type, e.state, count(*)::int as count from events e
       where not exists (select from events later where later.stream = e.stream and later.version > e.version)
       group by 1, 2`,
    );
    expect(rows.length).toBeGreaterThan(15);
    const { items: machines } = await get("machines");
    const counted = await Promise.all(machines.map(async ({ type }: { type: string }) => {
      const { states } = await get(`machines/${type}/live`);
      const { states: drawn } = await get(`machines/${type}`);
      const isLeaf = (path: string) => !drawn.some(({ parent }: { parent: string }) => parent === path);
      return states.filter(({ path, count }: { path: string; count: number }) => count > 0 && isLeaf(path)).map(
        ({ path, count }: { path: string; count: number }) => ({ type, state: path, count }),
      );
    }));
    const byName = (a: object, b: object) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
    expect(counted.flat().toSorted(byName)).toEqual(rows.map((row) => ({ ...row })).toSorted(byName));
  });

  test("every number of the overview is the length of its list", async () => {
    const { needsIntervention, stuck, orders, types, timers, deadLetters } = await get("overview");
    expect(needsIntervention.count).toBe(3);
    const numbers = [needsIntervention, stuck, ...orders, ...types, timers.due, timers.pending, deadLetters];
    for (const { count, list } of numbers) {
      const items = await everyItem(list);
      expect([list, items.length]).toEqual([list, count]);
      expect(new Set(items.map(({ stream }) => stream)).size).toBe(count);
    }
  });

  test("a transition's count is that of the log, and its list has those who took it", async () => {
    const { edges, over } = await get("machines/order/live");
    const [{ count }] = await inspected.shop.store.query(
      "select count(*)::int as count from events where stream like 'order/%' and type = 'StockDenied'",
    ) as [{ count: number }];
    const denied = edges.filter(({ id }: { id: string }) => /^[^#]*#StockDenied#/.test(id));
    expect(denied.reduce((sum: number, edge: { count: number }) => sum + edge.count, 0)).toBe(count);
    expect(over.complete).toBe(true);
    const captured = edges.find(({ id }: { id: string }) => id === "chargingPayment#PaymentCaptured#0");
    expect(captured.medianDwellMs).toBeGreaterThan(0);
    expect(await everyItem(captured.list)).toHaveLength(captured.count);
  });
});

describe("one actor", () => {
  test("any version is what a replay arrives at, and the last one is the actor", async () => {
    const { id, version, path } = await orderIn("cancelled");
    const past = createPast(inspected.shop.runtime.definitions, inspected.shop.store);
    for (let v = 1; v <= version; v++) {
      const replayed = await past.at({ type: "order", id }, v);
      expect(await get(`${path}/at/${v}`)).toMatchObject({ state: replayed!.state, context: replayed!.context });
    }
    const head = await get(path);
    expect(head).toMatchObject({ version, state: "cancelled", finished: true, machineChanged: false });
    expect((await get(`${path}/events?limit=2`)).items).toHaveLength(2);
    expect((await inspected.fetch(`${path}/at/${version + 1}`)).status).toBe(404);
  });

  test("says what it waits for, when it is due, and what may come next", async () => {
    const { version, path } = await orderIn("confirmed");
    const { open, next, latest, state, path: taken, projection } = await get(`${path}/at/${version}`);
    expect(latest).toBe(true);
    expect(state).toBe("confirmed");
    expect(open).toEqual([
      expect.objectContaining({
        kind: "timer",
        what: "shipmentTimeout",
        firesEdges: ["confirmed#xstate.after.shipmentTimeout.order.confirmed#0"],
      }),
    ]);
    expect(open[0].dueAt).toBeGreaterThan(open[0].since);
    expect(next.map(({ event }: { event: string }) => event)).toEqual([
      "ShippingAddressChanged",
      "CancellationRequested",
      "OrderShipped",
    ]);
    expect(taken.at(-1)).toBe("chargingPayment#PaymentCaptured#0");
    expect(projection).toMatchObject({ table: "order_summaries", asOf: "fold", row: { version, state: "confirmed" } });
  });

  test("its row in the read model is the one of that moment, and the real one is as it was", async () => {
    const { id, version, path } = await orderIn("delivered");
    const real = () =>
      inspected.shop.store.query("select to_json(t)::text as row from order_summaries t where id = $1", [id]);
    const [before] = await real();
    for (let v = 1; v <= version; v++) {
      const { projection, state } = await get(`${path}/at/${v}`);
      expect(projection).toMatchObject({ asOf: "fold", row: { id, version: v, state } });
      if (v === version) expect(projection.row).toEqual(JSON.parse(before!["row"] as string));
    }
    expect(await real()).toEqual([before]);
  });

  test("two versions differ in what the event between them changed", async () => {
    const { path } = await orderIn("delivered");
    const { changes } = await get(`${path}/diff/0/1`);
    expect(changes).toContainEqual({ path: "/state", op: "add", after: "reservingStock" });
    const { version } = await get(path);
    expect((await get(`${path}/diff/${version - 1}/${version}`)).changes).toEqual([
      { path: "/state", op: "change", before: "shipped", after: "delivered" },
    ]);
  });

  test("lanes: each message is heard, each compensation is tied to what it undoes", async () => {
    const { id, path } = await orderIn("cancelled");
    const { lanes, messages, undo, complete } = await get(`${path}/lanes`);
    expect(complete).toBe(true);
    expect(lanes[0].stream).toBe(`order/${id}`);
    expect(messages.length).toBeGreaterThan(3);
    for (const { to } of messages) expect(to.version).toEqual(expect.any(Number));
    expect(undo.length).toBeGreaterThan(0);
    expect(undo[0]).toMatchObject({
      done: { stream: `order/${id}` },
      undone: { stream: `order/${id}` },
      settled: true,
    });
    const paid = (await orderIn("delivered")).path;
    const payment = (await get(`${paid}/lanes`)).lanes.find(({ type }: { type: string }) => type === "payment");
    expect(payment.bars).toEqual([expect.objectContaining({ src: "capturePayment", outcome: "PaymentCaptured" })]);
  });

  test("causation: one tree, with every event of the correlation in it once", async () => {
    const { path } = await orderIn("cancelled");
    const { correlation } = await get(path);
    const { roots, count, complete } = await get(`causation?correlation=${encodeURIComponent(correlation)}`);
    interface Node {
      readonly event: string;
      readonly children: readonly Node[];
    }
    const eventsOf = ({ event, children }: Node): string[] => [event, ...children.flatMap(eventsOf)];
    const events = (roots as Node[]).flatMap(eventsOf);
    const [{ stored }] = await inspected.shop.store.query(
      "select count(*)::int as stored from events where metadata->>'correlation' = $1",
      [correlation],
    ) as [{ stored: number }];
    expect(complete).toBe(true);
    expect(roots).toHaveLength(1);
    expect([events.length, new Set(events).size, count]).toEqual([stored, stored, stored]);
  });

  test("why it waits", async () => {
    const { path } = await orderIn("needsIntervention");
    const { accepts, timers, canBeWoken, sentence } = await get(`${path}/why`);
    expect(accepts.operator).toContain("CompensationRetried");
    expect(timers).toHaveLength(1);
    expect(canBeWoken).toBe(true);
    expect(sentence).not.toBe("");
  });
});

describe("the API", () => {
  test("a machine has its chart, its events as forms, and itself as Mermaid", async () => {
    const { states, edges, events, width } = await get("machines/order");
    expect(states).toHaveLength(11);
    expect(states.every(({ x, width: w }: { x: number; width: number }) => x >= 0 && x + w <= width)).toBe(true);
    expect(edges.find(({ event }: { event: string }) => event === "OrderShipped").by).toBe("operator");
    const address = events.find(({ type }: { type: string }) => type === "ShippingAddressChanged");
    expect(address.schema.properties.shippingAddress["x-personal"]).toBe(true);
    expect(address.sample.shippingAddress.country).toBe("AB");
    const svg = await inspected.fetch("machines/order/chart.svg");
    expect(svg.headers.get("content-type")).toContain("image/svg+xml");
    expect(await (await inspected.fetch("machines/order/mermaid")).text()).toMatch(/^stateDiagram-v2\n/);
  });

  test("an answer that is known is not sent again", async () => {
    const first = await inspected.fetch("machines");
    const etag = first.headers.get("etag")!;
    expect((await inspected.fetch("machines", { headers: { "if-none-match": etag } })).status).toBe(304);
  });

  test("finds actors by a part of their id, machines, states, and customers by name", async () => {
    const { id } = await orderIn("cancelled");
    const found = async (q: string) =>
      (await get(`search?q=${encodeURIComponent(q)}`)).items.map(({ page }: { page: string }) => page);
    expect(await found(id)).toContain(`actors/order/${id}`);
    expect(await found(`order/${id.slice(0, 30)}`)).toContain(`actors/order/${id}`);
    expect(await found(id.slice(-8))).toContain(`actors/order/${id}`);
    expect(await found("payment")).toContain("machines/payment");
    expect(await found("refunding")).toContain("instances?type=order&state=compensating.refunding");
    const [customer] = await inspected.shop.store.query("select id, name from customer_summaries limit 1");
    expect(await found(String(customer!["name"]))).toContain(`actors/customer/${String(customer!["id"])}`);
    expect(await found("'; drop table events; --")).toEqual([]);
  });

  test.each([
    ["machines/nothing", 404],
    ["actors/order/none", 404],
    ["actors/Order/none", 400],
    ["actors/order/none/at/x", 400],
    ["instances?type=nothing", 404],
    ["instances?type=order&limit=x", 400],
    ["timers?after=x", 400],
    ["nothing", 404],
  ])("%s is a problem of %i", async (path, status) => {
    const response = await inspected.fetch(path);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });

  test("serves the page below its root, the libraries it uses, and no other file", async () => {
    const { app } = inspected.inspector;
    const statusOf = async (path: string) => (await app.request(path)).status;
    expect((await app.request("/inspect")).headers.get("location")).toBe("/inspect/");
    for (const path of ["/inspect/", "/inspect/actors/order/1/2", "/inspect/vendor/preact.js"]) {
      expect([path, await statusOf(path)]).toEqual([path, 200]);
    }
    expect(await (await app.request("/inspect/vendor/hooks.js")).text()).toContain('from"./preact.js"');
    const zipped = await app.request("/inspect/", { headers: { "accept-encoding": "gzip" } });
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    for (const path of ["/inspect/../inspector.ts", "/inspect/%2e%2e/inspector.ts", "/inspect/web-files.ts"]) {
      expect([path, await statusOf(path)]).not.toEqual([path, 200]);
    }
  });
});
