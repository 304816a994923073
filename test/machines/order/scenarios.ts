/** The ways of an order, told step by step. Together they take every transition of the machine. */
import type { OrderInput } from "../../../machines/order/context.ts";
import type { OrderEvent } from "../../../machines/order/events.ts";

/**
 * What happens (or `timeout`: the timer that is running fires), where the order stands afterwards, and what it has
 * sent: `<target> <event> <line>`.
 */
export type Turn = readonly [event: OrderEvent | "timeout", state: string, ...sent: string[]];

export interface Scenario {
  readonly name: string;
  readonly lines: number;
  readonly turns: readonly Turn[];
}

const RESERVING = "reservingStock";
const CHARGING = "chargingPayment";
const REFUNDING = "compensating.refunding";
const RELEASING = "compensating.releasingStock";
const STUCK = "needsIntervention";

/** An order of `lines` items, one piece of each product `p0`, `p1` …; every time-out is different. */
export function orderInput(lines: number): OrderInput {
  const unitPrice = { amount: "2999", currency: "EUR" } as const;
  return {
    id: "o1",
    customerId: "c1",
    items: Array.from({ length: lines }, (_, line) => ({ productId: `p${line}`, quantity: line + 1, unitPrice })),
    total: { amount: String(2999 * lines * (lines + 1) / 2), currency: "EUR" },
    shippingAddress: { line1: "1 High Street", city: "Town", postalCode: "1000", country: "DE" },
    timeouts: {
      reservationMs: 1_000,
      paymentMs: 2_000,
      shipmentMs: 3_000,
      deliveryMs: 4_000,
      releaseMs: 5_000,
      refundMs: 6_000,
      reminderMs: 7_000,
    },
  };
}

const reserved = (line: number): OrderEvent => ({ type: "StockReserved", line });
const denied = (line: number): OrderEvent => ({ type: "StockDenied", line, available: 0 });
const released = (line: number): OrderEvent => ({ type: "StockReleased", line });
const captured: OrderEvent = { type: "PaymentCaptured" };
const declined: OrderEvent = { type: "PaymentDeclined", reason: "over the limit" };
const refunded: OrderEvent = { type: "PaymentRefunded" };
const voided: OrderEvent = { type: "PaymentVoided" };
const refundFailed: OrderEvent = { type: "RefundFailed", reason: "account closed" };
const moved: OrderEvent = {
  type: "ShippingAddressChanged",
  shippingAddress: { line1: "2 Side Street", city: "Town", postalCode: "1000", country: "DE" },
};
const cancel: OrderEvent = { type: "CancellationRequested", reason: "changed my mind" };
const retry: OrderEvent = { type: "CompensationRetried", reason: "the provider is back" };
const skip: OrderEvent = { type: "CompensationSkipped", reason: "done by hand" };
const resolve: OrderEvent = { type: "InterventionResolved", reason: "done by hand" };

const pay = "payment/o1 PaymentRequested";
const refund = "payment/o1 RefundRequested";
const release = (line: number) => `stock/p${line} ReservationReleased ${line}`;

