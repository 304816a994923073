/**
 * What an order's state means to people. Everything is read from the machine once, at start: a state's status is its
 * tag, and what is offered in it are the transitions it has (those that clients ask for carry no guards).
 */
import type { AnyStateNode } from "xstate";
import { z } from "zod";
import { orderEvents } from "../../../machines/order/events.ts";
import { orderMachine } from "../../../machines/order/machine.ts";
import { ORDER_STATUSES, type OrderStatus, statusOf } from "../../../machines/order/status.ts";

/** What may be asked of an order, and the event that it proposes. The last three are the ways out for operators. */
export const ORDER_REQUESTS = {
  changeShippingAddress: "ShippingAddressChanged",
  cancel: "CancellationRequested",
  ship: "OrderShipped",
  deliver: "OrderDelivered",
  retry: "CompensationRetried",
  skip: "CompensationSkipped",
  resolve: "InterventionResolved",
} as const;

export type OrderRequest = keyof typeof ORDER_REQUESTS;

/** What may be sent with each request. */
export const ORDER_REQUEST_SCHEMAS = {
  changeShippingAddress: orderEvents.ShippingAddressChanged.schema,
  cancel: orderEvents.CancellationRequested.schema,
  ship: orderEvents.OrderShipped.schema,
  deliver: orderEvents.OrderDelivered.schema,
  retry: orderEvents.CompensationRetried.schema,
  skip: orderEvents.CompensationSkipped.schema,
  resolve: orderEvents.InterventionResolved.schema,
} as const satisfies Record<OrderRequest, z.ZodType>;

/** What customers may ask themselves; the rest is the staff's. */
export const CUSTOMERS_REQUESTS = (Object.keys(ORDER_REQUESTS) as OrderRequest[])
  .filter((request) => orderEvents[ORDER_REQUESTS[request]].by === "client");

export const orderStatusSchema = z.enum(ORDER_STATUSES);

interface StateMeaning {
  readonly status: OrderStatus;
  readonly offers: readonly OrderRequest[];
}

const MEANINGS: ReadonlyMap<string, StateMeaning> = new Map(
  leaves(orderMachine.root).map((leaf) => [leaf.path.join("."), meaningOf(leaf)]),
);

/** @param state the dotted path; throws on one that the machine does not have */
export function meaningOfState(state: string): StateMeaning {
  const meaning = MEANINGS.get(state);
  if (meaning === undefined) throw new Error(`The order machine has no state "${state}"`);
  return meaning;
}

function leaves(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states as Record<string, AnyStateNode>);
  return children.length === 0 ? [node] : children.flatMap(leaves);
}

function meaningOf(leaf: AnyStateNode): StateMeaning {
  const line = [leaf];
  for (let node = leaf.parent; node !== undefined; node = node.parent) line.push(node);
  const requests = Object.keys(ORDER_REQUESTS) as OrderRequest[];
  return {
    status: statusOf(line.flatMap(({ tags }) => tags)),
    offers: requests.filter((request) => line.some(({ transitions }) => transitions.has(ORDER_REQUESTS[request]))),
  };
}
