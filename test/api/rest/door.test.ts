/** The door itself: health, methods that every resource has, and what a caller sees when something of ours fails. */
import { describe, expect, test } from "vitest";
import { createConsistency } from "../../../src/api/consistency.ts";
import { createRestApp } from "../../../src/api/rest/app.ts";
import type { RestDependencies } from "../../../src/api/rest/dependencies.ts";
import { PROBLEMS } from "../../../src/api/problems.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { ERROR_CODES, StatewrightError } from "../../../src/kernel/errors.ts";
import { type Logger, silentLogger } from "../../../src/kernel/logger.ts";

const ID = "01890a5d-ac96-774b-bcce-b302099a8057";

function unused(): never {
  throw new Error("The door has no use for it");
}

function door(over: Partial<RestDependencies> = {}) {
  return createRestApp({
    system: {
      actor: () => ({
        propose: unused,
        snapshot: async () => undefined,
        events: async () => [],
        subscribe: unused,
      }),
    },
    past: { at: async () => undefined },
    readModels: { query: async () => [] },
    consistency: createConsistency({ reached: async () => {} }),
    findRequest: async () => undefined,
    deadLetters: async () => [],
    notReady: async () => [],
    clock: systemClock,
    logger: silentLogger,
    ...over,
  });
}

/** A door behind which every look at an actor fails like that. */
function failing(thrown: unknown, logger: Logger = silentLogger) {
  const fail = () => Promise.reject(thrown);
  const actor = () => ({ propose: fail, snapshot: fail, events: fail, subscribe: unused });
  return door({ logger, system: { actor } });
}

describe("health", () => {
  test("alive is alive, ready is ready, and not ready says why", async () => {
    expect((await door({ notReady: async () => ["the migrations are pending"] }).request("/livez")).status).toBe(200);
    expect((await door().request("/readyz")).status).toBe(200);
    const notYet = await door({ notReady: async () => ["the migrations are pending"] }).request("/readyz");
    expect(notYet.status).toBe(503);
    expect(notYet.headers.get("retry-after")).toBe("1");
    expect(await notYet.json()).toMatchObject({
      status: "notReady",
      checks: [{ name: "node", ok: false, detail: "the migrations are pending" }],
    });
  });

  test("a check that fails is no crash", async () => {
    const answer = await door({ notReady: () => Promise.reject(new Error("ECONNREFUSED 10.0.0.7")) }).request(
      "/readyz",
    );
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain("10.0.0.7");
  });
});

describe("methods", () => {
  test("HEAD is GET without the body", async () => {
    const answer = await door().request("/v1/orders", { method: "HEAD" });
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 200, body: "" });
    expect((await door().request(`/v1/orders/${ID}`, { method: "HEAD" })).status).toBe(404);
  });

  test.each([
    ["/v1/orders", "GET, HEAD, POST, OPTIONS"],
    [`/v1/orders/${ID}`, "GET, HEAD, PATCH, DELETE, OPTIONS"],
    [`/v1/orders/${ID}/cancel`, "POST, OPTIONS"],
    ["/v1/customers", "GET, HEAD, POST, OPTIONS"],
    [`/v1/products/${ID}`, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"],
    [`/v1/orders/${ID}/status`, "PATCH, OPTIONS"],
    ["/livez", "GET, HEAD, OPTIONS"],
  ])("OPTIONS %s tells %s", async (path, allow) => {
    const answer = await door().request(path, { method: "OPTIONS" });
    expect({ status: answer.status, allow: answer.headers.get("allow") }).toEqual({ status: 204, allow });
  });

  test("without a demo provider there are no demo charges", async () => {
    expect((await door().request("/demo/provider/charges")).status).toBe(404);
    expect((await door({ demoCharges: async () => [] }).request("/demo/provider/charges")).status).toBe(200);
  });
});

describe("Accept", () => {
  test.each([
    ["*/*", 200],
    ["application/json", 200],
    ["application/*;q=0.5", 200],
    ["text/html,*/*;q=0.8", 200],
    ["", 200],
    ["text/html", 200],
    ["application/xml;q=0.2", 200],
    ["image/png", 406],
    ["text/event-stream", 406],
    ["*/*;q=0", 406],
  ])(
    "%j is %i",
    async (accept, status) => {
      expect((await door().request("/v1/orders", { headers: { accept } })).status).toBe(status);
    },
  );
});

describe("when something of ours fails", () => {
  test("the caller learns a trace id, the operator the rest", async () => {
    const logged: object[] = [];
    const logger: Logger = { ...silentLogger, error: (fields) => void logged.push(fields) };
    const answer = await failing(new Error('relation "orders" does not exist at 10.0.0.7'), logger).request(
      `/v1/orders/${ID}`,
    );
    const body = await answer.json() as Record<string, unknown>;
    expect({ status: answer.status, code: body["code"] }).toEqual({ status: 500, code: "INTERNAL" });
    expect(JSON.stringify(body)).not.toMatch(/relation|10\.0\.0\.7/);
    expect(logged).toEqual([
      expect.objectContaining({ traceId: body["traceId"], error: expect.stringContaining("relation") }),
    ]);
  });

  test("the caller's own trace is kept", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const answer = await failing(new Error("x")).request(`/v1/orders/${ID}`, { headers: { traceparent } });
    expect(await answer.json()).toMatchObject({ traceId: "4bf92f3577b34da6a3ce929d0e0e4736" });
  });

  test.each(["OVERLOADED", "UNAVAILABLE"] as const)(
    "%s says when to come again, and nothing of our inside",
    async (code) => {
      const answer = await failing(new StatewrightError(code, "mailbox of 10.0.0.7", { retryAfterMs: 2_500 })).request(
        `/v1/orders/${ID}`,
      );
      expect({ status: answer.status, retryAfter: answer.headers.get("retry-after") }).toEqual({
        status: 503,
        retryAfter: "3",
      });
      expect(await answer.text()).not.toContain("10.0.0.7");
    },
  );

  test("lists wait no longer for a read model that is behind than they must", async () => {
    const late = () => Promise.reject(new StatewrightError("DEADLINE_EXCEEDED", "behind"));
    expect((await door({ consistency: createConsistency({ reached: late }) }).request("/v1/orders")).status).toBe(200);
    const broken = () => Promise.reject(new StatewrightError("UNAVAILABLE", "stopping"));
    expect((await door({ consistency: createConsistency({ reached: broken }) }).request("/v1/orders")).status).toBe(
      503,
    );
  });
});

test("every code has its line in the table, with a status that is an error's", () => {
  expect(Object.keys(PROBLEMS).toSorted()).toEqual(ERROR_CODES.toSorted());
  for (const { http, title } of Object.values(PROBLEMS)) {
    expect(http).toBeGreaterThanOrEqual(400);
    expect(title).not.toBe("");
  }
});
