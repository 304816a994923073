/** The inspector's page as somebody uses it, in a browser that reaches nothing but this host. */
import { source as AXE } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser, noBrowser, openPage, type WatchedPage } from "../../support/browser.ts";
import { type InspectedShop, startInspectedShop } from "../../support/inspected-shop.ts";
import { type ServedInspector, serveInspector } from "../../support/serve-inspector.ts";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
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
    // Seeding gives an order 60 s to come to rest, on a busy machine.
  }, 120_000);
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
    const findings: string[] = [];
    for (const path of await pagesOf()) {
      await open(path);
      if (path.includes("actors/") && !path.includes("view=table")) {
        await page.locator(".chart .state.active").waitFor();
      }
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const rules = colorScheme === "light" ? WCAG : ["color-contrast"];
        findings.push(...(await seriousFindings(page, rules)).map((finding) => `${path} (${colorScheme}): ${finding}`));
      }
    }
    expect(findings).toEqual([]);
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

  test("the numbers of a heat map cover no other words", async () => {
    for (const heat of ["count", "wait", "failures"]) {
      await open(`machines/order?show=${heat}`);
      await page.locator(".note.heat").first().waitFor();
      expect([heat, await coveredWords(page)]).toEqual([heat, []]);
    }
  });

  test("every machine is seen at a glance, and the flow begins with what there was", async () => {
    await open("machines");
    await page.locator(".thumbnail svg").nth(5).waitFor();
    await page.locator(".card", { hasText: "11 states" }).click();
    await page.waitForURL(/machines\/order$/);
    await open("flow");
    const [newest] = (await inspected.get("log")).items;
    await page.getByRole("cell", { name: String(newest.position), exact: true }).waitFor();
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
    const undone = ".chart .line.compensating.taken .stroke";
    await page.locator(undone).first().waitFor({ state: "attached" });
    const styleOf = (property: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector("${undone}")).${property}`);
    expect(await styleOf("strokeDasharray")).not.toBe("none");
    expect(parseFloat(await styleOf("strokeWidth"))).toBeGreaterThan(2);
    expect(await page.locator(".tie").count()).toBeGreaterThan(0);
    // Where it stood then, and all of the way to it.
    await open(`actors/order/${await idIn("cancelled")}/4?lanes=closed`);
    await page.locator(".chart .state.active").waitFor();
    const stage = (await page.locator(".stage").boundingBox())!;
    for (const state of await page.locator(".chart .state:is(.active, .visited) > rect").all()) {
      const { x, y, width, height } = (await state.boundingBox())!;
      expect([x >= stage.x, y >= stage.y]).toEqual([true, true]);
      expect([x + width <= stage.x + stage.width, y + height <= stage.y + stage.height]).toEqual([true, true]);
    }
  });

  test("a chain of events is tried without writing, and comes as a test", async () => {
    const id = await idIn("confirmed");
    const before = await inspected.get(`actors/order/${id}`);
    await open(`actors/order/${id}?tab=what-if`);
    await page.locator(".chooser > label select").selectOption("CancellationRequested");
    await page.getByRole("button", { name: "Try CancellationRequested" }).click();
    await page.locator(".trial li").first().waitFor();
    await page.locator('.chart .state.active[data-state="compensating.refunding"]').waitFor();
    await page.locator(".chooser > label select").selectOption("OrderShipped");
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

  test("dead letters are sent again by their reason, dry first", async () => {
    const id = await idIn("delivered");
    const message = { kind: "message", to: { type: "order", id }, event: { type: "StockReserved", line: 0 } };
    const detail = JSON.stringify({ message });
    await inspected.shop.store.bury({
      reason: "message refused",
      stream: `order/${id}`,
      attempts: 1,
      source: `order/${id}/1/0`,
      detail,
    });
    await open("dead-letters");
    await page.getByRole("link", { name: /message refused/ }).click();
    await page.getByRole("button", { name: /Redrive all/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Why/).fill("Looking whether it helps");
    await dialog.getByRole("button", { name: "Try without sending" }).click();
    await dialog.getByText("It would", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Send again" }).click();
    await dialog.getByText("Done", { exact: true }).waitFor();
    // The order has ended and refuses it again, so the letter stays.
    await dialog.locator(".outcomes .negative").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Dismiss …" }).click();
    await dialog.getByLabel(/^Why/).fill("It is over");
    await dialog.getByRole("button", { name: "Dismiss" }).click();
    await dialog.getByText("Done", { exact: true }).waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByText("No dead letters").or(page.getByText("0 letters")).waitFor();
  });

  test("who may only look is offered to try, not to mend", async () => {
    const why = "Only looking";
    const seen = inspected.seenBy(() => ({
      principal: "x",
      role: "reader",
      mayMend: false,
      seesPersonal: false,
      why,
    }));
    const reader = await serveInspector(seen);
    const { page: other, faults } = await openPage(browser, reader.root);
    await other.goto(`actors/order/${await idIn("needsIntervention")}`);
    await other.getByText(/You may look and try, not mend/).waitFor();
    await other.getByRole("button", { name: "InterventionResolved" }).click();
    await other.getByRole("button", { name: "Try InterventionResolved" }).waitFor();
    expect(await other.getByRole("dialog").count()).toBe(0);
    expect(faults).toEqual([]);
    await other.context().close();
    await seen.stop();
    await reader.close();
  });

  test("of thousands of events only those in sight are in the document", async () => {
    const { items: [{ id }] } = await inspected.get("instances?type=stock");
    const stock = inspected.shop.runtime.actor("stock", id);
    for (let round = 0; round < 30; round++) {
      await Promise.all(
        Array.from({ length: 100 }, () => stock.propose({ type: "StockReceived", quantity: 1 }, { by: "operator" })),
      );
    }
    const { version } = await inspected.get(`actors/stock/${id}`);
    expect(version).toBeGreaterThan(3_000);
    await open(`actors/stock/${id}?lanes=closed`);
    await page.getByRole("slider", { name: "Moment" }).waitFor();
    await page.locator(".event-row.current", { hasText: String(version) }).waitFor();
    await page.getByRole("slider", { name: "Moment" }).fill("1500");
    await page.locator(".event-row.current", { hasText: "1500" }).waitFor();
    expect(await page.locator(".event-row").count()).toBeLessThan(80);
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
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      const window = await page.evaluate("innerWidth");
      expect([path, wide]).toEqual([path, window]);
    }
    await open("machines/order");
    const beginning = await page.locator('.chart [data-state="placed"] rect').first().boundingBox();
    expect(beginning!.x).toBeGreaterThan(0);
    expect(beginning!.x + beginning!.width).toBeLessThan(390);
  });

  test("who asks for what there is not is told where to go", async () => {
    await page.goto("actors/order/nobody");
    await page.getByRole("link", { name: "Go to the overview" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    // The browser says so, too.
    watched.faults.length = 0;
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

/** The notes that lie over another note or label. */
async function coveredWords(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const of = (selector) => [...document.querySelectorAll(selector)].map((text) => ({ text, box: text.getBoundingClientRect() }));
    const notes = of(".chart .note.heat");
    const words = [...of(".chart .label"), ...of(".chart .title"), ...notes];
    return notes.flatMap((note) => words.filter(({ text, box }) =>
      text !== note.text && box.left < note.box.right && note.box.left < box.right &&
      box.top < note.box.bottom - 2 && note.box.top + 2 < box.bottom
    ).map(({ text }) => note.text.parentElement.dataset.edge + " over " + text.textContent));
  })()`);
}

interface Axe {
  run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { target: string[] }[] }[] }>;
}

/** The rule and the places of each finding that hinders somebody. */
async function seriousFindings(page: Page, tags: readonly string[]): Promise<string[]> {
  // Not as a script of the page, which its policy forbids.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    return (await axe.run({ runOnly })).violations;
  }, [...tags]);
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ target }) => target.join(" ")).join(", ")}`);
}
