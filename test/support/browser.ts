/** A real browser that reaches one host and nothing else. */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Debian's, or another one that is named. */
const CHROMIUM = process.env["CHROMIUM_BIN"] ?? "/usr/bin/chromium";

/** Why there are no browser tests; undefined when there are. */
export const noBrowser = existsSync(CHROMIUM)
  ? undefined
  : `There is no Chromium at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM_BIN`;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors, and requests that failed or were meant for another host: none in a page that is well. */
  readonly faults: string[];
}

/** @param root whatever does not lie below it is refused, and a fault */
export async function openPage(
  browser: Browser,
  root: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: root, ...options });
  const faults: string[] = [];
  await context.route((url) => !url.href.startsWith(root), async (route) => {
    faults.push(`asks for ${route.request().url()}`);
    await route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("pageerror", (error) => faults.push(`throws ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`says ${message.text()}`);
  });
  return { page, faults };
}
