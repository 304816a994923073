import type { CaptureRequest, RefundRequest } from "../../../machines/payment/machine.ts";

/** Somebody who takes money. An outcome that nobody knows (no answer, a server's error) is thrown, never guessed. */
export interface PaymentProvider {
  /** Takes the money at most once for the key, however often it is asked. */
  capture(request: CaptureRequest, signal: AbortSignal): Promise<CaptureAnswer>;
  /** Gives an order's money back, once. */
  refund(request: RefundRequest, signal: AbortSignal): Promise<RefundAnswer>;
}

export type CaptureAnswer =
  | { readonly outcome: "captured"; readonly chargeId: string }
  | { readonly outcome: "declined"; readonly reason: string };

export type RefundAnswer = { readonly outcome: "refunded" } | { readonly outcome: "declined"; readonly reason: string };
