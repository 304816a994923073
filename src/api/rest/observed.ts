import type { Context, Next } from "hono";
import { matchedRoutes } from "hono/route";
import type { ObserveRequest } from "../requests.ts";

/** Whatever else a stranger sends as a method is one label. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** Asked every few seconds by machines: counted nowhere, or there would be little else. */
const PROBES = new Set(["/livez", "/readyz", "/metrics"]);

/** Every request but the probes, under `observe`; answers carry its trace id. */
export function observed(observe: ObserveRequest): (c: Context, next: Next) => Promise<void> {
  return async (c, next) => {
    if (PROBES.has(c.req.path)) return await next();
    const method = METHODS.has(c.req.method) ? c.req.method : "other";
    await observe({ door: "rest", method, traceparent: c.req.header("traceparent") }, async (traceId) => {
      c.set("traceId", traceId);
      await next();
      return { route: routeOf(c), status: String(c.res.status), failed: c.res.status >= 500 };
    });
  };
}

/** Middleware matches by `*`; a path that nothing else matches is not there. */
function routeOf(c: Context): string {
  return matchedRoutes(c).findLast(({ path }) => !path.endsWith("*"))?.path ?? "unmatched";
}
