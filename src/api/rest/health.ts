/** `/livez`: the process answers. `/readyz`: traffic makes sense, or why not. */
import type { Hono } from "hono";
import { type HealthCheck, readinessOf } from "../readiness.ts";
import { answerJson } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { resource } from "./resource.ts";

type HealthDependencies = Pick<RestDependencies, "notReady" | "checks" | "clock" | "logger">;

export function healthRoutes(app: Hono, { notReady, checks = [], clock, logger }: HealthDependencies): void {
  const node: HealthCheck = {
    name: "node",
    needed: true,
    async check() {
      const reasons = await notReady();
      return { ok: reasons.length === 0, detail: reasons.join("; ") || "It takes requests" };
    },
  };
  resource(app, "/livez", { get: (c) => answerJson(c, 200, { status: "alive" }) });
  resource(app, "/readyz", {
    async get(c) {
      const readiness = await readinessOf([node, ...checks], { clock, logger });
      return readiness.status === "notReady"
        ? answerJson(c, 503, readiness, { "retry-after": "1" })
        : answerJson(c, 200, readiness);
    },
  });
}
