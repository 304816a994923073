import type { PaymentEvent } from "../../../machines/payment/events.ts";
import type { CaptureRequest, RefundRequest } from "../../../machines/payment/machine.ts";
import type { Activity, RetryPolicy } from "../../runtime/definition.ts";
import type { PaymentProvider } from "./provider.ts";

const RETRY: RetryPolicy = { attempts: 8, backoffMs: 200, maxBackoffMs: 10_000, timeoutMs: 5_000 };
const CONCURRENCY = 32;

/**
 * The work behind the payment machine's invokes. What the provider says becomes an event; what it does not say is
 * asked again under the same key, and when the attempts run out, the machine decides.
 */
export function paymentActivities(
  provider: PaymentProvider,
): Readonly<Record<"capturePayment" | "refundPayment", Activity>> {
  return {
    capturePayment: {
      answersWithEvent: true,
      retry: RETRY,
      concurrency: CONCURRENCY,
      async run(request: CaptureRequest, { signal }): Promise<PaymentEvent> {
        const answer = await provider.capture(request, signal);
        return answer.outcome === "captured"
          ? { type: "PaymentCaptured", chargeId: answer.chargeId }
          : { type: "PaymentDeclined", reason: answer.reason };
      },
    },
    refundPayment: {
      answersWithEvent: true,
      retry: RETRY,
      concurrency: CONCURRENCY,
      async run(request: RefundRequest, { signal }): Promise<PaymentEvent> {
        const answer = await provider.refund(request, signal);
        return answer.outcome === "refunded"
          ? { type: "PaymentRefunded" }
          : { type: "RefundDeclined", reason: answer.reason };
      },
    },
  };
}
