/** What is bought together. */
import type { OrderPlaced } from "../../../machines/order/events.ts";
import { refOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { Subscription } from "../../projection/subscription.ts";
import { meaningOfState } from "../orders/order-states.ts";

export interface Recommendation {
  readonly productId: string;
  readonly name: string;
  /** In how many of the latest orders it was bought together with the product. */
  readonly orders: number;
}

/** How many of a product's latest orders are looked at: tastes change, and a question's cost stays the same. */
const LATEST_ORDERS = 1_000;

/** Keeps each order's products, until it is cancelled. */
export const recommendations: Subscription = {
  name: "recommendations",
  types: ["order"],
  from: "beginning",
  delivery: "effectively-once",
  async handle({ stream, version, data, state, position }, transaction) {
    const { id } = refOf(stream);
    if (version === 1) {
      const { items } = JSON.parse(data) as OrderPlaced;
      await transaction.query(
        `insert into bought_products (order_id, product_id, position)
         select distinct $1, product_id, $3::bigint from json_array_elements_text($2::text::json) as product_id`,
        [id, JSON.stringify(items.map(({ productId }) => productId)), String(position)],
      );
    }
    if (meaningOfState(state).status === "cancelled") {
      await transaction.query("delete from bought_products where order_id = $1", [id]);
    }
  },
};

/** What was bought together with a product and can be bought now, the most frequent first. */
export async function recommendationsFor(
  readModel: Transaction,
  productId: string,
  limit: number,
): Promise<Recommendation[]> {
  const rows = await readModel.query(
    `select other.product_id, p.name, count(*)::int as orders
     from (select order_id from bought_products where product_id = $1 order by position desc limit ${LATEST_ORDERS}) as latest
     join bought_products other on other.order_id = latest.order_id and other.product_id <> $1
     join product_summaries p on p.id = other.product_id and p.orderable
     group by other.product_id, p.name
     order by orders desc, other.product_id
     limit $2::int`,
    [productId, limit],
  );
  return rows.map((row) => ({
    productId: String(row["product_id"]),
    name: String(row["name"]),
    orders: Number(row["orders"]),
  }));
}
