import type { Hono } from "hono";
import { respond } from "./respond.ts";

/** Where things were, or are looked for, before the API had a version. */
const MOVED = { orders: "orders", products: "products", customers: "customers", users: "customers" } as const;

/** Sends on for good: 301 as it has always been, and 308 for what a client must not turn into a GET. */
export function redirectRoutes(app: Hono): void {
  for (const [before, now] of Object.entries(MOVED)) {
    for (const path of [`/${before}`, `/${before}/*`]) {
      app.all(path, (c) => {
        const { pathname, search } = new URL(c.req.url);
        const location = `/v1/${now}${pathname.slice(before.length + 1)}${search}`;
        const isRead = c.req.method === "GET" || c.req.method === "HEAD";
        return respond(c, isRead ? 301 : 308, null, { location });
      });
    }
  }
}
