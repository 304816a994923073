/**
 * What the answers of stock and payment mean to an order. Each question gets exactly one answer, so an answer that
 * nothing waits for is refused. What an operator has skipped still hears its answer, and stays skipped: the operator
 * has seen to it by other means, and undoing it now would undo it twice.
 */
import type { Charge, OrderContext, OrderLine, Refund, Reservation } from "./context.ts";
import type { OrderEvent } from "./events.ts";
import { obligationsOf } from "./obligations.ts";

const LINE_AFTER = {
  StockReserved: { from: "requested", to: "reserved" },
  StockDenied: { from: "requested", to: "denied" },
  StockReleased: { from: "releasing", to: "released" },
} as const satisfies Record<string, { from: Reservation; to: Reservation }>;

const CHARGE_AFTER = { PaymentCaptured: "captured", PaymentDeclined: "declined" } as const satisfies Record<
  string,
  Charge
>;

const REFUND_AFTER = {
  PaymentRefunded: "refunded",
  PaymentVoided: "voided",
  RefundFailed: "failed",
} as const satisfies Record<string, Refund>;

export const STOCK_ANSWERS = Object.keys(LINE_AFTER) as (keyof typeof LINE_AFTER)[];
export const CHARGE_ANSWERS = Object.keys(CHARGE_AFTER) as (keyof typeof CHARGE_AFTER)[];
export const REFUND_ANSWERS = Object.keys(REFUND_AFTER) as (keyof typeof REFUND_AFTER)[];

type Answer<Types extends string> = Extract<OrderEvent, { type: Types }>;
export type StockAnswer = Answer<keyof typeof LINE_AFTER>;
export type ChargeAnswer = Answer<keyof typeof CHARGE_AFTER>;
export type RefundAnswer = Answer<keyof typeof REFUND_AFTER>;

/** True while the line waits for this answer, or was skipped meanwhile. */
export function isAwaited({ items }: OrderContext, answer: StockAnswer): boolean {
  const reservation = items[answer.line]?.reservation;
  return reservation === LINE_AFTER[answer.type].from || reservation === "skipped";
}

/** True when the line that compensation stands at waits for this answer. */
export function unblocks(context: OrderContext, answer: StockAnswer): boolean {
  const [current] = obligationsOf(context);
  return current?.kind === "release" && current.line === answer.line &&
    current.progress === LINE_AFTER[answer.type].from;
}

export function afterStock({ items }: OrderContext, answer: StockAnswer): OrderLine[] {
  return items.map((item, line) =>
    line === answer.line && item.reservation !== "skipped" ? { ...item, reservation: LINE_AFTER[answer.type].to } : item
  );
}

export function afterCharge(answer: ChargeAnswer): Charge {
  return CHARGE_AFTER[answer.type];
}

export function afterRefund({ refund }: OrderContext, answer: RefundAnswer): Refund {
  return refund === "skipped" ? refund : REFUND_AFTER[answer.type];
}
