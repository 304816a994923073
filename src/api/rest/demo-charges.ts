/** `/demo/provider/charges`: what the demo payment provider says it charged, beside what the orders say. */
import type { Hono } from "hono";
import { answerJson } from "./answer.ts";
import { readQuery } from "./query.ts";
import { resource } from "./resource.ts";

export function demoChargeRoutes(app: Hono, charges: () => Promise<readonly object[]>): void {
  resource(app, "/demo/provider/charges", {
    async get(c) {
      readQuery(c, []);
      return answerJson(c, 200, { items: await charges() });
    },
  });
}
