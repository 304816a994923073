/** `npm run screenshots`: the pictures of the README, taken of the demo, in light and in dark. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser, noBrowser, openPage } from "./browser.ts";
import { REPOSITORY, runProgram } from "./programs.ts";
import { removeTemporaryFolders, temporaryFolder } from "./temporary-folder.ts";

const FOLDER = join(REPOSITORY, "docs/images");
const SIZE = { width: 1440, height: 960 };
/** What is drawn with a motion has come to rest. */
const SETTLED_MS = 400;

interface Shot {
  readonly name: string;
  /** Below the inspector; `$<state>` is an order that stands there. */
  readonly path: string;
  /** What has to be there. */
  readonly shows: string;
}

const SHOTS: readonly Shot[] = [
  { name: "overview", path: "./", shows: ".bars" },
  { name: "machine", path: "machines/order", shows: ".chart .count" },
  { name: "order", path: "actors/order/$cancelled/4?tab=context", shows: ".chart .state.active" },
  { name: "past", path: "actors/order/$cancelled/6?tab=changes", shows: ".diff" },
  { name: "what-if", path: `actors/order/$confirmed?tab=what-if&lanes=closed&try=${trial()}`, shows: ".trial" },
];

function trial(): string {
  const steps = [{ event: { type: "CancellationRequested", reason: "Changed my mind" }, by: "client" }];
  return encodeURIComponent(JSON.stringify(steps));
}

if (noBrowser !== undefined) throw new Error(noBrowser);
mkdirSync(FOLDER, { recursive: true });
const demo = runProgram("src/main.ts", {
  env: { HTTP_PORT: "0", GRPC_PORT: "0", STATEWRIGHT_DATA: join(temporaryFolder(), "data") },
});
try {
  const address = await demo.says(/http:\/\/localhost:\d+/);
  await demo.says("Try: ");
  await takeAll(`${address.replace("localhost", "127.0.0.1")}/inspect/`);
} finally {
  demo.kill("SIGTERM");
  await demo.ended;
  removeTemporaryFolders();
}

async function takeAll(root: string): Promise<void> {
  const browser = await launchBrowser();
  try {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, faults } = await openPage(browser, root, { viewport: SIZE, colorScheme, reducedMotion: "reduce" });
      for (const { name, path, shows } of SHOTS) {
        await page.goto(await filled(root, path));
        await page.locator(shows).first().waitFor();
        await page.waitForTimeout(SETTLED_MS);
        await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`) });
      }
      if (faults.length > 0) throw new Error(faults.join("\n"));
    }
  } finally {
    await browser.close();
  }
}

async function filled(root: string, path: string): Promise<string> {
  const [, state] = /\$(\w+)/.exec(path) ?? [];
  if (state === undefined) return path;
  const answer = await fetch(`${root}api/instances?type=order&state=${state}`);
  const { items } = await answer.json() as { items: { id: string; version: number }[] };
  const order = items.toSorted((a, b) => b.version - a.version)[0];
  if (order === undefined) throw new Error(`No order is ${state}`);
  return path.replace(/\$\w+/, order.id);
}
