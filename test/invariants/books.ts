/**
 * What a run leaves behind, as plain data: whatever ran (machines in memory, simulated nodes, real processes on a real
 * database), the same invariants are asked of it.
 */
import type { DeadLetter, StoredEvent, WaitingRow } from "../../src/store/store.ts";

/** The runtime's books; they know nothing of a shop. */
export interface LogBooks {
  /** The whole log, in the order of its positions. */
  readonly events: readonly StoredEvent[];
  /** Undefined: nobody has looked. */
  readonly waiting?: readonly Pick<WaitingRow, "stream" | "dueAt" | "open">[] | undefined;
  readonly deadLetters: readonly (Pick<DeadLetter, "reason" | "stream" | "source"> & { readonly detail?: string })[];
  /** What was answered to those who proposed something. */
  readonly requests: readonly AnsweredRequest[];
  /** The moment at which the books were read, in ms by the store's clock. */
  readonly now: number;
  /** True when every fault has healed and time enough has passed: then everything must have come to an end. */
  readonly atRest: boolean;
}

/** One proposal as its proposer knows it: by its message id, or by the stream that it was to create. */
export type AnsweredRequest =
  & ({ readonly messageId: string } | { readonly creates: string })
  /** The last word that was heard. `unknown`: there was none, the line was cut or the node died. */
  & { readonly outcome: "acknowledged" | "refused" | "unknown" };

export interface ShopBooks extends LogBooks {
  /** The payment provider's own record: the independent witness. */
  readonly charges: readonly RecordedCharge[];
  /** The provider's calls as they came in, as far as somebody has watched them. */
  readonly calls: readonly ProviderCall[];
  /** The read model of orders, or undefined: nobody has looked. */
  readonly projected?: ProjectedOrders | undefined;
}

export interface RecordedCharge {
  readonly orderId: string;
  /** The caller's idempotency key. */
  readonly key: string;
  /** Minor units. */
  readonly amount: string;
  readonly currency: string;
  readonly status: "captured" | "refunded" | "declined";
  /** Ms since the epoch by the store's clock. */
  readonly chargedAt?: number | undefined;
  readonly refundedAt?: number | null | undefined;
}

export interface ProviderCall {
  readonly activity: "capturePayment" | "refundPayment";
  readonly key: string;
  /** The head of the log at the moment of the call. */
  readonly head: number;
}

export interface ProjectedOrders {
  /** The rows are the fold of the log up to this position. */
  readonly checkpoint: number;
  /** Whole rows or parts of them; what a row has is compared. */
  readonly rows: readonly (Pick<ProjectedOrder, "id"> & Partial<ProjectedOrder>)[];
}

export interface ProjectedOrder {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly status: string;
  readonly customerId: string;
  readonly items: unknown;
  readonly shippingAddress: unknown;
  readonly trackingNumber: string | null;
  readonly total: { readonly amount: string; readonly currency: string };
  readonly placedPosition: number;
}
