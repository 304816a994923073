import { z } from "zod";

/** ISO 4217 codes the shop trades in, each with the number of its minor digits. */
export const MINOR_DIGITS = { CHF: 2, DKK: 2, EUR: 2, GBP: 2, JPY: 0, NOK: 2, PLN: 2, SEK: 2, USD: 2 } as const;

export type Currency = keyof typeof MINOR_DIGITS;

/** The largest amount anywhere, in minor units: it leaves room to multiply in a 64-bit column. */
export const MAX_AMOUNT = 1_000_000_000_000n;

/** An exact amount: a decimal string of minor units, so that no JSON reader rounds it. `{ amount: "2999", currency: "EUR" }` is 29.99 €. */
export interface Money {
  readonly amount: string;
  readonly currency: Currency;
}

export const moneySchema = z.strictObject({
  amount: z.string().regex(/^(0|[1-9][0-9]{0,12})$/, 'whole minor units as a decimal string, such as "2999" for 29.99')
    .refine((text) => /^\d{1,13}$/.test(text) && BigInt(text) <= MAX_AMOUNT, `at most ${MAX_AMOUNT} minor units`),
  currency: z.enum(Object.keys(MINOR_DIGITS) as [Currency, ...Currency[]]),
});

/** `unitPrice × quantity`, exactly. */
export function times(price: Money, quantity: number): Money {
  return { amount: (BigInt(price.amount) * BigInt(quantity)).toString(), currency: price.currency };
}

/** The sum of amounts in one currency; throws on an empty list or on mixed currencies. */
export function sum(amounts: readonly Money[]): Money {
  const [first] = amounts;
  if (first === undefined) throw new Error("Nothing to add up");
  let total = 0n;
  for (const { amount, currency } of amounts) {
    if (currency !== first.currency) {
      throw new Error(`One currency an order: ${first.currency} and ${currency} do not mix`);
    }
    total += BigInt(amount);
  }
  return { amount: total.toString(), currency: first.currency };
}
