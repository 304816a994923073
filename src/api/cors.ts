import { Hono } from "hono";
import { cors } from "hono/cors";

type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

/** What pages of other origins may send and read, for every door on the HTTP port. Nothing unless origins are named. */
export function withCors(origins: readonly string[], fetch: Fetch): Fetch {
  if (origins.length === 0) return fetch;
  const app = new Hono();
  app.use(cors({
    origin: [...origins],
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Connect-Protocol-Version",
      "Connect-Timeout-Ms",
      "Consistency-Token",
      "Content-Type",
      "Idempotency-Key",
      "If-Match",
      "If-None-Match",
      "Last-Event-ID",
      "Prefer",
      "X-Api-Key",
      "X-Grpc-Web",
    ],
    exposeHeaders: [
      "Consistency-Token",
      "ETag",
      "Idempotency-Replayed",
      "Link",
      "Location",
      "RateLimit",
      "RateLimit-Policy",
      "Retry-After",
    ],
    maxAge: 600,
  }));
  app.all("*", (c) => fetch(c.req.raw, c.env));
  return app.fetch;
}
