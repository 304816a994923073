/** `/livez`: the process answers. `/readyz`: traffic makes sense. */
import type { Hono } from "hono";
import { answerJson } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { resource } from "./resource.ts";

export function healthRoutes(app: Hono, { notReady }: RestDependencies): void {
  resource(app, "/livez", { get: (c) => answerJson(c, 200, { status: "alive" }) });
  resource(app, "/readyz", {
    async get(c) {
      const reasons = await notReady();
      return reasons.length === 0
        ? answerJson(c, 200, { status: "ready" })
        : answerJson(c, 503, { status: "notReady", reasons }, { "retry-after": "1" });
    },
  });
}