/** One line, reserved, charged, confirmed. */
const toCharging: Turn[] = [[reserved(0), CHARGING, pay]];
const toConfirmed: Turn[] = [...toCharging, [captured, "confirmed"]];
/** Given up while nobody knows yet whether it is charged, and the payment stays silent. */
const toSilentPayment: Turn[] = [...toCharging, [cancel, REFUNDING, refund], ["timeout", STUCK]];
/** Two lines that no stock answers. */
const toSilentStock: Turn[] = [["timeout", RELEASING], ["timeout", STUCK]];

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "sent somewhere else while it can be",
    lines: 1,
    turns: [
      [moved, RESERVING],
      [reserved(0), CHARGING, pay],
      [moved, CHARGING],
      [captured, "confirmed"],
      [moved, "confirmed"],
      [{ type: "OrderShipped" }, "shipped", "stock/p0 ReservationShipped 0"],
      ["timeout", "delivered"],
    ],
  },
  {
    name: "delivered",
    lines: 2,
    turns: [
      [reserved(1), RESERVING],
      [reserved(0), CHARGING, pay],
      [captured, "confirmed"],
      [
        { type: "OrderShipped", trackingNumber: "T-1" },
        "shipped",
        "stock/p0 ReservationShipped 0",
        "stock/p1 ReservationShipped 1",
      ],
      [{ type: "OrderDelivered" }, "delivered"],
    ],
  },
  {
    name: "delivery assumed when nobody confirms it",
    lines: 1,
    turns: [...toConfirmed, [{ type: "OrderShipped" }, "shipped", "stock/p0 ReservationShipped 0"], [
      "timeout",
      "delivered",
    ]],
  },
  {
    name: "sold out: what was reserved goes back",
    lines: 2,
    turns: [[reserved(0), RESERVING], [denied(1), RELEASING, release(0)], [released(0), "cancelled"]],
  },
  {
    name: "sold out altogether",
    lines: 1,
    turns: [[denied(0), "cancelled"]],
  },
  {
    name: "sold out while other lines are unanswered: they are waited for, and released from the last to the first",
    lines: 4,
    turns: [
      [denied(0), RELEASING],
      [reserved(1), RELEASING],
      [denied(2), RELEASING],
      [reserved(3), RELEASING, release(3)],
      [released(3), RELEASING, release(1)],
      [released(1), "cancelled"],
    ],
  },
  {
    name: "cancelled while stock is being reserved",
    lines: 2,
    turns: [
      [cancel, RELEASING],
      [denied(1), RELEASING],
      [reserved(0), RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "stock does not answer in time, but later",
    lines: 2,
    turns: [
      ["timeout", RELEASING],
      [reserved(1), RELEASING, release(1)],
      [released(1), RELEASING],
      [denied(0), "cancelled"],
    ],
  },
  {
    name: "declined",
    lines: 2,
    turns: [
      [reserved(0), RESERVING],
      [reserved(1), CHARGING, pay],
      [declined, RELEASING, release(1)],
      [released(1), RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "cancelled while the payment is taken, captured all the same",
    lines: 1,
    turns: [
      ...toCharging,
      [cancel, REFUNDING, refund],
      [captured, REFUNDING],
      [refunded, RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "cancelled while the payment is taken, declined meanwhile",
    lines: 1,
    turns: [
      ...toCharging,
      [cancel, REFUNDING, refund],
      [declined, REFUNDING],
      [voided, RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "the payment does not answer in time",
    lines: 1,
    turns: [
      ...toCharging,
      ["timeout", REFUNDING, refund],
      [refunded, RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "cancelled after it was confirmed",
    lines: 1,
    turns: [
      ...toConfirmed,
      [cancel, REFUNDING, refund],
      [refunded, RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "not shipped in time",
    lines: 1,
    turns: [
      ...toConfirmed,
      ["timeout", REFUNDING, refund],
      [refunded, RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "the refund fails and an operator has it tried again",
    lines: 1,
    turns: [
      ...toConfirmed,
      [cancel, REFUNDING, refund],
      [refundFailed, STUCK],
      [retry, REFUNDING, refund],
      [refunded, RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "the refund stays unanswered: a retry waits again and does not ask again",
    lines: 1,
    turns: [
      ...toSilentPayment,
      [captured, STUCK],
      [retry, REFUNDING],
      ["timeout", STUCK],
      [refundFailed, STUCK],
      [retry, REFUNDING, refund],
      [refunded, RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "the refund is answered late, and the order goes on by itself",
    lines: 1,
    turns: [...toSilentPayment, [captured, STUCK], [refunded, RELEASING, release(0)], [released(0), "cancelled"]],
  },
  {
    name: "the refund turns out late to have been needless",
    lines: 1,
    turns: [...toSilentPayment, [declined, STUCK], [voided, RELEASING, release(0)], [released(0), "cancelled"]],
  },
  {
    name: "a refund that was skipped is made all the same while stock goes back",
    lines: 1,
    turns: [
      ...toSilentPayment,
      [skip, RELEASING, release(0)],
      [captured, RELEASING],
      [refunded, RELEASING],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "a refund that was skipped turns out needless while stock goes back",
    lines: 1,
    turns: [
      ...toSilentPayment,
      [skip, RELEASING, release(0)],
      [declined, RELEASING],
      [voided, RELEASING],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "a refund that was skipped fails while stock goes back",
    lines: 1,
    turns: [...toSilentPayment, [skip, RELEASING, release(0)], [refundFailed, RELEASING], [released(0), "cancelled"]],
  },
  ...[refunded, voided, refundFailed].map((answer): Scenario => ({
    name: `a refund that was skipped is answered with ${answer.type} when stock is stuck, too`,
    lines: 1,
    turns: [
      ...toSilentPayment,
      [skip, RELEASING, release(0)],
      ["timeout", STUCK],
      [answer, STUCK],
      [released(0), "cancelled"],
    ],
  })),
  {
    name: "no stock answers in time; the answers come when an operator has been called",
    lines: 2,
    turns: [
      ...toSilentStock,
      [reserved(0), STUCK],
      [reserved(1), RELEASING, release(1)],
      ["timeout", STUCK],
      [released(1), RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "no stock answers in time, and then there is none",
    lines: 2,
    turns: [...toSilentStock, [denied(0), STUCK], [denied(1), "cancelled"]],
  },
  {
    name: "a release stays unanswered: a retry waits again and does not ask again",
    lines: 1,
    turns: [
      ...toCharging,
      [declined, RELEASING, release(0)],
      ["timeout", STUCK],
      [retry, RELEASING],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "an unanswered line is skipped; its late answer is heard and nothing more",
    lines: 2,
    turns: [
      ...toSilentStock,
      [skip, RELEASING],
      [reserved(1), RELEASING],
      [reserved(0), RELEASING, release(0)],
      [released(0), "cancelled"],
    ],
  },
  {
    name: "an unanswered line is skipped; its late answer comes when the next line is stuck, too",
    lines: 2,
    turns: [...toSilentStock, [skip, RELEASING], ["timeout", STUCK], [denied(1), STUCK], [skip, "cancelled"]],
  },
  {
    name: "an unconfirmed release is skipped and confirmed late",
    lines: 2,
    turns: [
      ["timeout", RELEASING],
      [reserved(1), RELEASING, release(1)],
      ["timeout", STUCK],
      [skip, RELEASING],
      [released(1), RELEASING],
      ["timeout", STUCK],
      [denied(0), "cancelled"],
    ],
  },
  {
    name: "an unconfirmed release is skipped and confirmed when the next line is stuck, too",
    lines: 2,
    turns: [
      ["timeout", RELEASING],
      [reserved(1), RELEASING, release(1)],
      ["timeout", STUCK],
      [skip, RELEASING],
      ["timeout", STUCK],
      [released(1), STUCK],
      [skip, "cancelled"],
    ],
  },
  {
    name: "nobody comes, then somebody resolves it",
    lines: 2,
    turns: [...toSilentStock, ["timeout", STUCK], ["timeout", STUCK], [resolve, "cancelled"]],
  },
];
