/** What docs/which-door.md shows is run, as it stands. */
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGraphQLDoor } from "../../src/api/graphql/door.ts";
import { createGrpcDoor } from "../../src/api/grpc/door.ts";
import { createRestApp } from "../../src/api/rest/app.ts";
import { listen, type Listener } from "../../src/cli/start/listen.ts";
import { codeBlocks } from "../support/documents.ts";
import { shopClient } from "../support/shop-client.ts";
import { type ShopService, startShopService } from "../support/shop-service.ts";
import { readRepositoryFile, repositoryFiles } from "../support/source-tree.ts";

const page = readRepositoryFile("docs/which-door.md");
const commands = codeBlocks(page, "sh");
const hasCurl = (() => {
  try {
    return execFileSync("curl", ["--version"]).length > 0;
  } catch {
    return false;
  }
})();

let shop: ShopService;
let http: Listener;
const environment: Record<string, string> = {};
beforeAll(async () => {
  shop = await startShopService();
  const client = shopClient(shop.url);
  const [customer, product] = [await client.customer(), await client.product("100", 10)];
  const { body: { id: order } } = await client.place(customer, { [product]: 1 });
  http = await listen({ host: "127.0.0.1", port: 0, portIsFixed: true });
  const doors = { ...shop.doors, notReady: () => Promise.resolve([]) };
  const rest = createRestApp(doors).fetch;
  http.open(createGrpcDoor(doors).fetchBefore(createGraphQLDoor(doors).fetchBefore(rest)));
  Object.assign(environment, { URL: `http://127.0.0.1:${http.port}`, customer, product, order });
});
afterAll(async () => {
  await http.close(200);
  await shop.stop();
});

test.skipIf(!hasCurl).each(commands)("%s (skipped where there is no curl)", async (command) => {
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { env: { ...process.env, ...environment } });
  const answer = JSON.parse(stdout);
  expect(answer.errors).toBeUndefined();
  expect(stdout).toMatch(/status/);
});

test("the page has commands, and leads to files that are there", () => {
  expect(commands.length).toBeGreaterThan(4);
  const files = repositoryFiles();
  for (const [, link] of page.matchAll(/\]\(\.\.\/([^)#]+)/g)) expect(files).toContain(link);
});
