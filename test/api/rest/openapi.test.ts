/** The API's description: it is complete, it is the one in docs, and answers are as it says. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRestApp } from "../../../src/api/rest/app.ts";
import { describeApi } from "../../../src/api/rest/openapi.ts";
import { PROBLEMS } from "../../../src/api/problems.ts";
import { OPERATIONS } from "../../../src/api/rest/operations-table.ts";
import { newId } from "../../../src/kernel/ids.ts";
import { type Answer, type ShopClient, shopClient } from "../../support/shop-client.ts";
import { readRepositoryFile } from "../../support/source-tree.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

const description: ReturnType<typeof JSON.parse> = describeApi();

let service: ShopService;
let shop: ShopClient;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
});

afterAll(() => service.stop());

test("docs/openapi.json is what the code describes", async () => {
  await expect(`${JSON.stringify(description, null, 2)}\n`).toMatchFileSnapshot("../../../docs/openapi.json");
  expect((await shop.get("/openapi.json")).body).toEqual(description);
});

test("every route is described, and every description is a route", () => {
  const unused = () => Promise.reject(new Error("unused"));
  const { routes } = createRestApp({
    ...service.doors,
    notReady: () => Promise.resolve([]),
    charges: { charge: unused },
    demoCharges: unused,
    operations: {} as never,
    queues: { stats: unused, dead: unused, redrive: unused, dismiss: unused },
    metrics: { render: unused } as never,
    version: {} as never,
    asyncapi: {},
  });
  const known = routes.filter(({ method, path }) => method !== "ALL" && !path.includes("*"))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect(known.toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
});

test("each operation has a name of its own, and each schema it names is there", () => {
  const ids = Object.values(description.paths).flatMap((methods) => Object.values(methods!))
    .map(({ operationId }: { operationId: string }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const named = [...JSON.stringify(description).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
  expect(named.filter((name) => description.components.schemas[name!] === undefined)).toEqual([]);
});

describe("answers are as described", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(description, "api");

  function expectDescribed(operation: string, { status, body }: Answer): void {
    const [method, path] = operation.split(" ") as [string, string];
    const { responses } = description.paths[path][method.toLowerCase()];
    const { content } = responses[status] ?? responses.default;
    const { $ref } = (content["application/json"] ?? content["application/problem+json"]).schema;
    const check = ajv.compile({ $ref: `api${$ref}` });
    check(body);
    expect(check.errors ?? []).toEqual([]);
  }

  /** Some parts are not behind this service. */
  const isOfShape = (operation: string) => /^[A-Z][a-z]/.test(OPERATIONS[operation]!.answers[200] ?? "");

  test("of all that can be read", async () => {
    const [customer, product] = [await shop.customer(), await shop.product("100", 10)];
    const placed = await shop.place(customer, { [product]: 1 });
    expectDescribed("POST /v1/orders", placed);
    const { id } = placed.body;
    await shop.reaches(id, "confirmed");
    await service.store.bury({
      reason: "r",
      stream: `order/${id}`,
      source: `order/${id}/1/1`,
      attempts: 1,
      detail: "{}",
    });
    await service.behaviours.tell(id, { refund: "decline" });
    await shop.post(`/v1/orders/${id}/cancel`, {});
    await shop.reaches(id, "needsIntervention");
    await service.projector.reached(await service.store.head(), 20_000);
    const [letter] = await service.store.deadLetters({ limit: 1 });
    const ids: Record<string, string> = {
      "dead-letters": letter!.id,
      orders: id,
      products: product,
      customers: customer,
      "order-details": id,
    };
    for (const operation of Object.keys(OPERATIONS)) {
      if (!operation.startsWith("GET /v1/") || !isOfShape(operation)) continue;
      const path = operation.slice("GET ".length);
      const real = path.replace("{type}", "order").replace("{id}", ids[path.split("/")[2]!] ?? id);
      const answer = await shop.get(real);
      expect([operation, answer.status]).toEqual([operation, 200]);
      expectDescribed(operation, answer);
    }
  });

  test("of what goes wrong", async () => {
    expectDescribed("GET /v1/orders/{id}", await shop.get(`/v1/orders/${newId()}`));
    expectDescribed("POST /v1/orders", await shop.post("/v1/orders", {}));
    expectDescribed("POST /v1/orders/{id}/ship", await shop.post(`/v1/orders/${newId()}/ship`, {}));
  });
});

test("docs/rest.md says of every status where it is given", () => {
  const table = readRepositoryFile("docs/rest.md");
  const given = [
    ...Object.values(PROBLEMS).map(({ http }) => http),
    ...Object.values(OPERATIONS).flatMap(({ answers }) => Object.keys(answers).map(Number)),
  ];
  expect([...new Set(given)].filter((status) => !new RegExp(`^\\| ${status} `, "m").test(table))).toEqual([]);
});
