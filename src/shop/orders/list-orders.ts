/** Lists of orders, from their read model. */
import type { Currency } from "../../../machines/money.ts";
import type { OrderStatus } from "../../../machines/order/status.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { Order } from "./order.ts";
import { meaningOfState } from "./order-states.ts";

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The key to go on after, or undefined at the end. */
  readonly next: number | undefined;
}

/** Orders, the newest first. @param after the key at which the page before ended */
export async function listOrders(
  readModel: Transaction,
  { status, after, limit }: {
    readonly status?: OrderStatus | undefined;
    readonly after?: number | undefined;
    readonly limit: number;
  },
): Promise<Page<Order>> {
  const rows = await readModel.query(
    `select id, customer_id, items::text as items, total_amount::text as total_amount, total_currency, status, state, version,
       ${milliseconds("created_at")} as created_at, ${milliseconds("updated_at")} as updated_at,
       placed_position::text as key
     from order_summaries
     where ($1::text is null or status = $1::text) and ($2::bigint is null or placed_position < $2::bigint)
     order by placed_position desc
     limit $3::integer`,
    [status ?? null, after === undefined ? null : String(after), limit + 1],
  );
  const items = rows.slice(0, limit).map(orderOf);
  return { items, next: rows.length > limit ? Number(rows[limit - 1]!["key"]) : undefined };
}

/** Text, because drivers differ in what they make of numbers and times. */
function milliseconds(column: string): string {
  return `floor(extract(epoch from ${column}) * 1000)::bigint::text`;
}

function orderOf(row: Record<string, unknown>): Order {
  const state = String(row["state"]);
  return {
    id: String(row["id"]),
    customerId: String(row["customer_id"]),
    items: JSON.parse(String(row["items"])) as Order["items"],
    status: row["status"] as OrderStatus,
    state,
    total: { amount: String(row["total_amount"]), currency: row["total_currency"] as Currency },
    version: Number(row["version"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
    offers: meaningOfState(state).offers,
  };
}
