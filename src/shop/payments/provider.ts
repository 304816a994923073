import type { CaptureRequest, RefundRequest } from "../../../machines/payment/machine.ts";

/** Somebody who takes money. An outcome that nobody knows (no answer, a server's error) is thrown, never guessed. */
export interface PaymentProvider {
  /** Takes the money at most once for the key, however often it is asked. */
  capture(request: CaptureRequest, signal: AbortSignal): Promise<CaptureAnswer>;
  /** Gives an order's money back, once. */
  refund(request: RefundRequest, signal: AbortSignal): Promise<RefundAnswer>;
}

/** The provider's own books: the independent witness of what was charged. */
export interface ChargeBooks {
  /** What has become of an order's money; undefined when nothing was ever charged. Throws when there is no answer. */
  charge(orderId: string, signal: AbortSignal): Promise<Charge | undefined>;
}

export interface Charge {
  readonly orderId: string;
  readonly amount: string;
  readonly currency: string;
  /** In the provider's words: `captured`, `refunded`, `declined`. */
  readonly status: string;
}

export type CaptureAnswer =
  | { readonly outcome: "captured"; readonly chargeId: string }
  | { readonly outcome: "declined"; readonly reason: string };

export type RefundAnswer = { readonly outcome: "refunded" } | { readonly outcome: "declined"; readonly reason: string };
