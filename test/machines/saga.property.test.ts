/**
 * The proof of the saga: whatever the order in which messages, time-outs, answers of the provider and decisions of
 * people arrive, every order ends well or is handed to an operator, goods and money add up, and no message is refused
 * that somebody still cares for.
 */
import { env } from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { violationsOf } from "../invariants/invariants.ts";
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
    const endings = new Set<string>();
    fc.assert(
      fc.property(plan(operators), (planned) => {
        const outcome = simulate(planned);
        try {
          expectWell(outcome, planned);
        } catch (error) {
          throw new Error(`${String(error)}\nafter:\n  ${outcome.trace.join("\n  ")}`, { cause: error });
        }
        for (const ending of endingsOf(outcome)) endings.add(ending);
      }),
      { numRuns: RUNS },
    );
    const stuck = operators === "absent" ? ["needsIntervention"] : [];
    expect([...endings]).toEqual(expect.arrayContaining(["cancelled", "delivered", ...stuck]));
  });
});

function expectWell(outcome: Outcome, { operators }: Plan): void {
  expect(violationsOf(outcome.books)).toEqual([]);
  const possible = operators === "absent"
    ? ["delivered", "cancelled", "needsIntervention"]
    : ["delivered", "cancelled"];
  for (const ending of endingsOf(outcome)) expect(possible, "operators see to it in the end").toContain(ending);
}

function endingsOf({ actors }: Outcome): string[] {
  return [...actors].filter(([stream]) => stream.startsWith("order/")).map(([, { path }]) => path);
}
