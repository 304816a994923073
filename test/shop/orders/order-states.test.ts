/** What lists offer is computed once from the machine's shape; it must be what the machine then accepts. */
import type { AnyStateNode } from "xstate";
import { describe, expect, test } from "vitest";
import { newOrder } from "../../../machines/order/context.ts";
import type { OrderEvent } from "../../../machines/order/events.ts";
import { orderMachine } from "../../../machines/order/machine.ts";
import { statusOf } from "../../../machines/order/status.ts";
import { DEFAULT_ORDER_TIMEOUTS } from "../../../src/shop/orders/order-timeouts.ts";
import { meaningOfState, ORDER_REQUESTS, type OrderRequest } from "../../../src/shop/orders/order-states.ts";

function leaves(node: AnyStateNode): AnyStateNode[] {
  const children = Object.values(node.states as Record<string, AnyStateNode>);
  return children.length === 0 ? [node] : children.flatMap(leaves);
}

const context = newOrder({
  id: "o",
  customerId: "c",
  items: [{ productId: "p", quantity: 1, unitPrice: { amount: "1", currency: "EUR" } }],
  total: { amount: "1", currency: "EUR" },
  shippingAddress: { line1: "1", city: "B", postalCode: "1", country: "DE" },
  timeouts: DEFAULT_ORDER_TIMEOUTS,
});

describe("in each state of the order machine", () => {
  test.each(leaves(orderMachine.root).map(({ path }) => path.join(".")))("%s", (state) => {
    const value = state.split(".").reduceRight<string | object>(
      (inner, key, at, { length }) => at === length - 1 ? key : { [key]: inner },
      "",
    );
    const snapshot = orderMachine.resolveState({ value: value as never, context });
    const { status, offers } = meaningOfState(state);
    expect(status).toBe(statusOf(snapshot.tags));
    const accepted = (Object.keys(ORDER_REQUESTS) as OrderRequest[]).filter((request) =>
      snapshot.can({ type: ORDER_REQUESTS[request] } as OrderEvent)
    );
    expect(offers).toEqual(snapshot.status === "active" ? accepted : []);
  });

  test("and in no other", () => {
    expect(() => meaningOfState("somewhere")).toThrow(/no state "somewhere"/);
  });
});
