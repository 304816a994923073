import type { Money } from "../money.ts";
import type { OrderPlaced, OrderTimeouts, ShippingAddress } from "./events.ts";

/** How far one line is with its stock. */
export type Reservation =
  | "none"
  /** Asked for, not answered. */
  | "requested"
  | "reserved"
  | "denied"
  /** Asked to go back, not confirmed. */
  | "releasing"
  | "released"
  | "shipped"
  /** An operator answers for it. */
  | "skipped";

export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly reservation: Reservation;
}

export type Charge = "none" | "requested" | "captured" | "declined";

/** `voided`: there was nothing to give back. `failed`: the provider refused or gave no answer. `skipped`: an operator answers for it. */
export type Refund = "none" | "requested" | "failed" | "refunded" | "voided" | "skipped";

/** All an order remembers. It is stored and hashed after every event, so it holds nothing that the log can tell. */
export interface OrderContext {
  readonly id: string;
  readonly customerId: string;
  readonly items: readonly OrderLine[];
  readonly shippingAddress: ShippingAddress;
  readonly total: Money;
  readonly timeouts: OrderTimeouts;
  readonly charge: Charge;
  readonly refund: Refund;
  /** Why it was given up. */
  readonly reason: string | null;
  /** Why it last needed an operator. */
  readonly problem: string | null;
  readonly trackingNumber: string | null;
  /** True when nobody confirmed the delivery within its time. */
  readonly deliveryAssumed: boolean;
  /** How often operators had the compensation tried again. */
  readonly retries: number;
  /** How often a stuck order has reminded of itself. */
  readonly reminders: number;
}

/** The data of `OrderPlaced` and the actor's id. */
export type OrderInput = { readonly id: string } & OrderPlaced;

export function newOrder({ id, customerId, items, shippingAddress, total, timeouts }: OrderInput): OrderContext {
  return {
    id,
    customerId,
    items: items.map((item) => ({ ...item, reservation: "none" })),
    shippingAddress,
    total,
    timeouts,
    charge: "none",
    refund: "none",
    reason: null,
    problem: null,
    trackingNumber: null,
    deliveryAssumed: false,
    retries: 0,
    reminders: 0,
  };
}

/** The lines with one of them, or all, moved on. */
export function withReservation(
  items: readonly OrderLine[],
  line: number | "all",
  reservation: Reservation,
): OrderLine[] {
  return items.map((item, index) => (line === "all" || index === line ? { ...item, reservation } : item));
}
