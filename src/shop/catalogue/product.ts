/** The catalogue: products with what is on the shelf, read from the actors themselves. */
import type { Money } from "../../../machines/money.ts";
import {
  type ProductChanged,
  productEvents,
  type ProductListed,
  type ProductReplaced,
} from "../../../machines/product/events.ts";
import type { ProductContext } from "../../../machines/product/machine.ts";
import type { StockContext } from "../../../machines/stock/counts.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { Accepted, ActorSystem } from "../../runtime/receipt.ts";
import { propose, type WriteOptions } from "../propose.ts";

export interface Stock {
  readonly available: number;
  readonly reserved: number;
}

/** What the catalogue says of a product. */
export interface CatalogueEntry {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly price: Money;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface Product extends CatalogueEntry {
  readonly stock: Stock;
}

/** What a client sends to list, replace or change a product. */
export const newProductSchema = productEvents.ProductListed.schema;
export const replacedProductSchema = productEvents.ProductReplaced.schema;
export const changedProductSchema = productEvents.ProductChanged.schema;

/** The product's state in which it can be ordered, and the one in which it is gone. */
export const ORDERABLE = "listed";
const GONE = "discontinued";

const FIRST_LOOK_MS = 5;
const LONGEST_PAUSE_MS = 100;
const LISTED_WITHIN_MS = 5_000;

/** The price, or undefined when there is no such product or it cannot be ordered. */
export async function priceOf(system: ActorSystem, id: string): Promise<Money | undefined> {
  const snapshot = await system.actor("product", id).snapshot();
  return snapshot?.state === ORDERABLE ? (snapshot.context as ProductContext).price : undefined;
}

/** What is on the shelf; nothing when it has not been counted yet. */
export async function stockOf(system: ActorSystem, id: string): Promise<Stock> {
  const snapshot = await system.actor("stock", id).snapshot();
  if (snapshot === undefined) return { available: 0, reserved: 0 };
  const { available, reserved } = snapshot.context as StockContext;
  return { available, reserved };
}

/** One product. @throws StatewrightError `NOT_FOUND`, also for one that was discontinued */
export async function getProduct(system: ActorSystem, id: string): Promise<Product> {
  const [snapshot, stock] = await Promise.all([system.actor("product", id).snapshot(), stockOf(system, id)]);
  if (snapshot === undefined || snapshot.state === GONE) throw noSuchProduct();
  const { name, description, price } = snapshot.context as ProductContext;
  const { version, createdAt, updatedAt } = snapshot;
  return { id, name, ...(description !== null && { description }), price, stock, version, createdAt, updatedAt };
}

/** Lists a new product; answers once its first event is committed. See {@link untilOrderable}. */
export function createProduct(
  system: ActorSystem,
  product: ProductListed,
  { productId = newId(), ...options }: Omit<WriteOptions, "by"> & { readonly productId?: string } = {},
): Promise<Accepted> {
  const event = { type: "ProductListed", ...product };
  return propose(system, { type: "product", id: productId }, event, { ...options, by: "internal" });
}

/** Says all anew. @throws StatewrightError `NOT_FOUND`, `VERSION_CONFLICT` */
export function replaceProduct(
  system: ActorSystem,
  id: string,
  product: ProductReplaced,
  options?: WriteOptions,
): Promise<Accepted> {
  return toProduct(system, id, { type: "ProductReplaced", ...product }, options);
}

/** Changes what is named. @throws StatewrightError `NOT_FOUND`, `VERSION_CONFLICT` */
export function updateProduct(
  system: ActorSystem,
  id: string,
  changes: ProductChanged,
  options?: WriteOptions,
): Promise<Accepted> {
  return toProduct(system, id, { type: "ProductChanged", ...changes }, options);
}

/**
 * Takes a product out of the catalogue for good; what was ordered before is not concerned.
 * @throws StatewrightError `NOT_FOUND`, `VERSION_CONFLICT`, `TRANSITION_NOT_ALLOWED` while its stock is being opened
 */
export function discontinueProduct(system: ActorSystem, id: string, options?: WriteOptions): Promise<Accepted> {
  return toProduct(system, id, { type: "ProductDiscontinued" }, options);
}

async function toProduct(
  system: ActorSystem,
  id: string,
  event: { readonly type: string },
  options?: WriteOptions,
): Promise<Accepted> {
  try {
    return await propose(system, { type: "product", id }, event, options);
  } catch (thrown) {
    // Whoever asks for a product that is gone hears the same as for one that never was.
    if (thrown instanceof StatewrightError && thrown.details.state === GONE) throw noSuchProduct();
    throw thrown;
  }
}

function noSuchProduct(): StatewrightError {
  return new StatewrightError("NOT_FOUND", "There is no such product");
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
    // Gone again, for whoever repeats a request much later: then there is nothing to wait for.
    if (snapshot?.state === ORDERABLE || snapshot?.state === GONE) return snapshot.position;
    await sleep(clock, pauseMs);
  }
  throw new StatewrightError(
    "DEADLINE_EXCEEDED",
    `The product ${id} is listed, but its stock is not open yet; look at it again later`,
  );
}
