import { assertEvent, assign, fromPromise, sendTo, setup } from "xstate";
import { actorRef } from "../actor-ref.ts";
import type { Money } from "../money.ts";
import type { OrderEvent } from "../order/events.ts";
import type { PaymentEvent } from "./events.ts";

export interface PaymentContext {
  readonly orderId: string;
  readonly amount: Money;
  /** The provider's name for the charge, once it is made. */
  readonly chargeId: string | null;
  /** The order has been given up: whatever is captured goes back. */
  readonly refundWanted: boolean;
}

/** `PaymentRequested` and the actor's id, which is the order's. */
export type PaymentInput = { readonly id: string; readonly orderId: string; readonly amount: Money };

/** What the provider is asked. `key` is the same each time, so that asking again cannot charge again. */
export interface CaptureRequest {
  readonly key: string;
  readonly orderId: string;
  readonly amount: Money;
}

export interface RefundRequest extends CaptureRequest {
  readonly chargeId: string | null;
}

/** Stands where the activity is put in; alone it fails, which the machine takes for an unknown outcome. */
const activity = <Input>(name: string) =>
  fromPromise<never, Input>(() => Promise.reject(new Error(`No payment provider: supply the activity "${name}"`)));

/** Why a refund came to nothing: the provider's reason, or the error of an activity that gave up (plain data when it was stored). */
function refundFailure(event: object): string {
  if ("reason" in event) return String(event.reason);
  const error = "error" in event ? event.error : undefined;
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return String(message).slice(0, 500);
}

/**
 * One order's payment. What cannot be taken back, a capture or a refund under way, sits in a state that only its
 * outcome leaves; a wish to refund that comes meanwhile is remembered. Each `RefundRequested` that finds no refund
 * under way gets one answer.
 */
export const paymentMachine = setup({
  types: {
    context: {} as PaymentContext,
    events: {} as PaymentEvent,
    input: {} as PaymentInput,
  },
  delays: {
    askAgainDelay: 60_000,
  },
  actors: {
    capturePayment: activity<CaptureRequest>("capturePayment"),
    refundPayment: activity<RefundRequest>("refundPayment"),
  },
  guards: {
    refundIsWanted: ({ context }) => context.refundWanted,
  },
  actions: {
    wantRefund: assign({ refundWanted: true }),
    noteCharge: assign(({ event }) => {
      assertEvent(event, "PaymentCaptured");
      return { chargeId: event.chargeId };
    }),
    tellCaptured: sendTo(
      ({ context }) => actorRef("order", context.orderId),
      (): OrderEvent => ({ type: "PaymentCaptured" }),
    ),
    tellDeclined: sendTo(({ context }) => actorRef("order", context.orderId), ({ event }): OrderEvent => {
      assertEvent(event, "PaymentDeclined");
      return { type: "PaymentDeclined", reason: event.reason };
    }),
    tellVoided: sendTo(
      ({ context }) => actorRef("order", context.orderId),
      (): OrderEvent => ({ type: "PaymentVoided" }),
    ),
    tellRefunded: sendTo(
      ({ context }) => actorRef("order", context.orderId),
      (): OrderEvent => ({ type: "PaymentRefunded" }),
    ),
    tellRefundFailed: sendTo(
      ({ context }) => actorRef("order", context.orderId),
      ({ event }): OrderEvent => ({ type: "RefundFailed", reason: refundFailure(event) }),
    ),
  },
}).createMachine({
  id: "payment",
  description: "Takes one order's money, once, and gives it back when the order is given up.",
  context: ({ input }) => ({ orderId: input.orderId, amount: input.amount, chargeId: null, refundWanted: false }),
  initial: "capturing",
  states: {
    capturing: {
      description: "The provider has been asked for the money. Only its answer leads on.",
      invoke: {
        id: "capturePayment",
        src: "capturePayment",
        input: ({ context: { orderId, amount } }) => ({ key: `capture:${orderId}`, orderId, amount }),
        onError: "uncertain",
      },
      on: {
        PaymentCaptured: [
          { guard: "refundIsWanted", target: "refunding", actions: ["noteCharge", "tellCaptured"] },
          { target: "captured", actions: ["noteCharge", "tellCaptured"] },
        ],
        PaymentDeclined: [
          { guard: "refundIsWanted", target: "declined", actions: ["tellDeclined", "tellVoided"] },
          { target: "declined", actions: "tellDeclined" },
        ],
        RefundRequested: { actions: "wantRefund" },
      },
    },
    uncertain: {
      description: "Nobody knows whether the money was taken; the provider is asked again under the same key.",
      on: { RefundRequested: { actions: "wantRefund" } },
      after: { askAgainDelay: "capturing" },
    },
    captured: {
      description: "The money is there.",
      on: { RefundRequested: { target: "refunding", actions: "wantRefund" } },
    },
    declined: {
      description: "The provider said no; there is nothing to give back.",
      on: { RefundRequested: { actions: "tellVoided" } },
    },
    refunding: {
      description: "The provider has been asked to give the money back. Only its answer leads on.",
      invoke: {
        id: "refundPayment",
        src: "refundPayment",
        input: ({ context: { orderId, amount, chargeId } }) => ({
          key: `refund:${orderId}`,
          orderId,
          amount,
          chargeId,
        }),
        onError: { target: "refundFailed", actions: "tellRefundFailed" },
      },
      on: {
        PaymentRefunded: { target: "refunded", actions: "tellRefunded" },
        RefundDeclined: { target: "refundFailed", actions: "tellRefundFailed" },
        RefundRequested: { actions: "wantRefund" },
      },
    },
    refunded: {
      description: "The money has gone back.",
      on: { RefundRequested: { actions: "tellRefunded" } },
    },
    refundFailed: {
      description: "The refund was refused or got no answer; the order decides whether to ask again.",
      on: { RefundRequested: "refunding" },
    },
  },
});
