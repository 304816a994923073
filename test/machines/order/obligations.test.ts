import { describe, expect, test } from "vitest";
import { newOrder, type OrderContext, type Reservation } from "../../../machines/order/context.ts";
import { obligationsOf, skip } from "../../../machines/order/obligations.ts";
import { ORDER_STATUSES, statusOf } from "../../../machines/order/status.ts";
import { orderInput } from "./scenarios.ts";

function order(reservations: readonly Reservation[], refund: OrderContext["refund"]): OrderContext {
  const context = newOrder(orderInput(reservations.length));
  const items = context.items.map((item, line) => ({ ...item, reservation: reservations[line] ?? "none" }));
  return { ...context, items, refund };
}

describe("what an order owes", () => {
  test("the refund first, then the lines from the last to the first, with how far each is", () => {
    const context = order(["reserved", "denied", "requested", "releasing", "released"], "failed");
    expect(obligationsOf(context)).toEqual([
      { kind: "refund", amount: { amount: "44985", currency: "EUR" }, progress: "failed" },
      { kind: "release", line: 3, productId: "p3", quantity: 4, progress: "releasing" },
      { kind: "release", line: 2, productId: "p2", quantity: 3, progress: "requested" },
      { kind: "release", line: 0, productId: "p0", quantity: 1, progress: "reserved" },
    ]);
  });

  test.each(
    [
      ["none", 0],
      ["requested", 1],
      ["failed", 1],
      ["refunded", 0],
      ["voided", 0],
      ["skipped", 0],
    ] as const,
  )("a refund that is %s is %i obligation(s)", (refund, count) => {
    expect(obligationsOf(order(["denied"], refund))).toHaveLength(count);
  });

  test.each(["none", "denied", "released", "shipped", "skipped"] as const)(
    "a line that is %s is none",
    (reservation) => {
      expect(obligationsOf(order([reservation], "none"))).toEqual([]);
    },
  );

  test("skipping leaves everything else as it is", () => {
    const context = order(["reserved", "releasing"], "failed");
    expect(skip(context, obligationsOf(context).slice(0, 1))).toEqual({ items: context.items, refund: "skipped" });
    const settled: OrderContext = { ...context, refund: "refunded" };
    const { items, refund } = skip(settled, obligationsOf(settled).slice(0, 1));
    expect(items.map(({ reservation }) => reservation)).toEqual(["reserved", "skipped"]);
    expect(refund).toBe("refunded");
    expect(obligationsOf({ ...context, ...skip(context, obligationsOf(context)) })).toEqual([]);
  });
});

describe("the status among the tags", () => {
  test.each(ORDER_STATUSES)("%s", (status) => {
    expect(statusOf(new Set(["other", status]))).toBe(status);
    expect(statusOf([status])).toBe(status);
  });

  test("none is an error that names the tags", () => {
    expect(() => statusOf(["other"])).toThrow("No order status among the tags [other]");
  });
});
