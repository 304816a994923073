import type { Order } from "../../shop/orders/order.ts";
import type { OrderRequest } from "../../shop/orders/order-states.ts";

/** Requests that are no `POST` to a path of their own. */
const OTHER_METHODS: Partial<Record<OrderRequest, "PATCH">> = { changeShippingAddress: "PATCH" };

/** An order as this door shows it: with links to what belongs to it, and to what its machine accepts now. */
export function orderResource({ offers, createdAt, updatedAt, ...order }: Order) {
  const href = `/v1/orders/${order.id}`;
  return {
    ...order,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    _links: {
      self: { href },
      events: { href: `${href}/events` },
      stream: { href: `${href}/stream` },
      details: { href: `/v1/order-details/${order.id}` },
      customer: { href: `/v1/customers/${order.customerId}` },
      ...Object.fromEntries(offers.map((request) => {
        const method = OTHER_METHODS[request];
        return [request, method ? { href, method } : { href: `${href}/${request}`, method: "POST" }];
      })),
    },
  };
}
