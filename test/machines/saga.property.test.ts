/**
 * The proof of the saga: whatever the order in which messages, time-outs, answers of the provider and decisions of
 * people arrive, every order ends well or is handed to an operator, goods and money add up, and no message is refused
 * that somebody still cares for.
 */
import { env } from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OrderContext } from "../../machines/order/context.ts";
import { obligationsOf } from "../../machines/order/obligations.ts";
import type { StockContext } from "../../machines/stock/counts.ts";
import { pathOf } from "../support/machine-stepper.ts";
import type { Refusal } from "../support/message-pump.ts";
import { type Outcome, type Plan, simulate } from "../support/shop-simulation.ts";

/** Per kind of operator; a few seconds in all. A night's worth: `TEST_PROPERTY_RUNS=50000`. */
const RUNS = Number(env.TEST_PROPERTY_RUNS ?? 200);
const TIMEOUT_MS = 30_000 + RUNS * 100;

const order = fc.record({
  lines: fc.array(fc.record({ product: fc.nat(2), quantity: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  declined: fc.boolean(),
  ships: fc.boolean(),
});

const plan = (operators: Plan["operators"]): fc.Arbitrary<Plan> =>
  fc.record({
    stocks: fc.array(fc.oneof(fc.nat(4), fc.constant(99)), { minLength: 3, maxLength: 3 }),
    orders: fc.array(order, { minLength: 1, maxLength: 3 }),
    operators: fc.constant(operators),
    choices: fc.array(fc.nat(1_000_000), { maxLength: 120, size: "max" }),
  });

describe.each(["absent", "retry", "skip", "giveUp"] as const)("with operators: %s", (operators) => {
  test("every interleaving ends well", { timeout: TIMEOUT_MS }, () => {
    const endings = new Map<string, number>();
    fc.assert(
      fc.property(plan(operators), (planned) => {
        const outcome = simulate(planned);
        try {
          expectWell(outcome, planned);
        } catch (error) {
          throw new Error(`${String(error)}\nafter:\n  ${outcome.trace.join("\n  ")}`, { cause: error });
        }
        for (const [stream, { snapshot }] of outcome.pump.actors) {
          if (!stream.startsWith("order/")) continue;
          const ending = pathOf(snapshot);
          endings.set(ending, (endings.get(ending) ?? 0) + 1);
        }
      }),
      { numRuns: RUNS },
    );
    const stuck = operators === "absent" ? ["needsIntervention"] : [];
    expect([...endings.keys()]).toEqual(expect.arrayContaining(["cancelled", "delivered", ...stuck]));
  });
});

function expectWell({ pump, provider, held, released }: Outcome, { operators }: Plan): void {
  const contexts = new Map<string, OrderContext>();
  for (const [stream, { snapshot }] of pump.actors) {
    if (stream.startsWith("order/")) contexts.set(stream.slice("order/".length), snapshot.context as OrderContext);
  }
  expect(pump.refusals.filter((refusal) => !wasGivenUp(refusal, contexts))).toEqual([]);

  const reserved = new Map<string, number>();
  for (const [id, context] of contexts) {
    const actor = pump.actors.get(`order/${id}`);
    const ending = actor === undefined ? "" : pathOf(actor.snapshot);
    expect(["delivered", "cancelled", "needsIntervention"]).toContain(ending);
    if (operators !== "absent") expect(ending, "operators see to it in the end").not.toBe("needsIntervention");
    expectPayment(ending, context, provider.standing(id));
    context.items.forEach(({ productId, quantity, reservation }, line) => {
      const really = held.has(`${id}/${line}`);
      if (reservation !== "skipped") expect(really, `${id}/${line} is ${reservation}`).toBe(reservation === "reserved");
      if (really) reserved.set(productId, (reserved.get(productId) ?? 0) + quantity);
    });
    const confirmed = (released.get(`order/${id}`) ?? []).filter((line) =>
      context.items[line]?.reservation !== "skipped"
    );
    expect(confirmed).toEqual(linesIn(context, "released"));
  }
  for (const [stream, { snapshot }] of pump.actors) {
    if (!stream.startsWith("stock/")) continue;
    const stock = snapshot.context as StockContext;
    expect(stock.reserved).toBe(reserved.get(stock.id) ?? 0);
    expect(stock.deferred).toEqual([]);
  }
}

function expectPayment(ending: string, context: OrderContext, standing: string): void {
  if (ending === "delivered") expect(standing).toBe("captured");
  if (ending === "cancelled" && context.refund !== "skipped") {
    expect(["none", "declined", "refunded"]).toContain(standing);
    expect(context.items.filter(({ reservation }) => reservation === "reserved")).toEqual([]);
  }
  if (ending === "needsIntervention") {
    expect(obligationsOf(context)[0]).toMatchObject({ kind: "refund", progress: "failed" });
  }
}

/** The lines that stand there, from the last to the first. */
function linesIn({ items }: OrderContext, reservation: string): number[] {
  return items.flatMap((item, line) => (item.reservation === reservation ? [line] : [])).reverse();
}

/** The answer to something that an operator had skipped may come to an order that is over. Nothing else is refused. */
function wasGivenUp({ why, to, event }: Refusal, orders: ReadonlyMap<string, OrderContext>): boolean {
  const context = to.type === "order" && why === "finished" ? orders.get(to.id) : undefined;
  if (context === undefined) return false;
  if (event.type.startsWith("Stock")) return context.items[Number(event.line)]?.reservation === "skipped";
  return context.refund === "skipped";
}
