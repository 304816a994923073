import type { OrderStatus } from "../../../machines/order/status.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Accepted, ActorSystem } from "../../runtime/receipt.ts";
import type { WriteOptions } from "../propose.ts";
import { getOrder, requestOfOrder } from "./order.ts";
import { ORDER_REQUESTS, type OrderRequest } from "./order-states.ts";

/** What to ask for who wants to see a status. The others are the saga's to reach. */
const REQUEST_FOR: Partial<Record<OrderStatus, OrderRequest>> = {
  shipped: "ship",
  delivered: "deliver",
  cancelled: "cancel",
};

/**
 * Asks for what leads to a status, for clients that think in statuses.
 * @throws StatewrightError `TRANSITION_NOT_ALLOWED` for a status that is the saga's to reach, and as `requestOfOrder`
 */
export async function requestStatus(
  system: ActorSystem,
  id: string,
  status: OrderStatus,
  options?: WriteOptions,
): Promise<Accepted> {
  const request = REQUEST_FOR[status];
  if (request !== undefined) return await requestOfOrder(system, id, request, {}, options);
  const { state, offers } = await getOrder(system, id);
  throw new StatewrightError("TRANSITION_NOT_ALLOWED", `An order becomes "${status}" by itself or not at all`, {
    state,
    event: status,
    allowed: offers.map((offer) => ORDER_REQUESTS[offer]),
  });
}
