/** What may be asked of an order. The event is proposed, and the machine decides. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import type { Accepted } from "../../runtime/receipt.ts";
import { requestOfOrder } from "../../shop/orders/order.ts";
import { ORDER_REQUEST_SCHEMAS, type OrderRequest, orderStatusSchema } from "../../shop/orders/order-states.ts";
import { requestStatus } from "../../shop/orders/request-status.ts";
import type { WriteOptions } from "../../shop/propose.ts";
import { validate } from "../validation.ts";
import type { RestDependencies } from "./dependencies.ts";
import { answerOrder } from "./order-answer.ts";
import { pathId } from "./path-id.ts";
import { readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { type Handler, resource } from "./resource.ts";
import { writeOnce } from "./writing.ts";

export const statusRequestSchema = z.strictObject({ status: orderStatusSchema });

type Ask = (id: string, body: unknown, options: WriteOptions) => Promise<Accepted>;

/** @param read answers `GET` of an order, which shares its path with some of the requests */
export function orderRequestRoutes(app: Hono, dependencies: RestDependencies, read: Handler): void {
  const { system } = dependencies;
  const asks = (request: OrderRequest): Ask => (id, body, options) =>
    requestOfOrder(system, id, request, validate(ORDER_REQUEST_SCHEMAS[request], body), options);
  const withBody = (ask: Ask): Handler => async (c) => await asked(c, dependencies, await readBody(c), ask);

  const { changeShippingAddress: _, ...own } = ORDER_REQUEST_SCHEMAS;
  for (const request of Object.keys(own) as OrderRequest[]) {
    resource(app, `/v1/orders/:id/${request}`, { post: withBody(asks(request)) });
  }
  resource(app, "/v1/orders/:id/status", {
    patch: withBody((id, body, options) =>
      requestStatus(system, id, validate(statusRequestSchema, body).status, options)
    ),
  });
  resource(app, "/v1/orders/:id", {
    get: read,
    patch: withBody(asks("changeShippingAddress")),
    delete: (c) => asked(c, dependencies, {}, asks("cancel")),
  });
}

async function asked(c: Context, dependencies: RestDependencies, body: unknown, ask: Ask): Promise<Response> {
  readQuery(c, []);
  const id = pathId(c);
  return await writeOnce(c, dependencies, body, {
    run: (options) => ask(id, body, options),
    answer: () => answerOrder(c, dependencies, id, 200),
  });
}
