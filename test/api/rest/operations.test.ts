/** What operators and their machines ask for, and what each request leaves behind. */
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import type { HealthCheck } from "../../../src/api/readiness.ts";
import { observeRequests } from "../../../src/api/requests.ts";
import { observed } from "../../../src/api/rest/observed.ts";
import { type OperationsDependencies, operationsRoutes } from "../../../src/api/rest/operations.ts";
import { traceIdOf } from "../../../src/api/rest/trace.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { type Logger, silentLogger } from "../../../src/kernel/logger.ts";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import { createMetrics } from "../../../src/kernel/metrics.ts";

function door(over: Partial<OperationsDependencies> = {}): Hono {
  const app = new Hono();
  operationsRoutes(app, { notReady: async () => [], clock: systemClock, logger: silentLogger, ...over });
  return app;
}

const check = (over: Partial<HealthCheck> = {}): HealthCheck => ({
  name: "store",
  needed: true,
  check: async () => ({ ok: true, detail: "PostgreSQL 18.4" }),
  ...over,
});
const away = async () => ({ ok: false, detail: "It is away" });

/** A logger that remembers, and its lines. */
function memory(): { logger: Logger; lines: object[] } {
  const lines: object[] = [];
  const say = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields });
  return { logger: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") }, lines };
}

describe("/livez", () => {
  test("says that the process answers, whatever is missing", async () => {
    const answer = await door({ notReady: async () => ["Not yet"], checks: [check({ check: away })] }).request(
      "/livez",
    );
    expect(answer.status).toBe(200);
  });
});

describe("/readyz", () => {
  test("lists each thing that the node depends on", async () => {
    const answer = await door({ checks: [check()] }).request("/readyz");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: "ready",
      checks: [
        { name: "node", ok: true, detail: "It takes requests" },
        { name: "store", ok: true, detail: "PostgreSQL 18.4" },
      ],
    });
  });

  test.each<[string, Partial<OperationsDependencies>]>([
    ["the process itself", { notReady: async () => ["The demo orders are being placed"] }],
    ["something needed", { checks: [check({ check: away })] }],
    ["something needed, and more", {
      checks: [check({ name: "bus", needed: false, check: away }), check({ check: away })],
    }],
  ])("is 503 when %s is not ready", async (_, over) => {
    const answer = await door(over).request("/readyz");
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(await answer.json()).toMatchObject({ status: "notReady" });
  });

  test("is degraded, and takes traffic, when something is away that it can do without", async () => {
    const answer = await door({ checks: [check(), check({ name: "bus", needed: false, check: away })] }).request(
      "/readyz",
    );
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      status: "degraded",
      checks: expect.arrayContaining([{ name: "bus", ok: false, detail: "It is away" }]),
    });
  });

  test("keeps what a check fails with for the log", async () => {
    const { logger, lines } = memory();
    const refused = check({ check: () => Promise.reject(new Error("ECONNREFUSED 10.0.0.7")) });
    const answer = await door({ checks: [refused], logger }).request("/readyz");
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain("10.0.0.7");
    expect(JSON.stringify(lines)).toContain("10.0.0.7");
  });

  test("does not wait for a check that hangs", async () => {
    const clock = createManualClock();
    const hangs = check({ check: () => new Promise(() => {}) });
    const answer = door({ checks: [hangs], clock }).request("/readyz");
    // Let the request come to its checks.
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2_000);
    expect(await (await answer).json()).toMatchObject({
      status: "notReady",
      checks: expect.arrayContaining([{ name: "store", ok: false, detail: "It does not answer" }]),
    });
  });
});

describe("what is served only when it is there", () => {
  const version = {
    version: "0.1.0",
    runtime: "node 24",
    node: "node-1",
    store: "memory",
    bus: "in-process",
    machines: [],
  };

  test.each<[string, Partial<OperationsDependencies>, unknown]>([
    ["/v1/version", { version }, version],
    ["/asyncapi.json", { asyncapi: { asyncapi: "3.0.0" } }, { asyncapi: "3.0.0" }],
  ])("%s", async (path, over, body) => {
    expect(await (await door(over).request(path)).json()).toEqual(body);
    expect((await door().request(path)).status).toBe(404);
  });

  test("/metrics, in Prometheus' format", async () => {
    const metrics = createMetrics();
    metrics.counter("beats_total", "Beats").add(3);
    const answer = await door({ metrics }).request("/metrics");
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain("beats_total 3\n");
    expect((await door().request("/metrics")).status).toBe(404);
  });
});

describe("a request", () => {
  const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;

  function shop() {
    const { logger, lines } = memory();
    const metrics = createMetrics();
    const clock = createManualClock();
    const app = new Hono();
    app.use(observed(observeRequests({ clock, logger, metrics })));
    app.use("/v1/*", async (_, next) => await next());
    app.get("/v1/lamps/:id", (c) => {
      clock.advance(20);
      return c.json({ traceId: traceIdOf(c) });
    });
    app.get("/v1/broken", () => {
      throw new Error("broken");
    });
    app.get("/livez", (c) => c.text("alive"));
    app.onError((_, c) => c.text("sorry", 500));
    return { app, lines, text: async () => (await metrics.render()).text };
  }

  test("is counted and logged by its route, never by its path", async () => {
    const { app, lines, text } = shop();
    await app.request("/v1/lamps/0199-secret", { headers: { traceparent } });
    expect(lines).toEqual([{
      level: "info",
      message: "request",
      traceId: TRACE,
      door: "rest",
      method: "GET",
      route: "/v1/lamps/:id",
      status: "200",
      ms: 20,
    }]);
    expect(await text()).toContain(
      'statewright_requests_total{door="rest",method="GET",route="/v1/lamps/:id",status="200"} 1',
    );
    expect(await text()).toContain('statewright_request_duration_seconds_sum{door="rest",route="/v1/lamps/:id"} 0.02');
    expect(await text()).not.toContain("secret");
  });

  test.each<[string, RequestInit, object]>([
    ["/v1/broken", {}, { route: "/v1/broken", status: "500" }],
    ["/v1/nowhere/at/all", {}, { route: "unmatched", status: "404" }],
    ["/v1/lamps/1", { method: "BREW" }, { method: "other", status: "404" }],
  ])("to %s %o has few labels", async (path, init, labels) => {
    const { app, lines } = shop();
    await app.request(path, init);
    expect(lines).toEqual([expect.objectContaining(labels)]);
  });

  test("has one trace id for the caller and the log, also when the caller sent none, or nonsense", async () => {
    const { app, lines } = shop();
    for (const sent of [undefined, "nonsense"]) {
      const answer = await app.request("/v1/lamps/1", { headers: sent === undefined ? {} : { traceparent: sent } });
      const { traceId } = await answer.json() as { traceId: string };
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(lines.at(-1)).toMatchObject({ traceId });
    }
  });

  test("of a probe leaves nothing behind", async () => {
    const { app, lines, text } = shop();
    expect((await app.request("/livez")).status).toBe(200);
    expect(lines).toEqual([]);
    expect(await text()).not.toContain("livez");
  });
});
