/** The inspector's page as somebody uses it, in a browser that reaches nothing but this host. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser, noBrowser, openPage, type WatchedPage } from "../../support/browser.ts";
import { type InspectedShop, startInspectedShop } from "../../support/inspected-shop.ts";
import { type ServedInspector, serveInspector } from "../../support/serve-inspector.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FIRST_LOAD_BYTES = 60 * 1024;

if (noBrowser !== undefined) console.warn(`Skipped: ${noBrowser}`);

describe.skipIf(noBrowser !== undefined)("the inspector's page", () => {
  let inspected: InspectedShop;
  let served: ServedInspector;
  let browser: Browser;
  let watched: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    [inspected, browser] = await Promise.all([startInspectedShop(), launchBrowser()]);
    served = await serveInspector(inspected.inspector);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await inspected?.stop();
  });
  beforeEach(async () => {
    watched = await openPage(browser, served.root);
    ({ page } = watched);
  });
  afterEach(async () => {
    await page.context().close();
    expect(watched.faults).toEqual([]);
  });

  const idIn = async (state: string): Promise<string> =>
    (await inspected.get(`instances?type=order&state=${state}`)).items[0].id;
  const pagesOf = async (): Promise<string[]> => {
    const { correlation, id } = await inspected.get(`actors/order/${await idIn("cancelled")}`);
    return [
      "./",
      "./?view=table",
      "machines",
      "machines/order",
      "machines/order?show=count",
      "machines/order?view=table",
      "instances?type=order",
      `actors/order/${id}`,
      `actors/order/${id}/4?tab=changes&view=table`,
      `actors/order/${id}/4?tab=context&lanes=closed`,
      `actors/order/${id}/4?tab=event`,
      `actors/order/${await idIn("needsIntervention")}?tab=what-if`,
      `causation?correlation=${encodeURIComponent(correlation)}`,
      "stuck",
      "dead-letters",
      "timers",
      "flow",
      "nowhere",
    ];
  };
  /** Opens a page and waits until it shows what it was asked for. */
  const open = async (path: string) => {
    await page.goto(path);
    await page.locator(".connection.live").waitFor();
    await page.locator(".loading").first().waitFor({ state: "detached" });
    await page.locator("main :is(h1, h2)").first().waitFor();
  };
  /** Where the statechart says the actor stands: the innermost state. */
  const standsIn = () => page.locator(".chart .state.active").getAttribute("data-state");
  const chosen = () => page.locator(".event-row.current .name").innerText();

  test("every page works from its address alone, in light and in dark, and axe finds nothing serious", async () => {
    for (const path of await pagesOf()) {
      await open(path);
      if (path.includes("actors/") && !path.includes("view=table")) {
        await page.locator(".chart .state.active").waitFor();
      }
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        expect([path, colorScheme, await seriousFindings(page)]).toEqual([path, colorScheme, []]);
      }
    }
  }, 180_000);

  test("the first load is small", async () => {
    const { items } = await inspected.get("machines");
    expect(items).toHaveLength(6);
    const sizes: Record<string, number> = {};
    page.on("response", async (response) => {
      if (response.url().includes("/api/")) return;
      const { responseBodySize } = await response.request().sizes();
      sizes[new URL(response.url()).pathname] = responseBodySize;
      expect(new URL(response.url()).search).toBe("");
    });
    await open(`actors/order/${await idIn("cancelled")}`);
    await page.locator(".chart .state.active").waitFor();
    const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
    expect(Object.keys(sizes).length).toBeGreaterThan(20);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(FIRST_LOAD_BYTES);
  });

  test("each number of the overview opens the list that it counts", async () => {
    await open("./");
    for (const state of ["needsIntervention", "delivered", "compensating.refunding"]) {
      await open("./");
      const row = page.locator(".bars a", { hasText: state });
      const count = await row.locator(".number").innerText();
      await row.click();
      await page.locator("tbody tr").first().waitFor();
      expect(await page.locator("tbody tr").count()).toBe(Number(count));
      expect(await page.locator("h1 .quiet").innerText()).toBe(count);
    }
  });

  test("a machine shows who is where, and a state leads to its actors", async () => {
    await open("machines/order");
    const badge = page.locator('[data-state="needsIntervention"] .count');
    expect(await badge.innerText().catch(() => badge.textContent())).toBe("3");
    await page.locator('.state[data-state="needsIntervention"] .title').click();
    await page.locator("tbody tr").first().waitFor();
    expect(await page.locator("tbody tr").count()).toBe(3);
    await page.goBack();
    await page.getByRole("button", { name: "Failures" }).click();
    await page.locator(".edge.failing .heat").first().waitFor();
    expect(page.url()).toContain("show=failures");
    await page.reload();
    await page.locator(".edge.failing .heat").first().waitFor();
  });

  test("slider, list, keys and address show the same moment", async () => {
    const id = await idIn("cancelled");
    const { items: rows, version: latest } = await inspected.get(`actors/order/${id}/events`);
    const moment = async (version: number) => {
      await page.waitForURL(new RegExp(`/${id}/${version}(\\?|$)`));
      const { active } = await inspected.get(`actors/order/${id}/at/${version}`);
      await page.locator(`.chart .state.active[data-state="${active.at(-1)}"]`).waitFor();
      expect(await chosen()).toBe(rows[version - 1].type);
      expect(await page.getByRole("slider", { name: "Moment" }).inputValue()).toBe(String(version));
      expect(await page.locator(".event-row.future").count()).toBe(latest - version);
    };
    await open(`actors/order/${id}`);
    await page.keyboard.press("ArrowLeft");
    await moment(latest - 1);
    await page.keyboard.press("Home");
    await moment(1);
    await page.keyboard.press("ArrowRight");
    await moment(2);
    await page.keyboard.press("g");
    await page.keyboard.type("3\n");
    await moment(3);
    await page.getByRole("slider", { name: "Moment" }).fill(String(latest - 2));
    await moment(latest - 2);
    await page.locator(".event-row").nth(3).click();
    await moment(4);
    await page.keyboard.press("d");
    await page.locator(".diff").waitFor();
    const { changes } = await inspected.get(`actors/order/${id}/diff/3/4`);
    expect(await page.locator(".diff li").count()).toBe(changes.length);
    await page.keyboard.press("End");
    await moment(latest);
    await page.keyboard.press(".");
    await page.waitForURL((url) => url.pathname.endsWith(id));
    expect(await standsIn()).toBe("cancelled");
  });

  test("the way an order came is drawn heavier, and what undoes is dashed", async () => {
    await open(`actors/order/${await idIn("cancelled")}`);
    const undone = page.locator(".chart .line.compensating.taken .stroke").first();
    await undone.waitFor({ state: "attached" });
    const style = await undone.evaluate((line) => {
      const { strokeDasharray, strokeWidth } = getComputedStyle(line);
      return { strokeDasharray, width: parseFloat(strokeWidth) };
    });
    expect(style.strokeDasharray).not.toBe("none");
    expect(style.width).toBeGreaterThan(2);
    expect(await page.locator(".tie").count()).toBeGreaterThan(0);
  });

  test("a chain of events is tried without writing, and comes as a test", async () => {
    const id = await idIn("confirmed");
    const before = await inspected.get(`actors/order/${id}`);
    await open(`actors/order/${id}?tab=what-if`);
    await page.getByLabel("Event", { exact: true }).selectOption("CancellationRequested");
    await page.getByRole("button", { name: "Try CancellationRequested" }).click();
    await page.locator(".trial li").first().waitFor();
    await page.locator('.chart .state.active[data-state="compensating.refunding"]').waitFor();
    await page.getByLabel("Event", { exact: true }).selectOption("OrderShipped");
    await page.getByRole("button", { name: "Try OrderShipped" }).click();
    await page.locator(".trial .refused").waitFor();
    await page.getByText("As a test").click();
    expect(await page.locator(".export pre").innerText()).toContain("CancellationRequested");
    await page.reload();
    await page.locator(".trial .refused").waitFor();
    expect(await inspected.get(`actors/order/${id}`)).toEqual(before);
  });

  test("an order is mended with a reason, while who looks at its past is told and not moved", async () => {
    const id = await idIn("needsIntervention");
    const { version } = await inspected.get(`actors/order/${id}`);
    const other = await openPage(browser, served.root);
    await other.page.goto(`actors/order/${id}/2`);
    await other.page.locator(".chart .state.active").waitFor();

    await open(`actors/order/${id}`);
    await page.getByRole("button", { name: "InterventionResolved" }).click();
    const dialog = page.getByRole("dialog", { name: "InterventionResolved" });
    const propose = dialog.getByRole("button", { name: "Propose InterventionResolved" });
    expect(await propose.isDisabled()).toBe(true);
    await dialog.getByLabel(/^Why/).fill("Paid back by hand");
    await propose.click();
    await page.locator('.chart .state.active[data-state="cancelled"]').waitFor();
    const event = await inspected.get(`actors/order/${id}/events/${version + 1}`);
    expect(event).toMatchObject({ type: "InterventionResolved", data: { reason: "Paid back by hand" } });

    await other.page.getByRole("button", { name: /^1 new$/ }).waitFor();
    expect(other.page.url()).toMatch(/\/2$/);
    await other.page.getByRole("button", { name: /^1 new$/ }).click();
    await other.page.locator('.chart .state.active[data-state="cancelled"]').waitFor();
    expect(other.faults).toEqual([]);
    await other.page.context().close();
  });

  test("an order, a machine and a page are found by a few letters", async () => {
    const id = await idIn("delivered");
    await open("./");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(id);
    await page.getByRole("option", { name: /^(order|actor)/ }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`/actors/order/${id}`));
    await page.keyboard.press("/");
    await page.keyboard.type("timers");
    await page.getByRole("option", { name: /Timers/ }).click();
    await page.waitForURL(/\/timers$/);
  });

  test("? lists the keys, and Escape closes it", async () => {
    await open(`actors/order/${await idIn("delivered")}`);
    await page.keyboard.press("?");
    const list = page.getByRole("dialog", { name: "Keys" });
    await list.getByText("go to a version").waitFor();
    await page.keyboard.press("Escape");
    await list.waitFor({ state: "detached" });
  });

  test("on a narrow window everything is there and nothing goes over the edge", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ["./", "machines/order", "instances?type=order", `actors/order/${await idIn("cancelled")}`]) {
      await open(path);
      const { wide, window } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        window: innerWidth,
      }));
      expect([path, wide]).toEqual([path, window]);
    }
  });

  test("who is cut off is told so, and comes back by itself", async () => {
    await open("./");
    await served.cut();
    await page.getByText("Disconnected.").waitFor();
    watched.faults.length = 0;
    await served.resume();
    await page.locator(".connection.live").waitFor();
    await page.getByText("Disconnected.").waitFor({ state: "detached" });
    watched.faults.length = 0;
  });
});

interface Axe {
  run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { target: string[] }[] }[] }>;
}

/** The rule and the places of each finding that hinders somebody. */
async function seriousFindings(page: Page): Promise<string[]> {
  // Not as a script of the page, which its policy forbids.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] })).violations;
  });
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ target }) => target.join(" ")).join(", ")}`);
}
