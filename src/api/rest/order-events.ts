/** `/v1/orders/{id}/events`: an order's history, as it is in the log. */
import type { Context, Hono } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { answerJson } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { pathId } from "./path-id.ts";
import { MAX_LIMIT, readLimit, readQuery } from "./query.ts";
import { resource } from "./resource.ts";

/** What is shown of an event's metadata; the rest is bookkeeping. */
const SHOWN_METADATA = ["id", "correlation", "causation", "settles", "machine"];

export function orderEventRoutes(app: Hono, { system }: RestDependencies): void {
  async function list(c: Context): Promise<Response> {
    const id = pathId(c);
    const query = readQuery(c, ["limit", "after"]);
    const name = `events of ${id}`;
    const version = query.after === undefined ? 0 : decodeCursor(name, query.after);
    const limit = query.limit === undefined ? MAX_LIMIT : readLimit(query.limit);
    const events = await system.actor("order", id).events({ fromVersion: version + 1, limit: limit + 1 });
    // Past the end there is nothing to list, but the order exists: the cursor says so.
    if (events.length === 0 && version === 0) throw new StatewrightError("NOT_FOUND", "There is no such order");
    const page = events.slice(0, limit);
    return answerJson(c, 200, {
      items: page.map(presented),
      next: events.length > limit ? encodeCursor(name, page.at(-1)!.version) : null,
    });
  }

  resource(app, "/v1/orders/:id/events", { get: list });
}

function presented({ type, version, position, data, state, effects, snapshotHash, metadata, recordedAt }: StoredEvent) {
  const known = JSON.parse(metadata) as Record<string, unknown>;
  return {
    type,
    version,
    position,
    data: JSON.parse(data) as unknown,
    state,
    recordedAt: new Date(recordedAt).toISOString(),
    effects: effects === null ? [] : JSON.parse(effects) as unknown,
    snapshotHash,
    metadata: Object.fromEntries(
      SHOWN_METADATA.flatMap((name) => known[name] === undefined ? [] : [[name, known[name]]]),
    ),
  };
}
