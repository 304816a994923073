import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type InspectedShop, startInspectedShop } from "../support/inspected-shop.ts";

let inspected: InspectedShop;
beforeAll(async () => {
  inspected = await startInspectedShop();
});
afterAll(() => inspected.stop());

/** The newest order in a state, as it stands. */
async function standing(
  state: string,
): Promise<{ path: string; version: number; open: { id: string; kind: string }[] }> {
  const { items: [{ id, version }] } = await inspected.get(`instances?type=order&state=${state}`);
  const path = `actors/order/${id}`;
  const { open } = await inspected.get(`${path}/at/${version}`);
  return { path, version, open };
}

/** All that is stored, by its bytes. */
async function everything(): Promise<unknown[]> {
  const tables = ["events", "waiting", "dead_letters", "order_summaries", "snapshots", "audit"];
  return await Promise.all(
    tables.map((table) =>
      inspected.shop.store.query(
        `select md5(coalesce(string_agg(t::text, '' order by t::text), '')) as sum from ${table} t`,
      )
    ),
  );
}

test("a chain: states, effects, compensations, and the first refusal ends it; nothing is written", async () => {
  const { path, version } = await standing("confirmed");
  const before = await everything();
  const response = await inspected.post(`${path}/what-if`, {
    version,
    steps: [
      { event: { type: "CancellationRequested", reason: "second thoughts" }, by: "client" },
      { event: { type: "PaymentRefunded" } },
      { event: { type: "OrderShipped" }, by: "operator" },
      { event: { type: "StockReleased", line: 0 } },
    ],
  });
  expect(response.status).toBe(200);
  const { base, steps } = await response.json() as { base: object; steps: Record<string, unknown>[] };
  expect(base).toEqual({ version, state: "confirmed" });
  expect(steps).toHaveLength(3);
  expect(steps[0]).toMatchObject({
    outcome: "accepted",
    version: version + 1,
    state: "compensating.refunding",
    edges: ["confirmed#CancellationRequested#0"],
    context: { reason: "second thoughts" },
    compensations: [{ kind: "message", event: { type: "RefundRequested" } }],
  });
  expect(steps[1]).toMatchObject({ state: "compensating.releasingStock" });
  expect(steps[2]).toMatchObject({ outcome: "refused", reason: "notAllowed", state: "compensating.releasingStock" });
  expect(await everything()).toEqual(before);
});

test("timers fire before their time", async () => {
  const { path, version, open } = await standing("confirmed");
  const timer = open.find(({ kind }) => kind === "timer")!;
  const response = await inspected.post(`${path}/what-if`, { version, steps: [{ fire: timer.id }] });
  const { steps: [step] } = await response.json() as { steps: Record<string, unknown>[] };
  expect(step).toMatchObject({
    event: "TimerFired",
    state: "compensating.refunding",
    context: { reason: "Not shipped in time" },
  });
});

test("work is answered, or fails", async () => {
  const { items } = await inspected.get("instances?type=payment&state=capturing");
  const path = `actors/payment/${items[0].id}`;
  const { open } = await inspected.get(`${path}/at/1`);
  const effect = open.find(({ kind }: { kind: string }) => kind === "activity").id;
  const suppose = async (step: object) => {
    const response = await inspected.post(`${path}/what-if`, { version: 1, steps: [step] });
    return (await response.json() as { steps: object[] }).steps[0];
  };
  const output = { type: "PaymentCaptured", chargeId: "ch_1" };
  expect(await suppose({ answer: { effect, output } })).toMatchObject({ state: "captured", event: "PaymentCaptured" });
  expect(await suppose({ fail: { effect, message: "No answer" } })).toMatchObject({ state: "uncertain" });
});

test("the scenario that is exported runs as a test, on every order of the demo", async () => {
  const { items } = await inspected.get("instances?type=order&limit=200");
  const folder = await mkdtemp(join(tmpdir(), "what-if-"));
  try {
    const texts = await Promise.all(items.map(async ({ id, version }: { id: string; version: number }, n: number) => {
      const steps = [{ event: { type: "CancellationRequested" }, by: "client" }];
      const response = await inspected.post(`actors/order/${id}/what-if`, { version, steps });
      const { test: text } = await response.json() as { test: string };
      const file = join(folder, `order-${n}.ts`);
      await writeFile(file, runnableHere(text));
      return file;
    }));
    expect(texts.length).toBeGreaterThan(40);
    for (const file of texts) {
      const { scenario } = await import(/* @vite-ignore */ file) as { scenario: { name: string; run: () => void } };
      expect(scenario.name).toMatch(/^order: what if, from version \d+$/);
      scenario.run();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Inside a test no other can be declared: it is handed out instead. */
function runnableHere(text: string): string {
  const source = new URL("../../src/", import.meta.url).pathname;
  const expects = text.includes(`import { expect, test } from "vitest";`);
  if (!expects) throw new Error(text);
  return `export const scenario = { name: "", run: () => {} };
const test = (name: string, run: () => void) => Object.assign(scenario, { name, run });
${
    text.replace("import { expect, test }", "import { expect }").replace(`"statewright"`, `"${source}mod.ts"`)
      .replace("../src/", source)
  }`;
}

test.each([
  [{ version: 1, steps: [] }, 422],
  [{ version: 1, steps: [{ fire: "99/0" }] }, 422],
  [{ version: 1, steps: [{ fire: "x" }] }, 422],
  [{ version: 9_999, steps: [{ event: { type: "OrderShipped" } }] }, 404],
  [{ steps: [{ event: { type: "OrderShipped" } }] }, 400],
])("%j is a problem of %i", async (body, status) => {
  const { path } = await standing("confirmed");
  expect((await inspected.post(`${path}/what-if`, body)).status).toBe(status);
});
