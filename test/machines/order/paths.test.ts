import { type AnyStateMachine, createActor, SimulatedClock } from "xstate";
import { describe, expect, test } from "vitest";
import type { OrderContext } from "../../../machines/order/context.ts";
import { orderMachine } from "../../../machines/order/machine.ts";
import { begin, type EventData, pathOf, type Sent, step, type Stepped } from "../../support/machine-stepper.ts";
import { orderInput, type Scenario, SCENARIOS } from "./scenarios.ts";

describe("an order's ways", () => {
  test.each(SCENARIOS)("$name", ({ lines, turns }) => {
    let order = begin(orderMachine, orderInput(lines));
    expect(pathOf(order.snapshot)).toBe("reservingStock");
    expect(order.sent.map(inWords)).toEqual(
      Array.from({ length: lines }, (_, line) => `stock/p${line} ReservationRequested ${line}`),
    );
    const told: unknown[] = [];
    for (const [event] of turns) {
      order = step(order, eventOf(order, event));
      told.push([event, pathOf(order.snapshot), ...order.sent.map(inWords)]);
    }
    expect(told).toEqual(turns);
    expect(order.snapshot.status).toBe("done");
    expect([...order.timers]).toEqual([]);
  });

  test.each(SCENARIOS)("accepted from outside at every step: $name", ({ lines, turns }) => {
    let order = begin(orderMachine, orderInput(lines));
    for (const [event] of turns) {
      if (event !== "timeout") expect(order.snapshot.can(event), event.type).toBe(true);
      order = step(order, eventOf(order, event));
    }
  });

  test.each(SCENARIOS)("the same in a plain XState actor: $name", (scenario) => {
    const { states, output } = runPlain(orderMachine, scenario, () => {});
    expect(states).toEqual(scenario.turns.map(([, state]) => state));
    expect(output).toBe("done");
  });

  test("together they take every transition", () => {
    const taken = new Set<unknown>();
    for (const scenario of SCENARIOS) runPlain(orderMachine, scenario, (transition) => taken.add(transition));
    const untaken = transitionsBelow((orderMachine as AnyStateMachine).root).filter(({ definition }) =>
      !taken.has(definition)
    );
    expect(untaken.map(({ words }) => words)).toEqual([]);
  });
});

describe("what an order remembers", () => {
  const contextAfter = (name: string): OrderContext => {
    const scenario = SCENARIOS.find((candidate) => candidate.name === name);
    if (scenario === undefined) throw new Error(`No scenario "${name}"`);
    let order = begin(orderMachine, orderInput(scenario.lines));
    for (const [event] of scenario.turns) order = step(order, eventOf(order, event));
    return order.snapshot.context;
  };

  test.each([
    ["sent somewhere else while it can be", { shippingAddress: expect.objectContaining({ line1: "2 Side Street" }) }],
    ["delivered", { reason: null, charge: "captured", refund: "none", trackingNumber: "T-1", deliveryAssumed: false }],
    ["delivery assumed when nobody confirms it", { trackingNumber: null, deliveryAssumed: true }],
    ["sold out: what was reserved goes back", {
      reason: "Out of stock: item 2 asks for 2, 0 available",
      charge: "none",
      refund: "none",
    }],
    ["declined", { reason: "Payment declined: over the limit", charge: "declined", refund: "none" }],
    ["cancelled while the payment is taken, captured all the same", {
      reason: "changed my mind",
      charge: "captured",
      refund: "refunded",
    }],
    ["cancelled while the payment is taken, declined meanwhile", { charge: "declined", refund: "voided" }],
    ["the payment does not answer in time", { reason: "Payment did not answer in time" }],
    ["not shipped in time", { reason: "Not shipped in time" }],
    ["stock does not answer in time, but later", { reason: "Stock did not answer in time", problem: null }],
    ["the refund fails and an operator has it tried again", {
      problem: "The refund failed: account closed",
      refund: "refunded",
      retries: 1,
    }],
    ["a refund that was skipped is made all the same while stock goes back", { charge: "captured", refund: "skipped" }],
    ["nobody comes, then somebody resolves it", { reminders: 2, problem: "Stock did not answer in time" }],
  ])("%s", (name, expected) => {
    expect(contextAfter(name)).toMatchObject(expected);
  });

  test.each([
    ["delivered", ["shipped", "shipped"]],
    ["sold out: what was reserved goes back", ["released", "denied"]],
    ["an unanswered line is skipped; its late answer is heard and nothing more", ["released", "skipped"]],
    ["nobody comes, then somebody resolves it", ["skipped", "skipped"]],
  ])("its lines: %s", (name, expected) => {
    expect(contextAfter(name).items.map(({ reservation }) => reservation)).toEqual(expected);
  });

  test("a cancellation without a reason gets one", () => {
    const order = step(begin(orderMachine, orderInput(1)), { type: "CancellationRequested" });
    expect(order.snapshot.context.reason).toBe("Cancelled on request");
  });
});

/** The event itself, or that of the one timer that runs. */
function eventOf({ timers }: Stepped, event: EventData | "timeout"): EventData {
  if (event !== "timeout") return event;
  const [timer, ...others] = [...timers.values()];
  if (timer === undefined || others.length > 0) throw new Error(`${timers.size} timers run instead of one`);
  return timer.event;
}

function inWords({ to, event }: Sent): string {
  return [`${to.type}/${to.id}`, event.type, ...("line" in event ? [event.line] : [])].join(" ");
}

/** Runs a scenario in `createActor`; a time-out is the simulated clock's. */
function runPlain(machine: AnyStateMachine, { lines, turns }: Scenario, take: (transition: unknown) => void) {
  const clock = new SimulatedClock();
  const actor = createActor(machine, {
    input: orderInput(lines),
    clock,
    inspect: (inspected) => {
      if (inspected.type === "@xstate.microstep") inspected._transitions.forEach(take);
    },
  });
  actor.start();
  let order = begin(orderMachine, orderInput(lines));
  const states = turns.map(([event]) => {
    if (event === "timeout") clock.increment([...order.timers.values()][0]?.delayMs ?? 0);
    else actor.send(event);
    order = step(order, eventOf(order, event));
    return pathOf(actor.getSnapshot());
  });
  return { states, output: actor.getSnapshot().status };
}

function transitionsBelow(node: AnyStateMachine["root"]): { definition: unknown; words: string }[] {
  const own = [...node.transitions.values(), node.always ?? []].flat();
  return [
    ...own.map((definition) => ({
      definition,
      words: `${node.id} –${definition.eventType} [${String(definition.guard ?? "")}]→ ${
        definition.target?.map(({ id }) => id) ?? ""
      }`,
    })),
    ...Object.values(node.states).flatMap(transitionsBelow),
  ];
}
