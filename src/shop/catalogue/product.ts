/** The catalogue: products with what is on the shelf, read from the actors themselves. */
import type { Money } from "../../../machines/money.ts";
import { productEvents, type ProductListed } from "../../../machines/product/events.ts";
import type { StockContext } from "../../../machines/stock/counts.ts";
import type { ProductContext } from "../../../machines/product/machine.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { Accepted, ActorSnapshot, ActorSystem, ProposalOptions } from "../../runtime/receipt.ts";
import { requireAccepted } from "../refusals.ts";

export interface Stock {
  readonly available: number;
  readonly reserved: number;
}

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly price: Money;
  readonly stock: Stock;
}

/** What a client sends to list a product. */
export const newProductSchema = productEvents.ProductListed.schema;

/** The product's state from which on it can be ordered. */
export const ORDERABLE = "listed";

const FIRST_LOOK_MS = 5;
const LONGEST_PAUSE_MS = 100;
const LISTED_WITHIN_MS = 5_000;

/** The price, or undefined when there is no such product or it cannot be ordered yet. */
export async function priceOf(system: ActorSystem, id: string): Promise<Money | undefined> {
  const snapshot = await system.actor("product", id).snapshot();
  return snapshot?.state === ORDERABLE ? (snapshot.context as ProductContext).price : undefined;
}

/** What is on the shelf; nothing when it has not been counted yet. */
export async function stockOf(system: ActorSystem, id: string): Promise<Stock> {
  const snapshot = await system.actor("stock", id).snapshot();
  return snapshot === undefined ? { available: 0, reserved: 0 } : countsOf(snapshot);
}

function countsOf(snapshot: ActorSnapshot): Stock {
  const { available, reserved } = snapshot.context as StockContext;
  return { available, reserved };
}

/** One product. @throws StatewrightError `NOT_FOUND` */
export async function getProduct(system: ActorSystem, id: string): Promise<Product> {
  const [snapshot, stock] = await Promise.all([system.actor("product", id).snapshot(), stockOf(system, id)]);
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", "There is no such product");
  const { name, description, price } = snapshot.context as ProductContext;
  return { id, name, ...(description !== null && { description }), price, stock };
}

/**
 * Lists a new product; answers once its first event is committed.
 * @throws StatewrightError `IDEMPOTENCY_KEY_REUSED` when another request took the key meanwhile
 */
export async function listProduct(
  system: ActorSystem,
  product: ProductListed,
  options: { readonly productId?: string; readonly requestKey?: NonNullable<ProposalOptions["requestKey"]> } = {},
): Promise<Accepted> {
  const event = { type: "ProductListed", ...product };
  const receipt = await system.actor("product", options.productId ?? newId()).propose(event, {
    by: "internal",
    ...(options.requestKey && { requestKey: options.requestKey }),
  });
  return requireAccepted(receipt);
}

/**
 * Resolves once the product can be ordered: its stock has to be opened first, which takes a few messages.
 * @returns the log's position of that moment
 * @throws StatewrightError `DEADLINE_EXCEEDED` after 5 s; it may still become orderable
 */
export async function untilOrderable(system: ActorSystem, clock: Clock, id: string): Promise<number> {
  const deadline = clock.now() + LISTED_WITHIN_MS;
  for (let pauseMs = FIRST_LOOK_MS; clock.now() < deadline; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const snapshot = await system.actor("product", id).snapshot();
    if (snapshot?.state === ORDERABLE) return snapshot.position;
    await sleep(clock, pauseMs);
  }
  throw new StatewrightError(
    "DEADLINE_EXCEEDED",
    `The product ${id} is listed, but its stock is not open yet; look at it again later`,
  );
}
