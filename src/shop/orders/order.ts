/** An order as the doors show it, and what may be asked of it. */
import type { Money } from "../../../machines/money.ts";
import type { OrderContext } from "../../../machines/order/context.ts";
import type { OrderPlaced } from "../../../machines/order/events.ts";
import { type OrderStatus, statusOf } from "../../../machines/order/status.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Accepted, ActorSnapshot, ActorSystem, ProposalOptions } from "../../runtime/receipt.ts";
import { requireAccepted } from "../refusals.ts";
import { ORDER_REQUESTS, type OrderRequest } from "./order-states.ts";

export interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly items: OrderPlaced["items"];
  readonly status: OrderStatus;
  /** The machine's dotted path. */
  readonly state: string;
  readonly total: Money;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What the machine accepts now. */
  readonly offers: readonly OrderRequest[];
}

/** The order as it stands, from the actor itself. @throws StatewrightError `NOT_FOUND` */
export async function getOrder(system: ActorSystem, id: string): Promise<Order> {
  const snapshot = await system.actor("order", id).snapshot();
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", "There is no such order");
  return orderOf(snapshot);
}

function orderOf(snapshot: ActorSnapshot): Order {
  const { customerId, items, total } = snapshot.context as OrderContext;
  const allowed = snapshot.allowed("operator");
  const requests = Object.keys(ORDER_REQUESTS) as OrderRequest[];
  return {
    id: snapshot.ref.id,
    customerId,
    items: items.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, unitPrice })),
    status: statusOf(snapshot.tags),
    state: snapshot.state,
    total,
    version: snapshot.version,
    createdAt: snapshot.createdAt,
    updatedAt: snapshot.updatedAt,
    offers: requests.filter((request) => allowed.includes(ORDER_REQUESTS[request])),
  };
}

/**
 * Asks something of an order: the event is proposed, and the machine decides. As long as nobody has to say who they
 * are, everybody is the shop's staff.
 * @param details the event's fields: `{ reason? }`, `{ trackingNumber? }`, `{}`
 * @throws StatewrightError `NOT_FOUND`, `TRANSITION_NOT_ALLOWED` with what is possible instead, `INVALID`
 */
export async function requestOfOrder(
  system: ActorSystem,
  id: string,
  request: OrderRequest,
  details: object,
  requestKey?: NonNullable<ProposalOptions["requestKey"]>,
): Promise<Accepted> {
  const receipt = await system.actor("order", id).propose({ ...details, type: ORDER_REQUESTS[request] }, {
    by: "operator",
    ...(requestKey && { requestKey }),
  });
  return requireAccepted(receipt);
}
