import { newOrder } from "./context.ts";
import { orderSetup } from "./setup.ts";

/** Where everything goes on that unblocks the release of stock. Entering it again starts its time-out anew. */
const RELEASING = "#order.compensating.releasingStock";

/** A charge that was under way when the order was given up still tells how it ended. */
const lateCharge = {
  PaymentCaptured: { guard: "chargeIsAwaited", actions: "noteCharge" },
  PaymentDeclined: { guard: "chargeIsAwaited", actions: "noteCharge" },
} as const;

/** The answer to a refund that an operator has skipped: heard, and nothing more. */
const answerToSkippedRefund = { guard: "refundWasSkipped", actions: "noteRefund" } as const;

/** The parcel has not left yet. */
const addressChange = { ShippingAddressChanged: { actions: "noteShippingAddress" } } as const;

/** The current line's answer lets the compensation go on; another line's is noted until its turn comes. */
const stockAnswer = [
  { guard: "answerUnblocks", target: RELEASING, reenter: true, actions: "noteStock" },
  { guard: "answerIsAwaited", actions: "noteStock" },
] as const;

/**
 * One order's way through reservation, payment, confirmation and shipment, and back when something fails.
 * A message is sent once and is durable: an answer that stays out is waited for or left to an operator, never asked
 * for a second time, because the stock actor counts and could not tell the second release from the first.
 */
export const orderMachine = orderSetup.createMachine({
  id: "order",
  description: "An order from its placement to its delivery, or back to where nothing is held and nothing is charged.",
  context: ({ input }) => newOrder(input),
  initial: "placed",
  states: {
    placed: {
      description: "The order has come in.",
      tags: "pending",
      always: "reservingStock",
    },
    reservingStock: {
      description: "Each line waits for its stock to reserve it.",
      tags: "pending",
      entry: "requestReservations",
      always: { guard: "everyLineIsReserved", target: "chargingPayment" },
      on: {
        ...addressChange,
        StockReserved: { guard: "answerIsAwaited", actions: "noteStock" },
        StockDenied: { guard: "answerIsAwaited", target: RELEASING, actions: ["noteStock", "giveUpForStock"] },
        CancellationRequested: { target: RELEASING, actions: "giveUpForCustomer" },
      },
      after: {
        reservationTimeout: {
          target: RELEASING,
          actions: { type: "giveUp", params: { reason: "Stock did not answer in time" } },
        },
      },
    },
    chargingPayment: {
      description: "All lines are reserved; the payment is being taken.",
      tags: "pending",
      entry: "requestPayment",
      on: {
        ...addressChange,
        PaymentCaptured: { target: "confirmed", actions: "noteCharge" },
        PaymentDeclined: { target: RELEASING, actions: ["noteCharge", "giveUpForPayment"] },
        CancellationRequested: { target: "compensating", actions: "giveUpForCustomer" },
      },
      after: {
        paymentTimeout: {
          target: "compensating",
          actions: { type: "giveUp", params: { reason: "Payment did not answer in time" } },
        },
      },
    },
    confirmed: {
      description: "Paid and reserved; the parcel can be packed.",
      tags: "confirmed",
      on: {
        ...addressChange,
        OrderShipped: { target: "shipped", actions: "noteTrackingNumber" },
        CancellationRequested: { target: "compensating", actions: "giveUpForCustomer" },
      },
      after: {
        shipmentTimeout: {
          target: "compensating",
          actions: { type: "giveUp", params: { reason: "Not shipped in time" } },
        },
      },
    },
    shipped: {
      description: "The parcel is on its way; it can no longer be cancelled.",
      tags: "shipped",
      entry: "shipReservations",
      on: { OrderDelivered: "delivered" },
      after: { deliveryTimeout: { target: "delivered", actions: "assumeDelivery" } },
    },
    delivered: {
      description: "The parcel has arrived, or nobody has missed it for long enough.",
      tags: "delivered",
      type: "final",
    },
    compensating: {
      description: "What was done is undone: first the payment, then the reservations from the last to the first.",
      initial: "refunding",
      states: {
        refunding: {
          description: "The payment has been told to give the money back and has not answered yet.",
          tags: "cancelling",
          entry: "requestRefund",
          on: {
            ...lateCharge,
            PaymentRefunded: { target: "releasingStock", actions: "noteRefund" },
            PaymentVoided: { target: "releasingStock", actions: "noteRefund" },
            RefundFailed: { target: "#order.needsIntervention", actions: ["noteRefund", "callForHelpWithRefund"] },
          },
          after: {
            refundTimeout: {
              target: "#order.needsIntervention",
              actions: { type: "callForHelp", params: { problem: "The payment did not answer the refund in time" } },
            },
          },
        },
        releasingStock: {
          description: "The reservations go back, one at a time; a line that was never answered is waited for.",
          tags: "cancelling",
          entry: "requestRelease",
          always: { guard: "nothingIsOwed", target: "#order.cancelled" },
          on: {
            StockReserved: stockAnswer,
            StockDenied: stockAnswer,
            StockReleased: stockAnswer,
            ...lateCharge,
            PaymentRefunded: answerToSkippedRefund,
            PaymentVoided: answerToSkippedRefund,
            RefundFailed: answerToSkippedRefund,
          },
          after: {
            releaseTimeout: {
              target: "#order.needsIntervention",
              actions: { type: "callForHelp", params: { problem: "Stock did not answer in time" } },
            },
          },
        },
      },
    },
    needsIntervention: {
      description: "The order cannot be undone by itself; an operator retries, skips or resolves what is still owed.",
      tags: "needsIntervention",
      on: {
        StockReserved: stockAnswer,
        StockDenied: stockAnswer,
        StockReleased: stockAnswer,
        ...lateCharge,
        PaymentRefunded: [
          { guard: "refundIsAwaited", target: RELEASING, actions: "noteRefund" },
          answerToSkippedRefund,
        ],
        PaymentVoided: [
          { guard: "refundIsAwaited", target: RELEASING, actions: "noteRefund" },
          answerToSkippedRefund,
        ],
        RefundFailed: [
          { guard: "refundIsAwaited", actions: ["noteRefund", "callForHelpWithRefund"] },
          answerToSkippedRefund,
        ],
        CompensationRetried: [
          { guard: "refundIsOwed", target: "compensating", actions: "countRetry" },
          { target: RELEASING, actions: "countRetry" },
        ],
        CompensationSkipped: { target: RELEASING, actions: "skipCurrent" },
        InterventionResolved: { target: "cancelled", actions: "skipAll" },
      },
      after: { reminderInterval: { target: "needsIntervention", reenter: true, actions: "countReminder" } },
    },
    cancelled: {
      description: "Given up: nothing is held and nothing is charged, except what an operator has answered for.",
      tags: "cancelled",
      type: "final",
    },
  },
});
