/** What the fields of one request ask for, gathered and asked once: a list of orders costs as many looks as one order. */
import DataLoader from "dataloader";
import { catalogueEntries } from "../../shop/catalogue/list-products.ts";
import { type CatalogueEntry, type Stock, stockOf } from "../../shop/catalogue/product.ts";
import { type Customer, getCustomer } from "../../shop/customers/customer.ts";
import { customersById } from "../../shop/customers/list-customers.ts";
import { ordersOfCustomers } from "../../shop/orders/list-orders.ts";
import { getOrder, type Order } from "../../shop/orders/order.ts";
import { detailSources, type PaymentDetail } from "../../shop/orders/order-details.ts";
import type { GraphQLDependencies } from "./dependencies.ts";

export interface Loaders {
  readonly order: DataLoader<string, Order>;
  readonly customer: DataLoader<string, Customer>;
  /** Null for a product that the catalogue never had. */
  readonly product: DataLoader<string, CatalogueEntry | null>;
  readonly stock: DataLoader<string, Stock>;
  /** By the order's id; null when it has not come to its payment. */
  readonly payment: DataLoader<string, PaymentDetail | null>;
  /** A customer's newest orders. */
  readonly ordersOf: DataLoader<{ readonly customerId: string; readonly limit: number }, Order[], string>;
}

/** So many keys go into one look. */
const MAX_BATCH = 1_000;

/** Loaders remember what they have loaded: make new ones for each request, and after each write. */
export function createLoaders({ system, readModels, consistency }: GraphQLDependencies): Loaders {
  const { payment } = detailSources(system, readModels);
  return {
    order: batched((ids) => settled(ids, (id) => getOrder(system, id))),
    customer: batched(async (ids) => {
      await consistency.caughtUp();
      const customers = await customersById(readModels, ids);
      // Who is not in the read model yet can be asked for directly.
      return await settled(ids, (id) => customers.get(id) ?? getCustomer(system, id));
    }),
    product: batched(async (ids) => {
      await consistency.caughtUp();
      const entries = await catalogueEntries(readModels, ids);
      return ids.map((id) => entries.get(id) ?? null);
    }),
    stock: batched((ids) => settled(ids, (id) => stockOf(system, id))),
    payment: batched((ids) => settled(ids, async (id) => await payment(id) ?? null)),
    ordersOf: new DataLoader(async (asked) => {
      await consistency.caughtUp();
      const most = Math.max(...asked.map(({ limit }) => limit));
      const orders = await ordersOfCustomers(readModels, asked.map(({ customerId }) => customerId), most);
      return asked.map(({ customerId, limit }) => orders.get(customerId)?.slice(0, limit) ?? []);
    }, { cacheKeyFn: ({ customerId, limit }) => `${limit} ${customerId}`, maxBatchSize: MAX_BATCH }),
  };
}

function batched<Value>(
  load: (ids: readonly string[]) => Promise<readonly (Value | Error)[]>,
): DataLoader<string, Value> {
  return new DataLoader<string, Value>(load, { maxBatchSize: MAX_BATCH });
}

/** One that fails fails alone. */
function settled<Value>(
  ids: readonly string[],
  load: (id: string) => Value | Promise<Value>,
): Promise<(Value | Error)[]> {
  return Promise.all(ids.map(async (id) => {
    try {
      return await load(id);
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }));
}
