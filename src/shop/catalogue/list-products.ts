/** The catalogue's list: names and prices from the read model, what is on the shelf from the stock actors. */
import type { Currency } from "../../../machines/money.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import type { Page } from "../orders/list-orders.ts";
import { type Product, stockOf } from "./product.ts";

/** Products that can be ordered, the oldest first. @param after the key at which the page before ended */
export async function listProducts(
  system: ActorSystem,
  readModel: Transaction,
  { after = 0, limit }: { readonly after?: number | undefined; readonly limit: number },
): Promise<Page<Product>> {
  const rows = await readModel.query(
    `select id, name, description, price_amount::text as price_amount, price_currency, listed_position::text as key
     from product_summaries
     where orderable and listed_position > $1::bigint
     order by listed_position
     limit $2::integer`,
    [String(after), limit + 1],
  );
  const items = await Promise.all(
    rows.slice(0, limit).map(async (row): Promise<Product> => ({
      id: String(row["id"]),
      name: String(row["name"]),
      ...(typeof row["description"] === "string" && { description: row["description"] }),
      price: { amount: String(row["price_amount"]), currency: row["price_currency"] as Currency },
      stock: await stockOf(system, String(row["id"])),
    })),
  );
  return { items, next: rows.length > limit ? Number(rows[limit - 1]!["key"]) : undefined };
}
