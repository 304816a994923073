import type { InspectorDependencies } from "./dependencies.ts";
import type { Feed } from "./feed.ts";
import type { Tapes } from "./history/tapes.ts";
import type { HeadCache } from "./lists/head-cache.ts";
import type { Machines } from "./machines.ts";
import type { Visitor } from "./visitor.ts";
import type { Context } from "hono";

/** What the inspector's routes share. */
export interface Workshop extends InspectorDependencies {
  readonly machines: Machines;
  readonly tapes: Tapes;
  readonly cache: HeadCache;
  readonly feed: Feed;
  visitorOf(c: Context): Visitor;
}
