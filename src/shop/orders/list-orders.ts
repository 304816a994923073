/** Lists of orders, from their read model. */
import type { Currency } from "../../../machines/money.ts";
import type { OrderStatus } from "../../../machines/order/status.ts";
import type { Transaction } from "../../projection/projection.ts";
import { countRows, type KeyedPage, milliseconds, readPage, type RowQuery, type Slice } from "../page.ts";
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
): Promise<KeyedPage<Order>> {
  return readPage(readModel, query(filter), { limit, after, skip }, orderOf);
}

/** How many orders there are of that kind. */
export function countOrdersWhere(readModel: Transaction, filter: OrderFilter): Promise<number> {
  return countRows(readModel, query(filter));
}

/** The newest orders of each of these customers, in one look; a customer without any is left out. */
export async function ordersOfCustomers(
  readModel: Transaction,
  customerIds: readonly string[],
  limit: number,
): Promise<Map<string, Order[]>> {
  const rows = await readModel.query(
    `select orders.* from json_array_elements_text($1::text::json) as asked(id) cross join lateral (
       select ${COLUMNS}, placed_position from order_summaries where customer_id = asked.id
       order by placed_position desc limit $2::bigint) as orders
     order by orders.placed_position desc`,
    [JSON.stringify([...new Set(customerIds)]), String(limit)],
  );
  return Map.groupBy(rows.map(orderOf), ({ customerId }) => customerId);
}

const COLUMNS = `id, customer_id, items::text as items, shipping_address::text as shipping_address, tracking_number,
  total_amount::text as total_amount, total_currency, status, state, version, ${milliseconds("created_at")},
  ${milliseconds("updated_at")}`;

function query({ status, customerId }: OrderFilter): RowQuery {
  return {
    table: "order_summaries",
    columns: COLUMNS,
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
