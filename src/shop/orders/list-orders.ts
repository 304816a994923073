/** Lists of orders, from their read model. */
import type { Currency } from "../../../machines/money.ts";
import type { OrderStatus } from "../../../machines/order/status.ts";
import type { Transaction } from "../../projection/projection.ts";
import { countRows, milliseconds, type Page, readPage, type RowQuery, type Slice } from "../page.ts";
import type { Order } from "./order.ts";
import { meaningOfState } from "./order-states.ts";

export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly customerId?: string | undefined;
}

/** Orders, the newest first. */
export function listOrders(
  readModel: Transaction,
  { limit, after, skip, ...filter }: OrderFilter & Slice,
): Promise<Page<Order>> {
  return readPage(readModel, query(filter), { limit, after, skip }, orderOf);
}

/** How many orders there are of that kind. */
export function countOrdersWhere(readModel: Transaction, filter: OrderFilter): Promise<number> {
  return countRows(readModel, query(filter));
}

function query({ status, customerId }: OrderFilter): RowQuery {
  return {
    table: "order_summaries",
    columns: `id, customer_id, items::text as items, shipping_address::text as shipping_address, tracking_number,
      total_amount::text as total_amount, total_currency, status, state, version, ${milliseconds("created_at")},
      ${milliseconds("updated_at")}`,
    key: "placed_position",
    newestFirst: true,
    where: [["status = ?", status], ["customer_id = ?", customerId]],
  };
}

function orderOf(row: Record<string, unknown>): Order {
  const state = String(row["state"]);
  return {
    id: String(row["id"]),
    customerId: String(row["customer_id"]),
    items: JSON.parse(String(row["items"])) as Order["items"],
    shippingAddress: JSON.parse(String(row["shipping_address"])) as Order["shippingAddress"],
    status: row["status"] as OrderStatus,
    state,
    total: { amount: String(row["total_amount"]), currency: row["total_currency"] as Currency },
    ...(typeof row["tracking_number"] === "string" && { trackingNumber: row["tracking_number"] }),
    version: Number(row["version"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
    offers: meaningOfState(state).offers,
  };
}
