/** What operators and their machines ask for: is it alive, is it ready, what has it counted, what is it. */
import type { Hono } from "hono";
import { answerJson } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { healthRoutes } from "./health.ts";
import { resource } from "./resource.ts";
import { respond } from "./respond.ts";

export type OperationsDependencies = Pick<
  RestDependencies,
  "notReady" | "checks" | "metrics" | "version" | "asyncapi" | "clock" | "logger"
>;

export function operationsRoutes(app: Hono, dependencies: OperationsDependencies): void {
  const { metrics, version, asyncapi } = dependencies;
  healthRoutes(app, dependencies);
  if (metrics) {
    resource(app, "/metrics", {
      async get(c) {
        const { contentType, text } = await metrics.render();
        return respond(c, 200, text, { "content-type": contentType });
      },
    });
  }
  if (version) resource(app, "/v1/version", { get: (c) => answerJson(c, 200, version) });
  if (asyncapi) resource(app, "/asyncapi.json", { get: (c) => answerJson(c, 200, asyncapi) });
}
