/** `/v1/orders`: placing, reading and listing orders. What may be asked of one is in `order-requests.ts`. */
import type { Context, Hono } from "hono";
import type { OrderFilter } from "../../shop/orders/list-orders.ts";
import { getOrder, orderAt } from "../../shop/orders/order.ts";
import { orderStatusSchema } from "../../shop/orders/order-states.ts";
import { cartSchema, placeOrder } from "../../shop/orders/place-order.ts";
import { untilSettled } from "../../shop/orders/watch-order.ts";
import { ordersInSight } from "../orders-in-sight.ts";
import { validate } from "../validation.ts";
import { answerUnlessKnown } from "./conditions.ts";
import type { RestDependencies } from "./dependencies.ts";
import { answerOrder } from "./order-answer.ts";
import { orderRequestRoutes } from "./order-requests.ts";
import { orderResource } from "./order-resource.ts";
import { answerList, PAGING, type PagingQuery } from "./paging.ts";
import { pathId, readId } from "./path-id.ts";
import { preferenceOf } from "./prefer.ts";
import { readCount, readParameter, readQuery } from "./query.ts";
import { readBody } from "./request-body.ts";
import { resource } from "./resource.ts";
import { caughtUp, writeOnce } from "./writing.ts";

export function orderRoutes(app: Hono, dependencies: RestDependencies): void {
  const { system, past, clock } = dependencies;

  async function place(c: Context): Promise<Response> {
    readQuery(c, []);
    const body = await readBody(c);
    return await writeOnce(c, dependencies, body, {
      run: (options) => placeOrder(system, validate(cartSchema, body), options),
      answer: ({ id }) => answerOrder(c, dependencies, id, 201),
    });
  }

  async function list(c: Context): Promise<Response> {
    const { status, customer_id, ...paging } = readQuery(c, ["status", "customer_id", ...PAGING]);
    const customerId = customer_id === undefined ? undefined : readId("`customer_id`", customer_id);
    return await answerOrders(c, dependencies, paging, {
      status: readParameter("status", orderStatusSchema.optional(), status),
      customerId,
    });
  }

  async function read(c: Context): Promise<Response> {
    const { at } = readQuery(c, ["at"]);
    const id = pathId(c);
    const waitMs = preferenceOf(c)?.waitMs;
    const order = at !== undefined
      ? await orderAt(past, id, readCount("at", at, 1))
      : waitMs === undefined
      ? await getOrder(system, id)
      : await untilSettled(system, clock, id, waitMs);
    return answerUnlessKnown(c, orderResource(order), order);
  }

  resource(app, "/v1/orders", { get: list, post: place });
  resource(app, "/v1/customers/:id/orders", {
    async get(c) {
      const { status, ...paging } = readQuery(c, ["status", ...PAGING]);
      return await answerOrders(c, dependencies, paging, {
        status: readParameter("status", orderStatusSchema.optional(), status),
        customerId: pathId(c),
      });
    },
  });
  orderRequestRoutes(app, dependencies, read);
}

async function answerOrders(
  c: Context,
  dependencies: RestDependencies,
  paging: PagingQuery,
  filter: OrderFilter,
): Promise<Response> {
  const orders = ordersInSight(dependencies, filter);
  await caughtUp(c, dependencies);
  return await answerList(c, paging, { ...orders, present: orderResource });
}
