import type { CaptureRequest, RefundRequest } from "../../machines/payment/machine.ts";
import type { EventData } from "./machine-stepper.ts";

type Standing = "none" | "captured" | "declined" | "refunded";

export interface Provider {
  /** What has become of an order's charge: the independent witness. */
  standing(orderId: string): Standing;
  /** The ways in which one call can end. `outcome` makes it so, and answers with the event for the payment. */
  outcomes(activity: string, input: unknown): { name: string; outcome(activityId: string): EventData }[];
}

/**
 * A payment provider that is asked over a bad line: a call may fail before it arrives, or its answer may be lost.
 * Like a real one it does the same thing once per key, whatever it is asked again.
 */
export function createProvider(declines: (orderId: string) => boolean): Provider {
  const ledger = new Map<string, Standing>();
  const keys = new Map<string, string>();
  const standing = (orderId: string) => ledger.get(orderId) ?? "none";
  const lost = (activityId: string): EventData => ({
    type: `xstate.error.actor.${activityId}`,
    error: { name: "Error", message: "no answer", code: "" },
    actorId: activityId,
  });

  function capture({ orderId }: CaptureRequest): EventData {
    if (standing(orderId) === "none") ledger.set(orderId, declines(orderId) ? "declined" : "captured");
    return standing(orderId) === "declined"
      ? { type: "PaymentDeclined", reason: "over the limit" }
      : { type: "PaymentCaptured", chargeId: `charge-${orderId}` };
  }

  function refund({ orderId, chargeId }: RefundRequest): EventData {
    if (chargeId !== `charge-${orderId}` || standing(orderId) === "none" || standing(orderId) === "declined") {
      throw new Error(`A refund of ${orderId} is asked for, which stands at ${standing(orderId)}`);
    }
    ledger.set(orderId, "refunded");
    return { type: "PaymentRefunded" };
  }

  return {
    standing,
    outcomes(activity, input) {
      const request = input as RefundRequest;
      const known = `${activity} of ${request.orderId}`;
      if ((keys.get(known) ?? request.key) !== request.key) throw new Error(`${known} is asked under two keys`);
      keys.set(known, request.key);
      const call = () => (activity === "capturePayment" ? capture(request) : refund(request));
      const ways = [
        { name: "answered", outcome: call },
        { name: "failed on the way", outcome: lost },
        { name: "answer lost", outcome: (id: string) => (call(), lost(id)) },
      ];
      if (activity === "refundPayment") {
        ways.push({ name: "refused", outcome: () => ({ type: "RefundDeclined", reason: "ask your bank" }) });
      }
      return ways;
    },
  };
}
