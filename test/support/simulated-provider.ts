import type { CaptureRequest, RefundRequest } from "../../machines/payment/machine.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { ProviderCall, RecordedCharge } from "../invariants/books.ts";

export interface Provider {
  /** What has become of the orders' money: the independent witness. */
  charges(): RecordedCharge[];
  readonly calls: readonly ProviderCall[];
  /** The ways in which one call can end. `outcome` makes it so, and answers what is heard of it; undefined: nothing. */
  outcomes(activity: string, input: unknown): { name: string; outcome(): MachineEvent | undefined }[];
}

/**
 * A payment provider that is asked over a bad line: a call may fail before it arrives, or its answer may be lost.
 * Like a real one it does the same thing once per key, whatever it is asked again.
 * @param head how many events there are
 */
export function createProvider(declines: (orderId: string) => boolean, head: () => number): Provider {
  const ledger = new Map<string, RecordedCharge>();
  const calls: ProviderCall[] = [];

  function capture({ key, orderId, amount }: CaptureRequest): MachineEvent {
    const charge = ledger.get(key) ??
      { orderId, key, ...amount, status: declines(orderId) ? "declined" as const : "captured" as const };
    ledger.set(key, charge);
    return charge.status === "declined"
      ? { type: "PaymentDeclined", reason: "over the limit" }
      : { type: "PaymentCaptured", chargeId: `charge-${orderId}` };
  }

  function refund({ orderId, chargeId }: RefundRequest): MachineEvent {
    const charge = [...ledger.values()].find((one) => one.orderId === orderId);
    if (chargeId !== `charge-${orderId}` || charge === undefined || charge.status === "declined") {
      throw new Error(`A refund of ${orderId} is asked for, which stands at ${charge?.status ?? "none"}`);
    }
    ledger.set(charge.key, { ...charge, status: "refunded" });
    return { type: "PaymentRefunded" };
  }

  return {
    calls,
    charges: () => [...ledger.values()],
    outcomes(name, input) {
      const request = input as RefundRequest;
      const activity = name as ProviderCall["activity"];
      const call = () => {
        calls.push({ activity, key: request.key, head: head() });
        return activity === "capturePayment" ? capture(request) : refund(request);
      };
      const ways: { name: string; outcome(): MachineEvent | undefined }[] = [
        { name: "answered", outcome: call },
        { name: "failed on the way", outcome: () => undefined },
        { name: "answer lost", outcome: () => void call() },
      ];
      if (activity === "refundPayment") {
        ways.push({ name: "refused", outcome: () => ({ type: "RefundDeclined", reason: "ask your bank" }) });
      }
      return ways;
    },
  };
}
