/** Placing an order: a cart and an address become `OrderPlaced`, with the catalogue's prices of this moment. */
import { z } from "zod";
import { MAX_AMOUNT, type Money, sum, times } from "../../../machines/money.ts";
import { type OrderPlaced, type OrderTimeouts, shippingAddressSchema } from "../../../machines/order/events.ts";
import { type FieldError, StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { Accepted, ActorSystem } from "../../runtime/receipt.ts";
import { priceOf } from "../catalogue/product.ts";
import { idSchema } from "../id-schema.ts";
import { propose, type WriteOptions } from "../propose.ts";
import { DEFAULT_ORDER_TIMEOUTS } from "./order-timeouts.ts";

/** What a client sends. Prices are not in it: they come from the catalogue. */
export const cartSchema = z.strictObject({
  customerId: idSchema,
  items: z.array(z.strictObject({ productId: idSchema, quantity: z.int().min(1).max(10_000) })).min(1).max(1_000),
  shippingAddress: shippingAddressSchema,
});

export type Cart = z.infer<typeof cartSchema>;

export interface PlaceOrderOptions extends Omit<WriteOptions, "by"> {
  /** Default: a new one. */
  readonly orderId?: string;
  readonly timeouts?: OrderTimeouts;
}

/** So many products are looked up at once. */
const LOOK_UPS_AT_ONCE = 50;

/**
 * Places an order and answers once its first event is committed; what comes of it is the order's own business.
 * @throws StatewrightError `INVALID` or `AMOUNT_TOO_LARGE`, with pointers into the cart; `IDEMPOTENCY_KEY_REUSED` when
 *   another request took the key meanwhile
 */
export async function placeOrder(
  system: ActorSystem,
  cart: Cart,
  { orderId = newId(), timeouts = DEFAULT_ORDER_TIMEOUTS, ...options }: PlaceOrderOptions = {},
): Promise<Accepted> {
  const [customer, prices] = await Promise.all([
    system.actor("customer", cart.customerId).snapshot(),
    lookUpPrices(system, cart.items.map(({ productId }) => productId)),
  ]);
  const unknown: FieldError[] = customer === undefined
    ? [{ pointer: "/customerId", detail: "There is no such customer" }]
    : [];
  const items = cart.items.flatMap((item, line) => {
    const unitPrice = prices.get(item.productId);
    if (unitPrice !== undefined) return [{ ...item, unitPrice }];
    unknown.push({ pointer: `/items/${line}/productId`, detail: "There is no such product to order" });
    return [];
  });
  if (unknown.length > 0) {
    throw new StatewrightError("INVALID", "The order names what the shop does not have", { errors: unknown });
  }
  const placed: OrderPlaced = {
    customerId: cart.customerId,
    items,
    total: totalOf(items),
    shippingAddress: cart.shippingAddress,
    timeouts,
  };
  // Internal, because the prices are the shop's word and not the caller's.
  const event = { type: "OrderPlaced", ...placed };
  return await propose(system, { type: "order", id: orderId }, event, { ...options, by: "internal" });
}

async function lookUpPrices(system: ActorSystem, productIds: readonly string[]): Promise<Map<string, Money>> {
  const wanted = [...new Set(productIds)];
  const prices = new Map<string, Money>();
  for (let start = 0; start < wanted.length; start += LOOK_UPS_AT_ONCE) {
    await Promise.all(
      wanted.slice(start, start + LOOK_UPS_AT_ONCE).map(async (id) => {
        const price = await priceOf(system, id);
        if (price !== undefined) prices.set(id, price);
      }),
    );
  }
  return prices;
}

function totalOf(items: OrderPlaced["items"]): Money {
  const { currency } = items[0]!.unitPrice;
  const mixed = items.flatMap(({ unitPrice }, line) =>
    unitPrice.currency === currency ? [] : [{
      pointer: `/items/${line}/productId`,
      detail: `It is sold in ${unitPrice.currency}, the first line in ${currency}`,
    }]
  );
  if (mixed.length > 0) throw new StatewrightError("INVALID", "An order has one currency", { errors: mixed });
  const lines = items.map(({ unitPrice, quantity }) => times(unitPrice, quantity));
  const total = sum(lines);
  if (BigInt(total.amount) <= MAX_AMOUNT) return total;
  const tooLarge = lines.flatMap(({ amount }, line) => BigInt(amount) > MAX_AMOUNT ? [`/items/${line}/quantity`] : []);
  const pointers = tooLarge.length > 0 ? tooLarge : ["/items"];
  throw new StatewrightError("AMOUNT_TOO_LARGE", `An order comes to ${MAX_AMOUNT} minor units at most`, {
    errors: pointers.map((pointer) => ({
      pointer,
      detail: `Price times quantity comes to more than ${MAX_AMOUNT} minor units`,
    })),
  });
}
