/** What the inspector's page lends a hand with: copies, windows of others, panes, colours, and very long histories. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser, noBrowser, openPage, type WatchedPage } from "../../support/browser.ts";
import { median, percentile } from "../../bench/figures.ts";
import { type InspectedShop, startInspectedShop } from "../../support/inspected-shop.ts";
import { type ServedInspector, serveInspector } from "../../support/serve-inspector.ts";
import { shopClient } from "../../support/shop-client.ts";

const EVENTS = 10_000;

if (noBrowser !== undefined) console.warn(`Skipped: ${noBrowser}`);

describe.skipIf(noBrowser !== undefined)("the inspector's page", () => {
  let inspected: InspectedShop;
  let served: ServedInspector;
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;
  let orderId: string;

  beforeAll(async () => {
    [inspected, browser] = await Promise.all([startInspectedShop(), launchBrowser()]);
    served = await serveInspector(inspected.inspector);
    orderId = (await inspected.get("instances?type=order&state=cancelled")).items[0].id;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await inspected?.stop();
  });
  beforeEach(async () => {
    watched = await openPage(browser, served.root, { permissions: ["clipboard-read", "clipboard-write"] });
    ({ page } = watched);
  });
  afterEach(async () => {
    await page.context().close();
    expect(watched.faults).toEqual([]);
  });

  test("copies a machine as Mermaid", async () => {
    await page.goto("machines/payment");
    await page.getByRole("button", { name: "Copy as Mermaid" }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^stateDiagram-v2\n/);
    const answer = await inspected.fetch("machines/payment/mermaid");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await answer.text());
  });

  test("hands a history to Stately's inspector, and asks for nothing there before it is told to", async () => {
    const asked: string[] = [];
    const there = `<script>
      const heard = [];
      addEventListener("message", ({ data, origin }) => heard.push({ ...data, origin }));
      opener.postMessage({ type: "@statelyai.connected" }, "*");
    </script>`;
    await page.context().route("https://stately.ai/**", async (route) => {
      asked.push(route.request().url());
      await route.fulfill({ contentType: "text/html", body: there });
    });
    await page.goto(`actors/order/${orderId}`);
    await page.getByRole("button", { name: "Stately …" }).click();
    await page.getByText("Nothing is sent before you press the button").waitFor();
    expect(asked).toEqual([]);
    const [other] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("button", { name: "Open stately.ai" }).click(),
    ]);
    await page.getByText(/messages were handed over/).waitFor();
    const heard = await other.evaluate("heard") as Record<string, unknown>[];
    const { version } = await inspected.get(`actors/order/${orderId}`);
    expect(asked).toEqual(["https://stately.ai/inspect"]);
    expect(heard).toHaveLength(1 + 2 * version);
    expect(heard[0]).toMatchObject({
      type: "@xstate.actor",
      sessionId: `order/${orderId}`,
      _version: expect.any(String),
    });
    expect(JSON.parse(heard[0]!["definition"] as string)).toMatchObject({ id: "order", states: {} });
    expect(heard.at(-1)).toMatchObject({ type: "@xstate.snapshot", snapshot: { value: "cancelled", status: "done" } });
    const origins = new Set(heard.map(({ origin }) => origin));
    expect([...origins]).toEqual([new URL(served.root).origin]);
  });

  test("panes have the width that they were given, by hand or by key, also next time", async () => {
    await page.goto(`actors/order/${orderId}`);
    const handle = page.getByRole("separator", { name: "Width of the left pane" });
    const width = async () => (await page.locator(".pane.events").boundingBox())!.width;
    await handle.waitFor();
    const before = await width();
    await handle.press("ArrowRight");
    await handle.press("ArrowRight");
    expect(await width()).toBe(before + 48);
    const { x, y, height } = (await handle.boundingBox())!;
    await page.mouse.move(x + 1, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + 41, y + height / 2);
    await page.mouse.up();
    expect(await width()).toBe(before + 88);
    await page.reload();
    await handle.waitFor();
    await expect.poll(width).toBe(before + 88);
    await handle.dblclick();
    expect(await width()).toBe(before);
  });

  test("light and dark are the system's, until they are chosen", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto("./");
    const surface = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [dark, light] = ["rgb(16, 18, 22)", "rgb(246, 246, 243)"];
    const change = page.getByRole("button", { name: /theme|colou?rs|light|dark/i });
    await change.waitFor();
    expect(await surface()).toBe(dark);
    await change.click();
    expect(await surface()).toBe(light);
    await page.reload();
    await change.waitFor();
    expect(await surface()).toBe(light);
    await change.click();
    expect(await surface()).toBe(dark);
    await change.click();
    await page.emulateMedia({ colorScheme: "light" });
    expect(await surface()).toBe(light);
  });

  test("an activity that pauses is tried at once, with a reason", async () => {
    const { behaviours, url } = inspected.shop;
    const shop = shopClient(url);
    const { body: { id } } = await shop.place(await shop.customer(), { [await shop.product("1000", 5)]: 1 });
    await shop.reaches(id, "confirmed");
    await page.goto(`actors/payment/${id}`);
    await page.locator(".connection.live").waitFor();
    await behaviours.tell(id, { refund: "fail" });
    await shop.call("DELETE", `/v1/orders/${id}`);
    await page.getByRole("button", { name: "Retry refundPayment now" }).click();
    const dialog = page.getByRole("dialog", { name: "Retry refundPayment" });
    await dialog.getByLabel(/^Why/).fill("Is the provider back?");
    await dialog.getByRole("button", { name: "Retry", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    const [entry] = await inspected.shop.store.audits({ subject: `payment/${id}`, limit: 1 });
    expect(entry).toMatchObject({ action: "retry activity", reason: "Is the provider back?" });
    await behaviours.tell(id, {});
    await shop.reaches(id, "cancelled", 20_000);
  }, 60_000);

  test(`${EVENTS} events scroll, and a step is quick`, async () => {
    const { items: [{ id }] } = await inspected.get("instances?type=stock");
    const stock = inspected.shop.runtime.actor("stock", id);
    for (let written = 0; written < EVENTS; written += 100) {
      await Promise.all(
        Array.from({ length: 100 }, () => stock.propose({ type: "StockReceived", quantity: 1 }, { by: "operator" })),
      );
    }
    await page.goto(`actors/stock/${id}?lanes=closed`);
    await page.getByText(/of 10,\d{3}/).waitFor({ timeout: 60_000 });
    const list = page.getByRole("listbox", { name: "Events" });
    const rows = page.locator(".event-row");
    for (const share of [0, 0.5, 1]) {
      await list.evaluate((box, part) => box.scrollTop = part * box.scrollHeight, share);
      await expect.poll(async () => {
        const first = Number((await rows.first().locator(".n").innerText()).replaceAll(",", ""));
        return Math.abs(first - share * EVENTS);
      }).toBeLessThan(200);
      expect(await rows.count()).toBeLessThan(80);
    }
    await page.getByRole("slider", { name: "Moment" }).fill("5000");
    await page.locator(".event-row.current", { hasText: "5000" }).waitFor();
    // From the key to the next frame that shows the step: what somebody at the page waits for.
    const took = await page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const current = () => document.querySelector(".event-row.current .n")?.textContent;
      const steps: number[] = [];
      for (let step = 0; step < 30; step++) {
        const [before, startedAt] = [current(), performance.now()];
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        while (current() === before) await frame();
        steps.push(performance.now() - startedAt);
      }
      return steps;
    });
    console.info(
      `a step in ${EVENTS} events: median ${median(took).toFixed(1)} ms, p95 ${percentile(took, 0.95).toFixed(1)} ms`,
    );
    expect(took).toHaveLength(30);
  }, 180_000);

  test("more at once than the stream hands on is caught up with", async () => {
    const { items: [, { id }] } = await inspected.get("instances?type=stock");
    const { version } = await inspected.get(`actors/stock/${id}`);
    await page.goto(`actors/stock/${id}?lanes=closed`);
    await page.locator(".connection.live").waitFor();
    const stock = inspected.shop.runtime.actor("stock", id);
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        Array.from({ length: 50 }, () => stock.propose({ type: "StockReceived", quantity: 1 }, { by: "operator" })),
      );
    }
    await page.locator(".event-row.current .n", { hasText: String(version + 1_500) }).waitFor();
  }, 60_000);
});
