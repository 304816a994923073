/** The payment provider over HTTP, with failpoints around the calls that cost money. */
import { httpProvider as create } from "../../../../src/shop/payments/http-provider.ts";
import type { ChargeBooks, PaymentProvider } from "../../../../src/shop/payments/provider.ts";
import { passing } from "../failpoint.ts";

export function httpProvider(baseUrl: string): PaymentProvider & ChargeBooks {
  const provider = create(baseUrl);
  return {
    ...provider,
    async capture(request, signal) {
      passing("capture before call");
      const answer = await provider.capture(request, signal);
      passing("capture after call");
      return answer;
    },
    async refund(request, signal) {
      passing("refund before call");
      const answer = await provider.refund(request, signal);
      passing("refund after call");
      return answer;
    },
  };
}
