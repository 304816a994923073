/** `/v1/orders`: placing, reading, listing, and what may be asked of an order. */
import type { Context, Hono } from "hono";
import { listOrders } from "../../shop/orders/list-orders.ts";
import { getOrder, type Order, requestOfOrder } from "../../shop/orders/order.ts";
import { ORDER_REQUEST_SCHEMAS, type OrderRequest, orderStatusSchema } from "../../shop/orders/order-states.ts";
import { cartSchema, placeOrder } from "../../shop/orders/place-order.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { validate } from "../validation.ts";
import { answerJson } from "./answer.ts";
import type { RestDependencies } from "./dependencies.ts";
import { oncePerKey } from "./idempotency.ts";
import { pathId } from "./path-id.ts";
import { readLimit, readParameter, readQuery } from "./query.ts";
import type { ReadYourWrites } from "./read-your-writes.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";

export function orderRoutes(app: Hono, dependencies: RestDependencies, writes: ReadYourWrites): void {
  const { system, readModels } = dependencies;

  async function place(c: Context): Promise<Response> {
    readQuery(c, []);
    const body = await readBody(c);
    const created = async (id: string) =>
      answerJson(c, 201, presented(await getOrder(system, id)), { location: `/v1/orders/${id}` });
    return await oncePerKey(c, dependencies, body, {
      async run(requestKey) {
        const receipt = await placeOrder(system, validate(cartSchema, body), requestKey && { requestKey });
        writes.told(receipt.position);
        return await created(receipt.actor.id);
      },
      replay: ({ id }) => created(id),
    });
  }

  async function list(c: Context): Promise<Response> {
    const query = readQuery(c, ["status", "limit", "after"]);
    const status = readParameter("status", orderStatusSchema.optional(), query.status);
    const name = `orders?status=${status ?? ""}`;
    const after = query.after === undefined ? undefined : decodeCursor(name, query.after);
    const limit = readLimit(query.limit);
    await writes.caughtUp();
    const page = await listOrders(readModels, { status, after, limit });
    return answerJson(c, 200, {
      items: page.items.map(presented),
      next: page.next === undefined ? null : encodeCursor(name, page.next),
    });
  }

  async function read(c: Context): Promise<Response> {
    readQuery(c, []);
    return answerJson(c, 200, presented(await getOrder(system, pathId(c))));
  }

  resource(app, "/v1/orders", { get: list, post: place });
  resource(app, "/v1/orders/:id", { get: read });
  for (const request of Object.keys(ORDER_REQUEST_SCHEMAS) as OrderRequest[]) {
    resource(app, `/v1/orders/:id/${request}`, { post: (c) => ask(c, request, dependencies, writes) });
  }
}

async function ask(
  c: Context,
  request: OrderRequest,
  dependencies: RestDependencies,
  writes: ReadYourWrites,
): Promise<Response> {
  const { system } = dependencies;
  readQuery(c, []);
  const id = pathId(c);
  const body = await readBody(c);
  const answer = async () => answerJson(c, 200, presented(await getOrder(system, id)));
  return await oncePerKey(c, dependencies, body, {
    async run(requestKey) {
      const details = validate(ORDER_REQUEST_SCHEMAS[request], body);
      const receipt = await requestOfOrder(system, id, request, details, requestKey);
      writes.told(receipt.position);
      return await answer();
    },
    replay: answer,
  });
}

function presented({ offers, createdAt, updatedAt, ...order }: Order) {
  const href = `/v1/orders/${order.id}`;
  return {
    ...order,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    _links: {
      self: { href },
      events: { href: `${href}/events` },
      ...Object.fromEntries(offers.map((request) => [request, { href: `${href}/${request}`, method: "POST" }])),
    },
  };
}
