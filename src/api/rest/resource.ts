import type { Context, Hono } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import { respond } from "./respond.ts";

export type Handler = (c: Context) => Response | Promise<Response>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

export type Methods = { readonly [Method in (typeof METHODS)[number]]?: Handler };

/** One path with its methods. HEAD comes with GET (Hono leaves the body away), OPTIONS tells, any other method is 405. */
export function resource(app: Hono, path: string, methods: Methods): void {
  const allow: string[] = [];
  for (const method of METHODS) {
    const handler = methods[method];
    if (handler === undefined) continue;
    allow.push(...(method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]));
    app[method](path, handler);
  }
  allow.push("OPTIONS");
  app.all(path, (c) => {
    if (c.req.method === "OPTIONS") return respond(c, 204, null, { allow: allow.join(", ") });
    throw new StatewrightError("METHOD_NOT_ALLOWED", `${c.req.path} takes ${allow.join(", ")}`, { allowed: allow });
  });
}
