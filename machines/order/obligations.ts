import type { Money } from "../money.ts";
import type { OrderContext } from "./context.ts";

/**
 * Something that compensation has still to undo. `progress` says how far it is: a refund is `requested` (no answer
 * yet) or has `failed`; a line is `requested` (its stock has not even said whether it holds it), `reserved` (its turn
 * to be released has not come) or `releasing` (asked, not confirmed).
 */
export type Obligation =
  | { readonly kind: "refund"; readonly amount: Money; readonly progress: "requested" | "failed" }
  | {
    readonly kind: "release";
    readonly line: number;
    readonly productId: string;
    readonly quantity: number;
    readonly progress: "requested" | "reserved" | "releasing";
  };

/**
 * What an order that is being compensated still owes, in the order in which it is undone: the refund, then the lines
 * from the last to the first. The first one is what the order works on or is stuck with.
 */
export function obligationsOf({ items, refund, total }: OrderContext): Obligation[] {
  const open: Obligation[] = [];
  if (refund === "requested" || refund === "failed") open.push({ kind: "refund", amount: total, progress: refund });
  for (const [line, { productId, quantity, reservation }] of [...items.entries()].reverse()) {
    if (reservation !== "requested" && reservation !== "reserved" && reservation !== "releasing") continue;
    open.push({ kind: "release", line, productId, quantity, progress: reservation });
  }
  return open;
}

/** What changes in the context when an operator answers for these obligations. */
export function skip(
  context: OrderContext,
  obligations: readonly Obligation[],
): Pick<OrderContext, "items" | "refund"> {
  const lines = new Set(obligations.map((obligation) => obligation.kind === "release" ? obligation.line : undefined));
  return {
    items: context.items.map((item, line) => (lines.has(line) ? { ...item, reservation: "skipped" } : item)),
    refund: obligations.some(({ kind }) => kind === "refund") ? "skipped" : context.refund,
  };
}
