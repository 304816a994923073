/** How much one caller may ask for, and that it costs the others nothing. */
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RetryInfoSchema } from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { RequestLimit, StreamLimit } from "../../../src/api/access/limits.ts";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import { registerCustomer } from "../../../src/shop/customers/customer.ts";
import { eventually } from "../../support/eventually.ts";
import { type GuardedShop, startGuardedShop } from "../../support/guarded-shop.ts";

describe("requests", () => {
  test("a second's worth at once, then as many as the time brings", () => {
    const clock = createManualClock();
    const limit = new RequestLimit(10, clock);
    for (let left = 9; left >= 0; left--) expect(limit.take("a").remaining).toBe(left);
    expect(() => limit.take("a")).toThrow(
      expect.objectContaining({ code: "RATE_LIMITED", details: { retryAfterMs: 100 } }),
    );
    expect(limit.take("b")).toEqual({ limit: 10, remaining: 9, resetS: 1 });
    clock.advance(99);
    expect(() => limit.take("a")).toThrow();
    clock.advance(1);
    expect(limit.take("a").remaining).toBe(0);
    expect(() => limit.take("a")).toThrow();
    clock.advance(3_600_000);
    expect(limit.take("a").remaining).toBe(9);
  });

  test("however many callers there are, a bounded number is known", () => {
    const limit = new RequestLimit(2, createManualClock());
    for (let caller = 0; caller < 10_000; caller++) limit.take(`${caller}`);
    limit.take("0");
    expect(() => limit.take("0")).toThrow();
    for (let caller = 10_000; caller < 19_999; caller++) limit.take(`${caller}`);
    expect(() => limit.take("0"), "who asks stays known").toThrow();
    expect(limit.take("1").remaining, "who has not asked for longest is forgotten").toBe(1);
  });
});

test("streams are counted until they are closed, once", () => {
  const limit = new StreamLimit(2);
  const [first] = [limit.open("a"), limit.open("a")];
  expect(() => limit.open("a")).toThrow(expect.objectContaining({ code: "RATE_LIMITED" }));
  limit.open("b");
  first();
  first();
  limit.open("a");
  expect(() => limit.open("a")).toThrow();
});

describe("through the doors", () => {
  let guarded: GuardedShop;
  beforeAll(async () => {
    guarded = await startGuardedShop({ requestsPerSecond: 150, clock: createManualClock() });
  });
  afterAll(() => guarded.stop());

  const get = (who: keyof GuardedShop["keys"], path: string, init: RequestInit = {}) =>
    fetch(`${guarded.url}${path}`, { ...init, headers: { authorization: `Bearer ${guarded.keys[who]}` } });

  test("what is left is told; too much is 429 with the time to wait, and others go on", async () => {
    const first = await get("hasty", "/v1/products");
    expect(first.headers.get("ratelimit-policy")).toBe('"default";q=150;w=1');
    expect(first.headers.get("ratelimit")).toMatch(/^"default";r=149;t=1$/);
    const answers = await Promise.all(Array.from({ length: 150 }, () => get("hasty", "/v1/products?limit=1")));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    const refused = answers.findIndex(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(149);
    expect(answers[refused]!.headers.get("retry-after")).toBe("1");
    expect(answers[refused]!.headers.get("ratelimit")).toBe('"default";r=0;t=1');
    expect(bodies[refused]).toMatchObject({ code: "RATE_LIMITED", status: 429 });
    expect((await get("operator", "/v1/products")).status).toBe(200);
  });

  test.each(
    [
      ["GraphQL", "admin", "/graphql", { query: "{ __typename }" }],
      ["Connect", "operator", "/shop.v1.CatalogService/ListProducts", {}],
    ] as const,
  )("%s tells what is left too, also to who has nothing left", async (_, who, path, body) => {
    const ask = () =>
      fetch(`${guarded.url}${path}`, {
        method: "POST",
        headers: { "authorization": `Bearer ${guarded.keys[who]}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const first = await ask();
    expect(first.status).toBe(200);
    expect(first.headers.get("ratelimit-policy")).toBe('"default";q=150;w=1');
    expect(first.headers.get("ratelimit")).toMatch(/^"default";r=\d+;t=\d$/);
    let last = first;
    for (let asked = 0; asked < 150 && last.status === 200; asked++) last = await ask();
    expect([last.status, last.headers.get("ratelimit")]).toEqual([429, '"default";r=0;t=1']);
  });

  test("the doors share one allowance; over gRPC it is resource_exhausted with RetryInfo", async () => {
    const named: Interceptor = (next) => (call) => {
      call.header.set("authorization", `Bearer ${guarded.keys.bob}`);
      return next(call);
    };
    const transport = createGrpcTransport({ baseUrl: guarded.grpcUrl, interceptors: [named] });
    const client = createClient(CatalogService, transport);
    await Promise.all(
      Array.from({ length: 100 }, async () => await (await get("bob", "/v1/products?limit=1")).json()),
    );
    const calls = await Promise.allSettled(Array.from({ length: 51 }, () => client.listProducts({ pageSize: 1 })));
    const refused = calls.flatMap((call) => call.status === "rejected" ? [ConnectError.from(call.reason)] : []);
    expect(refused.map(({ code }) => code)).toEqual([Code.ResourceExhausted]);
    expect(refused[0]!.findDetails(RetryInfoSchema)).toHaveLength(1);
  });

  test("a hundred streams at once; one that is left makes room", async () => {
    const { ada } = guarded.customerIds;
    await registerCustomer(guarded.shop.runtime, { name: "Ada", email: "ada@example.com" }, { customerId: ada });
    const path = `/v1/actors/customer/${ada}/stream`;
    const ends: AbortController[] = [];
    const open = async () => {
      const end = new AbortController();
      const answer = await get("ada", path, { signal: end.signal });
      if (answer.status === 200) ends.push(end);
      return answer.status;
    };
    const statuses = await Promise.all(Array.from({ length: 101 }, open));
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    ends.pop()!.abort();
    await eventually(async () => expect(await open()).toBe(200));
    for (const end of ends) end.abort();
  });
});
