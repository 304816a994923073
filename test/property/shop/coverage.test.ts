/** Random lives of every machine of the shop: nothing breaks, every transition is taken, every guard says yes and no. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ORDER_STATUSES } from "../../../machines/order/status.ts";
import { MAX_DEFERRED } from "../../../machines/stock/counts.ts";
import type { MachineEvent } from "../../../src/runtime/machine-event.ts";
import { shopActors } from "../../../src/shop/actors.ts";
import { meaningOfState } from "../../../src/shop/orders/order-states.ts";
import { checkMachine, type CheckOptions } from "../../../src/test-kit/check-machine.ts";

const nobody = () => Promise.reject(new Error("Nothing is paid here"));
const ACTORS = new Map(shopActors({ capture: nobody, refund: nobody }).map((actor) => [actor.type, actor]));

/** So that each run takes the same transitions. */
const SEED = 8;

const price = { amount: "1000", currency: "EUR" } as const;
const timeouts = {
  reservationMs: 1,
  paymentMs: 1,
  shipmentMs: 1,
  deliveryMs: 1,
  releaseMs: 1,
  refundMs: 1,
  reminderMs: 1,
};
const placed = {
  type: "OrderPlaced",
  customerId: "c",
  items: [{ productId: "p", quantity: 1, unitPrice: price }, { productId: "q", quantity: 2, unitPrice: price }],
  total: price,
  shippingAddress: { line1: "1 High Street", city: "Town", postalCode: "1000", country: "DE" },
  timeouts,
};
const charging = [placed, ...[0, 1].map((line): MachineEvent => ({ type: "StockReserved", line }))];
const confirmed = [...charging, { type: "PaymentCaptured" }];
const cancelled = { type: "CancellationRequested" };
const skipped = { type: "CompensationSkipped", reason: "seen to" };

/** Who talks about lines talks about those that there may be. */
const line = fc.nat(2);
const ofOrder = fc.record({ orderId: fc.constant("o"), line, quantity: fc.integer({ min: 1, max: 3 }) });
const request = { orderId: "o", line: 0, quantity: 1 };
const opened = { type: "StockOpened", available: 2 * MAX_DEFERRED };
const many = (type: string): MachineEvent[] => Array.from({ length: MAX_DEFERRED }, () => ({ type, ...request }));

const OPTIONS: Readonly<Record<string, CheckOptions>> = {
  order: {
    numRuns: 300,
    events: {
      StockReserved: fc.record({ line }),
      StockDenied: fc.record({ line, available: fc.constant(0) }),
      StockReleased: fc.record({ line }),
    },
    histories: [
      [placed],
      charging,
      [...confirmed, { type: "OrderShipped" }],
      [...confirmed, cancelled, { type: "RefundFailed", reason: "closed" }],
      [...charging, cancelled],
      [...confirmed, cancelled, { type: "RefundFailed", reason: "closed" }, skipped],
    ],
    invariant({ state, status }) {
      expect(ORDER_STATUSES).toContain(meaningOfState(state).status);
      expect(status === "done").toBe(["delivered", "cancelled"].includes(state));
    },
  },
  stock: {
    maxEvents: 12,
    events: {
      StockOpened: fc.record({ available: fc.nat(5) }),
      ReservationRequested: ofOrder,
      ReservationReleased: ofOrder,
      ReservationShipped: ofOrder,
    },
    histories: [
      [{ type: "StockOpened", available: 1 }, { type: "StocktakeStarted" }, {
        type: "ReservationRequested",
        ...request,
        quantity: 2,
      }],
      [opened, { type: "StocktakeStarted" }, ...many("ReservationRequested").slice(1)],
      [
        opened,
        { type: "ReservationRequested", ...request, quantity: 2 * MAX_DEFERRED },
        { type: "StocktakeStarted" },
        ...many("ReservationReleased").slice(1),
      ],
    ],
    invariant({ context }) {
      const { available, reserved } = context as Record<string, number>;
      expect(Math.min(available!, reserved!)).toBeGreaterThanOrEqual(0);
    },
  },
  payment: {
    answers: {
      capturePayment: fc.constantFrom({ type: "PaymentCaptured", chargeId: "c" }, {
        type: "PaymentDeclined",
        reason: "no",
      }),
      refundPayment: fc.constantFrom({ type: "PaymentRefunded" }, { type: "RefundDeclined", reason: "no" }),
    },
  },
  product: {},
  customer: {},
  conversation: {
    histories: [[
      { type: "ConversationOpened", orderId: "o", text: "Where is it?" },
      ...Array.from({ length: 998 }, () => ({ type: "CustomerWrote", text: "Hello?" })),
    ]],
  },
};

test.each([...ACTORS.keys()])(
  "every transition of the machine %s is taken, and every guard says yes and no",
  (type) => {
    const options = { numRuns: 60, seed: SEED, ...OPTIONS[type] };
    const { taken, untaken, oneSided } = checkMachine(fc, ACTORS.get(type)!, options);
    console.log(`${type}: ${taken.length} of ${taken.length + untaken.length} transitions`);
    expect({ untaken, oneSided }).toEqual({ untaken: [], oneSided: [] });
  },
);
