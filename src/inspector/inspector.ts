/**
 * The inspector: every machine as a statechart with what is live in it, every actor at every moment, what would happen
 * if, and how to mend what is stuck. `web/` is the page; this is what it asks.
 */
import { type Context, Hono } from "hono";
import { pathOf } from "../api/path-of.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { answer, answerProblem, HEADERS, readNumber } from "./answering.ts";
import { chartRoutes } from "./chart-routes.ts";
import type { InspectorDependencies } from "./dependencies.ts";
import { createFeed } from "./feed.ts";
import { historyRoutes } from "./history-routes.ts";
import { createTapes } from "./history/tapes.ts";
import { createHeadCache } from "./lists/head-cache.ts";
import { newestEvents } from "./lists/newest-events.ts";
import { search } from "./lists/search.ts";
import { createMachines } from "./machines.ts";
import { mendingRoutes } from "./mending-routes.ts";
import { overview } from "./overview.ts";
import type { Visitor } from "./visitor.ts";
import { answerFile } from "./web-files.ts";
import type { Workshop } from "./workshop.ts";

type Fetch = (request: Request, env: unknown) => Response | Promise<Response>;

export interface Inspector {
  readonly app: Hono;
  /** Answers everything at `/inspect` and below; every other path is left to the given one. */
  fetchBefore(others: Fetch): Fetch;
  /** Ends the streams, so that their pages come back to another node. */
  stop(): Promise<void>;
}

const ROOT = "/inspect";

export function createInspector(dependencies: InspectorDependencies): Inspector {
  const { definitions, system, readModels, logger, visitor } = dependencies;
  const machines = createMachines(definitions);
  const workshop: Workshop = {
    ...dependencies,
    machines,
    tapes: createTapes(machines, system),
    cache: createHeadCache(readModels),
    feed: createFeed(dependencies),
    visitorOf: (c) => c.get("visitor") as Visitor,
  };
  const app = new Hono().basePath(ROOT);
  // Whoever may not see anything is told so before anything is looked up.
  app.use("/api/*", async (c: Context, next) => {
    const tell = (headers: object) => Object.entries(headers).forEach(([name, value]) => c.header(name, value));
    c.set("visitor", await visitor(c.req.raw, tell));
    await next();
  });
  app.get("/api/visitor", async (c) => answer(c, workshop.visitorOf(c)));
  app.get("/api/overview", async (c) => answer(c, await overview(workshop)));
  app.get("/api/search", async (c) => {
    const { seesPersonal } = workshop.visitorOf(c);
    return answer(c, { items: await search(readModels, machines, c.req.query("q") ?? "", seesPersonal) });
  });
  app.get("/api/log", async (c) => answer(c, { items: await newestEvents(readModels) }));
  app.get("/api/stream", (c) => stream(c, workshop));
  chartRoutes(app, workshop);
  historyRoutes(app, workshop);
  mendingRoutes(app, workshop);
  app.all("/api/*", () => {
    throw new StatewrightError("NOT_FOUND", "There is nothing at this path");
  });
  app.get("/*", (c) => page(c));
  app.onError((thrown, c) => answerProblem(c, thrown, logger));
  app.notFound((c) => answerProblem(c, new StatewrightError("NOT_FOUND", "There is nothing at this path"), logger));
  return {
    app,
    fetchBefore: (others) => (request, env) => {
      const pathname = pathOf(request.url);
      const isOurs = pathname === ROOT || pathname.startsWith(`${ROOT}/`);
      return isOurs ? app.fetch(request) : others(request, env);
    },
    stop: () => workshop.feed.stop(),
  };
}

async function page(c: Context): Promise<Response> {
  const { pathname } = new URL(c.req.url);
  return pathname === ROOT ? c.redirect(`${ROOT}/`, 308) : await answerFile(c, pathname.slice(ROOT.length + 1));
}

async function stream(c: Context, { feed }: Workshop): Promise<Response> {
  const text = c.req.header("last-event-id") ?? c.req.query("after");
  const after = text === undefined ? undefined : readNumber("after", text);
  const events = await feed.open({ after, stream: c.req.query("stream") });
  return c.body(events, 200, {
    ...HEADERS,
    "cache-control": "no-store",
    "content-type": "text/event-stream",
    "x-accel-buffering": "no",
  });
}
