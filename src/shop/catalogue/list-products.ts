/** The catalogue's list: names and prices from the read model, what is on the shelf from the stock actors. */
import type { Currency } from "../../../machines/money.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import { countRows, type KeyedPage, milliseconds, readPage, type RowQuery, type Slice } from "../page.ts";
import { type CatalogueEntry, type Product, stockOf } from "./product.ts";

/** Bounds are whole minor units of each product's own currency, inclusive. */
export interface ProductFilter {
  readonly minPrice?: string | undefined;
  readonly maxPrice?: string | undefined;
  readonly currency?: Currency | undefined;
}

/** Products that can be ordered, the oldest first. */
export async function listProducts(
  system: ActorSystem,
  readModel: Transaction,
  { limit, after, skip, ...filter }: ProductFilter & Slice,
): Promise<KeyedPage<Product>> {
  const { items, ...place } = await readPage(readModel, query(filter), { limit, after, skip }, entryOf);
  const products = items.map(async (entry): Promise<Product> => ({
    ...entry,
    stock: await stockOf(system, entry.id),
  }));
  return { ...place, items: await Promise.all(products) };
}

/** How many products there are on all pages. */
export function countProducts(readModel: Transaction, filter: ProductFilter): Promise<number> {
  return countRows(readModel, query(filter));
}

/** What the catalogue says, or said last, of products by id, in one look; those it never had are left out. */
export async function catalogueEntries(
  readModel: Transaction,
  ids: readonly string[],
): Promise<Map<string, CatalogueEntry>> {
  const rows = await readModel.query(
    `select ${COLUMNS} from product_summaries where id in (select json_array_elements_text($1::text::json))`,
    [JSON.stringify([...new Set(ids)])],
  );
  return new Map(rows.map(entryOf).map((entry) => [entry.id, entry]));
}

const COLUMNS = `id, name, description, price_amount::text as price_amount, price_currency, version,
  ${milliseconds("created_at")}, ${milliseconds("updated_at")}`;

function query({ minPrice, maxPrice, currency }: ProductFilter): RowQuery {
  return {
    table: "product_summaries",
    columns: COLUMNS,
    key: "listed_position",
    newestFirst: false,
    always: "orderable",
    where: [
      ["price_amount >= ?::bigint", minPrice],
      ["price_amount <= ?::bigint", maxPrice],
      ["price_currency = ?", currency],
    ],
  };
}

function entryOf(row: Record<string, unknown>): CatalogueEntry {
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    ...(typeof row["description"] === "string" && { description: row["description"] }),
    price: { amount: String(row["price_amount"]), currency: row["price_currency"] as Currency },
    version: Number(row["version"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
  };
}
