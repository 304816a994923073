import { assertEvent, assign, enqueueActions, setup } from "xstate";
import { actorRef } from "../actor-ref.ts";
import type { PaymentEvent } from "../payment/events.ts";
import type { StockEvent } from "../stock/events.ts";
import {
  afterCharge,
  afterRefund,
  afterStock,
  CHARGE_ANSWERS,
  isAwaited,
  REFUND_ANSWERS,
  STOCK_ANSWERS,
  unblocks,
} from "./answers.ts";
import { type OrderContext, type OrderInput, withReservation } from "./context.ts";
import type { OrderEvent } from "./events.ts";
import { obligationsOf, skip } from "./obligations.ts";
import type { OrderStatus } from "./status.ts";

/** What the stock of one line is told. */
function aboutLine(
  { id, items }: OrderContext,
  line: number,
  type: Extract<StockEvent, { line: number }>["type"],
): StockEvent {
  const item = items[line];
  if (item === undefined) throw new Error(`Order ${id} has no line ${line}`);
  return { type, orderId: id, line, quantity: item.quantity };
}

/** The words that the order's statechart is written in: its delays, guards and actions by name. */
export const orderSetup = setup({
  types: {
    context: {} as OrderContext,
    events: {} as OrderEvent,
    input: {} as OrderInput,
    tags: {} as OrderStatus,
  },
  delays: {
    reservationTimeout: ({ context }) => context.timeouts.reservationMs,
    paymentTimeout: ({ context }) => context.timeouts.paymentMs,
    shipmentTimeout: ({ context }) => context.timeouts.shipmentMs,
    deliveryTimeout: ({ context }) => context.timeouts.deliveryMs,
    releaseTimeout: ({ context }) => context.timeouts.releaseMs,
    refundTimeout: ({ context }) => context.timeouts.refundMs,
    reminderInterval: ({ context }) => context.timeouts.reminderMs,
  },
  guards: {
    everyLineIsReserved: ({ context }) => context.items.every(({ reservation }) => reservation === "reserved"),
    nothingIsOwed: ({ context }) => obligationsOf(context).length === 0,
    refundIsOwed: ({ context }) => obligationsOf(context)[0]?.kind === "refund",
    refundIsAwaited: ({ context }) => context.refund === "requested",
    refundWasSkipped: ({ context }) => context.refund === "skipped",
    chargeIsAwaited: ({ context }) => context.charge === "requested",
    answerIsAwaited: ({ context, event }) => {
      assertEvent(event, STOCK_ANSWERS);
      return isAwaited(context, event);
    },
    answerUnblocks: ({ context, event }) => {
      assertEvent(event, STOCK_ANSWERS);
      return unblocks(context, event);
    },
  },
  actions: {
    requestReservations: enqueueActions(({ context, enqueue }) => {
      for (const [line, { productId }] of context.items.entries()) {
        enqueue.sendTo(actorRef("stock", productId), aboutLine(context, line, "ReservationRequested"));
      }
      enqueue.assign({ items: withReservation(context.items, "all", "requested") });
    }),
    requestPayment: enqueueActions(({ context, enqueue }) => {
      const request: PaymentEvent = { type: "PaymentRequested", orderId: context.id, amount: context.total };
      enqueue.sendTo(actorRef("payment", context.id), request);
      enqueue.assign({ charge: "requested" });
    }),
    shipReservations: enqueueActions(({ context, enqueue }) => {
      for (const [line, { productId }] of context.items.entries()) {
        enqueue.sendTo(actorRef("stock", productId), aboutLine(context, line, "ReservationShipped"));
      }
      enqueue.assign({ items: withReservation(context.items, "all", "shipped") });
    }),
    requestRefund: enqueueActions(({ context, enqueue }) => {
      if (context.refund === "requested") return;
      const request: PaymentEvent = { type: "RefundRequested" };
      enqueue.sendTo(actorRef("payment", context.id), request);
      enqueue.assign({ refund: "requested" });
    }),
    requestRelease: enqueueActions(({ context, enqueue }) => {
      const [current] = obligationsOf(context);
      if (current?.kind !== "release" || current.progress !== "reserved") return;
      const { line, productId } = current;
      enqueue.sendTo(actorRef("stock", productId), aboutLine(context, line, "ReservationReleased"));
      enqueue.assign({ items: withReservation(context.items, line, "releasing") });
    }),
    noteStock: assign(({ context, event }) => {
      assertEvent(event, STOCK_ANSWERS);
      return { items: afterStock(context, event) };
    }),
    noteCharge: assign(({ event }) => {
      assertEvent(event, CHARGE_ANSWERS);
      return { charge: afterCharge(event) };
    }),
    noteRefund: assign(({ context, event }) => {
      assertEvent(event, REFUND_ANSWERS);
      return { refund: afterRefund(context, event) };
    }),
    noteShippingAddress: assign(({ event }) => {
      assertEvent(event, "ShippingAddressChanged");
      return { shippingAddress: event.shippingAddress };
    }),
    noteTrackingNumber: assign(({ event }) => {
      assertEvent(event, "OrderShipped");
      return { trackingNumber: event.trackingNumber ?? null };
    }),
    assumeDelivery: assign({ deliveryAssumed: true }),
    giveUp: assign({ reason: (_, { reason }: { reason: string }) => reason }),
    giveUpForCustomer: assign(({ event }) => {
      assertEvent(event, "CancellationRequested");
      return { reason: event.reason ?? "Cancelled on request" };
    }),
    giveUpForStock: assign(({ context, event }) => {
      assertEvent(event, "StockDenied");
      const wanted = context.items[event.line]?.quantity ?? 0;
      return { reason: `Out of stock: item ${event.line + 1} asks for ${wanted}, ${event.available} available` };
    }),
    giveUpForPayment: assign(({ event }) => {
      assertEvent(event, "PaymentDeclined");
      return { reason: `Payment declined: ${event.reason}` };
    }),
    callForHelp: assign({ problem: (_, { problem }: { problem: string }) => problem }),
    callForHelpWithRefund: assign(({ event }) => {
      assertEvent(event, "RefundFailed");
      return { problem: `The refund failed: ${event.reason}` };
    }),
    countRetry: assign({ retries: ({ context }) => context.retries + 1 }),
    countReminder: assign({ reminders: ({ context }) => context.reminders + 1 }),
    skipCurrent: assign(({ context }) => skip(context, obligationsOf(context).slice(0, 1))),
    skipAll: assign(({ context }) => skip(context, obligationsOf(context))),
  },
});
