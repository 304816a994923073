import type { OrderContext } from "../../machines/order/context.ts";
import type { OrderPlaced } from "../../machines/order/events.ts";
import type { RecordedCharge, ShopBooks } from "./books.ts";
import type { Breach, Invariant } from "./invariant.ts";
import { last, type Life, type Lives, livesOfType, type Moment } from "./lives.ts";

/** By order. */
function chargesByOrder({ charges }: ShopBooks): Map<string, RecordedCharge[]> {
  return Map.groupBy(charges, ({ orderId }) => orderId);
}

const takenIsAuthorised: Invariant<ShopBooks> = {
  name: "refunded ≤ captured ≤ authorised, by the provider's own record",
  *breaches(books, lives) {
    for (const [orderId, charges] of chargesByOrder(books)) {
      const stream = `order/${orderId}`;
      const placed = lives.get(stream)?.moments[0]?.data as unknown as OrderPlaced | undefined;
      if (placed === undefined) {
        yield { stream, sentence: "was charged, and does not exist" };
        continue;
      }
      const taken = charges.filter(({ status }) => status !== "declined");
      const captured = taken.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      if (captured > BigInt(placed.total.amount)) {
        yield { stream, sentence: `was charged ${captured} in ${taken.length} charges, of ${placed.total.amount}` };
      }
      for (const { currency } of taken) {
        if (currency !== placed.total.currency) yield { stream, sentence: `was charged in ${currency}` };
      }
    }
  },
};

/** What a payment has recorded, the provider has done. The reverse takes time: an answer may be on its way. */
const ANSWERS: Readonly<Record<string, readonly RecordedCharge["status"][]>> = {
  PaymentCaptured: ["captured", "refunded"],
  PaymentDeclined: ["declined"],
  PaymentRefunded: ["refunded"],
};

/** Where a payment may end for each thing that the provider has done. After `refundFailed`, nobody knows. */
const ENDS: Readonly<Record<RecordedCharge["status"] | "none", readonly string[]>> = {
  captured: ["captured", "refundFailed"],
  declined: ["declined"],
  refunded: ["refunded", "refundFailed"],
  none: [],
};

const paymentsAreTheProvidersRecord: Invariant<ShopBooks> = {
  name: "payments are what the provider has recorded",
  *breaches(books, lives) {
    const byOrder = chargesByOrder(books);
    for (const payment of livesOfType(lives, "payment")) {
      const status = statusOf(byOrder.get(payment.ref.id));
      for (const { row } of payment.moments) {
        if (ANSWERS[row.type]?.includes(status as RecordedCharge["status"]) !== false) continue;
        yield { stream: payment.stream, sentence: `recorded ${row.type}, and the provider says ${status}` };
      }
      const { state } = last(payment).row;
      if (books.atRest && !ENDS[status].includes(state)) {
        yield { stream: payment.stream, sentence: `ended in ${state}, and the provider says ${status}` };
      }
    }
  },
};

function statusOf(charges: readonly RecordedCharge[] = []): RecordedCharge["status"] | "none" {
  const taken = charges.find(({ status }) => status === "captured") ??
    charges.find(({ status }) => status === "refunded");
  return (taken ?? charges[0])?.status ?? "none";
}

const PAID = ["confirmed", "shipped", "delivered"];

const ordersArePaid: Invariant<ShopBooks> = {
  name: "what is confirmed is paid",
  *breaches(books, lives) {
    const byOrder = chargesByOrder(books);
    for (const order of livesOfType(lives, "order")) {
      const { state } = last(order).row;
      const status = statusOf(byOrder.get(order.ref.id));
      if (PAID.includes(state) && status !== "captured") {
        yield { stream: order.stream, sentence: `is ${state}, and the provider says ${status}` };
      }
    }
  },
};

/** Whoever calls first and commits afterwards has called for nothing when the commit does not come. */
const intentBeforeCall: Invariant<ShopBooks> = {
  name: "an effect's intent is committed before its call",
  *breaches(books, lives) {
    const intents = intentsOf(lives);
    for (const { activity, key, head } of books.calls) {
      const intent = intents.get(key);
      if (intent === undefined || intent.row.position > head) {
        yield { stream: "", sentence: `${activity} was called under ${key} at ${head}, before that was committed` };
      }
    }
    for (const { orderId, key, chargedAt, refundedAt } of books.charges) {
      const stream = `payment/${orderId}`;
      yield* calledAfter(stream, "charge", intents.get(key), chargedAt ?? undefined);
      if (refundedAt !== null && refundedAt !== undefined) {
        yield* calledAfter(stream, "refund", intents.get(`refund:${orderId}`), refundedAt);
      }
    }
  },
};

/** The first moment at which each key was to be used. */
function intentsOf(lives: Lives): Map<string, Moment> {
  const intents = new Map<string, Moment>();
  for (const { moments } of livesOfType(lives, "payment")) {
    for (const moment of moments) {
      for (const effect of moment.effects) {
        if (effect.kind !== "activity") continue;
        const { key } = effect.input as { key: string };
        if (!intents.has(key)) intents.set(key, moment);
      }
    }
  }
  return intents;
}

function* calledAfter(
  stream: string,
  what: string,
  intent: Moment | undefined,
  at: number | undefined,
): Generator<Breach> {
  if (intent === undefined) yield { stream, sentence: `the provider has a ${what} that nobody intended` };
  else if (at !== undefined && at < intent.row.recordedAt) {
    yield { stream, sentence: `the ${what} came ${intent.row.recordedAt - at} ms before it was intended` };
  }
}

/** Except what an operator has answered for. */
export function isSkipped(order: Life): { readonly refund: boolean; readonly lines: ReadonlySet<number> } {
  const { items = [], refund } = (last(order).context ?? {}) as Partial<OrderContext>;
  const lines = [...items.entries()].filter(([, { reservation }]) => reservation === "skipped").map(([line]) => line);
  return { refund: refund === "skipped", lines: new Set(lines) };
}

export const MONEY_INVARIANTS = [takenIsAuthorised, paymentsAreTheProvidersRecord, ordersArePaid, intentBeforeCall];
