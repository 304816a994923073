import type { Context, Hono } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import { SECURE_HEADERS } from "./answer.ts";

export type Handler = (c: Context) => Response | Promise<Response>;

/** One path with its methods. HEAD comes with GET (Hono leaves the body away), OPTIONS tells, any other method is 405. */
export function resource(app: Hono, path: string, methods: { readonly get?: Handler; readonly post?: Handler }): void {
  const allow = [...(methods.get ? ["GET", "HEAD"] : []), ...(methods.post ? ["POST"] : []), "OPTIONS"];
  if (methods.get) app.get(path, methods.get);
  if (methods.post) app.post(path, methods.post);
  app.all(path, (c) => {
    if (c.req.method === "OPTIONS") return c.body(null, 204, { ...SECURE_HEADERS, allow: allow.join(", ") });
    throw new StatewrightError("METHOD_NOT_ALLOWED", `${c.req.path} takes ${allow.join(", ")}`, { allowed: allow });
  });
}
