/**
 * One call for a screen: an order with its customer, products and payment. Each part is behind a port of its own and
 * asked for at the same time, with a deadline; what does not come in time is left out and named in `missing`.
 */
import type { Money } from "../../../machines/money.ts";
import type { OrderStatus } from "../../../machines/order/status.ts";
import type { PaymentContext } from "../../../machines/payment/machine.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import { catalogueEntries } from "../catalogue/list-products.ts";
import type { CatalogueEntry } from "../catalogue/product.ts";
import { type Customer, getCustomer } from "../customers/customer.ts";
import { getOrder, type Order } from "./order.ts";

/** Where the parts come from. */
export interface DetailSources {
  order(id: string): Promise<Order>;
  customer(id: string): Promise<Pick<Customer, "name" | "email">>;
  products(ids: readonly string[]): Promise<ReadonlyMap<string, Pick<CatalogueEntry, "name">>>;
  /** Undefined when the order has not come to its payment. */
  payment(orderId: string): Promise<PaymentDetail | undefined>;
}

export interface PaymentDetail {
  /** The payment machine's state: `capturing`, `captured`, `declined` … */
  readonly status: string;
  readonly amount: Money;
}

/** A part that can be missing. */
export type DetailPart = "customer" | "products" | "payment";

export interface OrderDetails {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly customer: { readonly name: string; readonly email: string } | null;
  /** Null while there is nothing to pay, or when it is missing. */
  readonly payment: PaymentDetail | null;
  /** Without names when the catalogue is missing. */
  readonly products: readonly ProductDetail[];
  readonly total: Money;
  readonly missing: readonly DetailPart[];
}

export interface ProductDetail {
  readonly id: string;
  readonly name: string | null;
  readonly quantity: number;
  readonly unitPrice: Money;
}

/** The shop's own sources. */
export function detailSources(system: ActorSystem, readModel: Transaction): DetailSources {
  return {
    order: (id) => getOrder(system, id),
    customer: (id) => getCustomer(system, id),
    products: (ids) => catalogueEntries(readModel, ids),
    async payment(orderId) {
      const snapshot = await system.actor("payment", orderId).snapshot();
      return snapshot && { status: snapshot.state, amount: (snapshot.context as PaymentContext).amount };
    },
  };
}

/**
 * Composes the screen.
 * @param deadlineMs how long each part may take
 * @throws StatewrightError of the order itself: without it there is nothing to show
 */
export async function orderDetails(
  sources: DetailSources,
  clock: Clock,
  orderId: string,
  deadlineMs: number,
): Promise<OrderDetails> {
  const order = await sources.order(orderId);
  const missing: DetailPart[] = [];
  const part = async <Value>(name: DetailPart, asked: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await within(clock, deadlineMs, asked);
    } catch {
      missing.push(name);
      return undefined;
    }
  };
  const [customer, products, payment] = await Promise.all([
    part("customer", sources.customer(order.customerId)),
    part("products", sources.products(order.items.map(({ productId }) => productId))),
    part("payment", sources.payment(orderId)),
  ]);
  return {
    orderId,
    status: order.status,
    customer: customer ? { name: customer.name, email: customer.email } : null,
    products: order.items.map(({ productId, quantity, unitPrice }) => ({
      id: productId,
      name: products?.get(productId)?.name ?? null,
      quantity,
      unitPrice,
    })),
    payment: payment ?? null,
    total: order.total,
    missing: missing.toSorted(),
  };
}

function within<Value>(clock: Clock, deadlineMs: number, asked: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(deadlineMs, () => reject(new Error("too late")));
    asked.then(resolve, reject).finally(cancel);
  });
}
