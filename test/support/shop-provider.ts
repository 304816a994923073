/** A payment provider whose line can be bad, and its own books: the witness of what was charged, and of who asked when. */
import type { PaymentProvider } from "../../src/shop/payments/provider.ts";
import type { ProviderCall, RecordedCharge } from "../invariants/books.ts";

/** What comes of the calls from now on. `loses`: it is done, and nobody hears of it. `refuses` is for refunds. */
export type Mood = "answers" | "fails" | "loses" | "hangs" | "refuses";

export interface ShopProvider extends PaymentProvider {
  readonly charges: readonly RecordedCharge[];
  readonly calls: readonly ProviderCall[];
  feel(mood: Mood): void;
}

/** What is dearer than this is declined, in minor units. */
export const LIMIT = 100_000n;

/** @param head the newest position of the log, at the moment of a call */
export function createShopProvider(head: () => number): ShopProvider {
  const ledger = new Map<string, { -readonly [Member in keyof RecordedCharge]: RecordedCharge[Member] }>();
  const calls: ProviderCall[] = [];
  let mood: Mood = "answers";

  /** The call may not arrive, and its answer may not come back. */
  async function overTheLine<Answer>(call: ProviderCall, work: () => Answer): Promise<Answer> {
    calls.push(call);
    const now = mood;
    if (now === "hangs") return await new Promise<never>(() => {});
    if (now === "fails") throw new Error("The call did not arrive");
    const answer = work();
    if (now === "loses") throw new Error("The answer was lost");
    return answer;
  }

  return {
    get charges() {
      return [...ledger.values()];
    },
    calls,
    feel: (next) => void (mood = next),
    capture: ({ key, orderId, amount }) =>
      overTheLine({ activity: "capturePayment", key, head: head() }, () => {
        const status = BigInt(amount.amount) > LIMIT ? "declined" : "captured";
        const charge = ledger.get(key) ?? { orderId, key, ...amount, status };
        ledger.set(key, charge);
        return charge.status === "declined"
          ? { outcome: "declined", reason: "It is over the limit" }
          : { outcome: "captured", chargeId: `charge-${key}` };
      }),
    refund: ({ key, orderId }) =>
      overTheLine({ activity: "refundPayment", key, head: head() }, () => {
        if (mood === "refuses") return { outcome: "declined", reason: "The account is closed" };
        const charge = [...ledger.values()].find((one) => one.orderId === orderId && one.status !== "declined");
        if (charge === undefined) return { outcome: "declined", reason: "Nothing was captured" };
        charge.status = "refunded";
        return { outcome: "refunded" };
      }),
  };
}
