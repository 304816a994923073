/** An actor whose machine has changed under it, in the browser: each moment on the chart that it was on then. */
import { describe, expect, test } from "vitest";
import { launchBrowser, noBrowser, openPage } from "../../support/browser.ts";
import { inspectTicket } from "../../support/inspected-ticket.ts";
import { usePostgresNodes } from "../../support/postgres-nodes.ts";
import { serveInspector } from "../../support/serve-inspector.ts";

if (noBrowser !== undefined) console.warn(`Skipped: ${noBrowser}`);

describe.skipIf(noBrowser !== undefined)("the inspector's page", () => {
  const nodes = usePostgresNodes();

  test("draws the version of the machine that the actor was on", async () => {
    const inspector = await inspectTicket(nodes, "ticket/a");
    const served = await serveInspector(inspector);
    const browser = await launchBrowser();
    try {
      const { page, faults } = await openPage(browser, served.root);
      const drawer = page.locator('.chart .state[data-state="drawer"]');
      await page.goto("actors/ticket/a/2?tab=context");
      await page.locator('.chart .state.active[data-state="drawer"]').waitFor();
      await page.getByText("machine 1", { exact: true }).waitFor();
      await page.keyboard.press("End");
      await page.locator('.chart .state.active[data-state="open"]').waitFor();
      await page.locator('.chart .state[data-state="checked"]').waitFor();
      await drawer.waitFor({ state: "detached" });
      expect(await page.getByText("machine 1", { exact: true }).count()).toBe(0);

      await page.goto("machines/ticket");
      await page.locator('.chart .state[data-state="checked"]').waitFor();
      await page.getByLabel("Version").selectOption("1");
      await drawer.waitFor();
      expect(page.url()).toContain("version=1");
      await page.locator('.chart .state[data-state="open"] .title').click();
      await page.locator("tbody tr", { hasText: "ticket/a" }).waitFor();
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await inspector.stop();
      await served.close();
    }
  }, 60_000);
});
