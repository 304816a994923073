import type { KeyedPage, Slice } from "../shop/page.ts";
import { countOrdersWhere, listOrders, type OrderFilter } from "../shop/orders/list-orders.ts";
import type { Order } from "../shop/orders/order.ts";
import type { DoorDependencies } from "./dependencies.ts";

/** A list of orders as the caller may see it. */
export interface OrdersInSight {
  /** Names the list with its filter and whose it is, so that its cursors fit no other. */
  readonly name: string;
  page(slice: Slice): Promise<KeyedPage<Order>>;
  count(): Promise<number>;
}

/** @throws StatewrightError `NOT_FOUND` for a customer that the caller does not see */
export function ordersInSight(
  { readModels, access }: Pick<DoorDependencies, "readModels" | "access">,
  wanted: OrderFilter,
): OrdersInSight {
  const filter = access?.ordersInSight(wanted) ?? wanted;
  return {
    name: `orders?status=${filter.status ?? ""}&customer=${filter.customerId ?? ""}`,
    async page(slice) {
      const page = await listOrders(readModels, { ...slice, ...filter });
      return access ? { ...page, items: page.items.map(access.offered) } : page;
    },
    count: () => countOrdersWhere(readModels, filter),
  };
}
