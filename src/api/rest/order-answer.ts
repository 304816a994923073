import type { Context } from "hono";
import { getOrder } from "../../shop/orders/order.ts";
import { isMoving, untilSettled } from "../../shop/orders/watch-order.ts";
import { answerRevision } from "./conditions.ts";
import type { RestDependencies } from "./dependencies.ts";
import { orderResource } from "./order-resource.ts";
import { preferenceOf } from "./prefer.ts";

/**
 * The order after a write. Who prefers to wait sees what came of it; while the saga is still at it, such a caller is
 * told 202 and where to look. Everybody else hears at once that it is written.
 */
export async function answerOrder(
  c: Context,
  { system, clock }: RestDependencies,
  id: string,
  written: 200 | 201,
): Promise<Response> {
  const preference = preferenceOf(c);
  const order = preference?.waitMs === undefined
    ? await getOrder(system, id)
    : await untilSettled(system, clock, id, preference.waitMs);
  const isUnderWay = preference !== undefined && isMoving(order.status);
  return answerRevision(c, isUnderWay ? 202 : written, orderResource(order), order, {
    ...((isUnderWay || written === 201) && { location: `/v1/orders/${id}` }),
    ...(preference && { "preference-applied": preference.applied }),
    ...(isUnderWay && { "retry-after": "1" }),
  });
}
