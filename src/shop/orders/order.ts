/** An order as the doors show it, and what may be asked of it. */
import type { Money } from "../../../machines/money.ts";
import type { OrderContext } from "../../../machines/order/context.ts";
import type { OrderPlaced, ShippingAddress } from "../../../machines/order/events.ts";
import { type OrderStatus, statusOf } from "../../../machines/order/status.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Accepted, ActorPast, ActorSnapshot, ActorSystem } from "../../runtime/receipt.ts";
import { propose, type WriteOptions } from "../propose.ts";
import { ORDER_REQUESTS, type OrderRequest } from "./order-states.ts";

export interface Order {
  readonly id: string;
  readonly customerId: string;
  readonly items: OrderPlaced["items"];
  readonly shippingAddress: ShippingAddress;
  readonly status: OrderStatus;
  /** The machine's dotted path. */
  readonly state: string;
  readonly total: Money;
  /** Once it is shipped, if it has one. */
  readonly trackingNumber?: string;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** What the machine accepts now. */
  readonly offers: readonly OrderRequest[];
}

/** The order as it stands, from the actor itself. @throws StatewrightError `NOT_FOUND` */
export async function getOrder(system: ActorSystem, id: string): Promise<Order> {
  return orderOf(await orderSnapshot(system, id));
}

/** The order's actor as it stands. @throws StatewrightError `NOT_FOUND` */
export async function orderSnapshot(system: ActorSystem, id: string): Promise<ActorSnapshot> {
  const snapshot = await system.actor("order", id).snapshot();
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", "There is no such order");
  return snapshot;
}

/** The order as it stood right after an earlier version. Nothing can be asked of it. @throws StatewrightError `NOT_FOUND` */
export async function orderAt(past: ActorPast, id: string, version: number): Promise<Order> {
  const snapshot = await past.at({ type: "order", id }, version);
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", `There is no such order at version ${version}`);
  return { ...orderOf(snapshot), offers: [] };
}

function orderOf(snapshot: ActorSnapshot): Order {
  const { customerId, items, shippingAddress, total, trackingNumber } = snapshot.context as OrderContext;
  const allowed = snapshot.allowed("operator");
  const requests = Object.keys(ORDER_REQUESTS) as OrderRequest[];
  return {
    id: snapshot.ref.id,
    customerId,
    items: items.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, unitPrice })),
    shippingAddress,
    status: statusOf(snapshot.tags),
    state: snapshot.state,
    total,
    ...(trackingNumber !== null && { trackingNumber }),
    version: snapshot.version,
    createdAt: snapshot.createdAt,
    updatedAt: snapshot.updatedAt,
    offers: requests.filter((request) => allowed.includes(ORDER_REQUESTS[request])),
  };
}

/**
 * Asks something of an order: the event is proposed, and the machine decides.
 * @param details the event's fields, see `ORDER_REQUEST_SCHEMAS`
 * @throws StatewrightError `NOT_FOUND`, `TRANSITION_NOT_ALLOWED` with what is possible instead, `INVALID`
 */
export function requestOfOrder(
  system: ActorSystem,
  id: string,
  request: OrderRequest,
  details: object,
  options: WriteOptions = {},
): Promise<Accepted> {
  return propose(system, { type: "order", id }, { ...details, type: ORDER_REQUESTS[request] }, options);
}
