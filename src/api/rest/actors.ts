/** `/v1/actors/{type}/{id}`: every registered machine's actors, as they are and as they were; and the orders' histories. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import { StatewrightError } from "../../kernel/errors.ts";
import { type ActorRef, streamOf } from "../../kernel/ids.ts";
import type { ActorSnapshot } from "../../runtime/receipt.ts";
import { actorEvents } from "../../shop/actor-events.ts";
import { propose } from "../../shop/propose.ts";
import { validate } from "../validation.ts";
import { answerRevision, answerUnlessKnown } from "./conditions.ts";
import type { RestDependencies } from "./dependencies.ts";
import { eventResource } from "./event-resource.ts";
import { streamActor } from "./event-stream.ts";
import { answerList } from "./paging.ts";
import { pathId } from "./path-id.ts";
import { MAX_LIMIT, readCount, readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";
import { writeOnce } from "./writing.ts";

/** An event that is proposed: its type, and what its schema asks for. */
export const proposalSchema = z.strictObject({
  type: z.string().min(1).max(200),
  data: z.record(z.string(), z.unknown()).optional(),
});

export function actorRoutes(app: Hono, dependencies: RestDependencies): void {
  const orderRef = (c: Context) => ({ type: "order", id: pathId(c) });
  resource(app, "/v1/orders/:id/events", { get: (c) => listEvents(c, dependencies, orderRef(c)) });
  resource(app, "/v1/orders/:id/stream", { get: (c) => streamActor(c, dependencies, orderRef(c)) });
  resource(app, "/v1/actors/:type/:id", { get: (c) => read(c, dependencies) });
  resource(app, "/v1/actors/:type/:id/events", {
    get: (c) => listEvents(c, dependencies, pathRef(c, dependencies)),
    post: (c) => tell(c, dependencies),
  });
  resource(app, "/v1/actors/:type/:id/stream", { get: (c) => streamActor(c, dependencies, pathRef(c, dependencies)) });
}

/** @throws StatewrightError `MALFORMED` for what no actor could be called, `NOT_FOUND` for what is not the caller's to see */
export function pathRef(c: Context, { access }: RestDependencies): ActorRef {
  const ref = { type: c.req.param("type") ?? "", id: c.req.param("id") ?? "" };
  try {
    streamOf(ref);
  } catch (thrown) {
    throw new StatewrightError("MALFORMED", StatewrightError.from(thrown).message);
  }
  access?.requireActorInSight(ref.type);
  return ref;
}

async function read(c: Context, dependencies: RestDependencies): Promise<Response> {
  const { at } = readQuery(c, ["at"]);
  const { system, past } = dependencies;
  const ref = pathRef(c, dependencies);
  const snapshot = at === undefined
    ? await system.actor(ref.type, ref.id).snapshot()
    : await past.at(ref, readCount("at", at, 1));
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", `There is no such ${ref.type}`);
  return answerUnlessKnown(c, actorResource(snapshot), snapshot);
}

async function listEvents(c: Context, { system }: RestDependencies, ref: ActorRef): Promise<Response> {
  return await answerList(c, readQuery(c, ["limit", "after"]), {
    name: `events of ${streamOf(ref)}`,
    limit: MAX_LIMIT,
    page: (slice) => actorEvents(system, ref, slice),
    present: eventResource,
  });
}

async function tell(c: Context, dependencies: RestDependencies): Promise<Response> {
  readQuery(c, []);
  const [ref, body] = [pathRef(c, dependencies), await readBody(c)];
  const { system } = dependencies;
  return await writeOnce(c, dependencies, body, {
    async run(options) {
      const { type, data } = validate(proposalSchema, body);
      return await propose(system, ref, { ...data, type }, options);
    },
    async answer() {
      const snapshot = (await system.actor(ref.type, ref.id).snapshot())!;
      const isNew = snapshot.version === 1;
      const location = `/v1/actors/${streamOf(ref)}`;
      return answerRevision(c, isNew ? 201 : 200, actorResource(snapshot), snapshot, isNew ? { location } : {});
    },
  });
}

function actorResource(
  { ref, version, position, state, status, tags, context, allowed, createdAt, updatedAt }: ActorSnapshot,
) {
  const href = `/v1/actors/${ref.type}/${ref.id}`;
  const offers = allowed("operator");
  return {
    ...ref,
    version,
    position,
    state,
    status,
    tags,
    context: context as unknown,
    allowed: offers,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    _links: {
      self: { href },
      events: { href: `${href}/events` },
      stream: { href: `${href}/stream` },
      ...(offers.length > 0 && { propose: { href: `${href}/events`, method: "POST" } }),
    },
  };
}
