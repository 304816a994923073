/** What every machine of the shop keeps to, so that the runtime can make it durable and a picture can name its parts. */
import { type AnyStateMachine, createActor } from "xstate";
import { describe, expect, test } from "vitest";
import { conversationMachine } from "../../machines/conversation/machine.ts";
import { customerMachine } from "../../machines/customer/machine.ts";
import { orderMachine } from "../../machines/order/machine.ts";
import { ORDER_STATUSES } from "../../machines/order/status.ts";
import { paymentMachine } from "../../machines/payment/machine.ts";
import { productMachine } from "../../machines/product/machine.ts";
import { stockMachine } from "../../machines/stock/machine.ts";
import { begin } from "../support/machine-stepper.ts";
import { orderInput } from "./order/scenarios.ts";

const price = { amount: "2999", currency: "EUR" };
const MACHINES: readonly (readonly [name: string, machine: AnyStateMachine, input: object])[] = [
  ["order", orderMachine, orderInput(2)],
  ["stock", stockMachine, { id: "p1", available: 3 }],
  ["payment", paymentMachine, { id: "o1", orderId: "o1", amount: price }],
  ["product", productMachine, { id: "p1", name: "Lamp", price, stock: 3 }],
  ["customer", customerMachine, { id: "c1", name: "Ada", email: "ada@example.org" }],
  ["conversation", conversationMachine, { id: "v1", orderId: "o1", text: "Where is it?" }],
];

type Node = AnyStateMachine["root"];

/** States in which an entity simply is, however long; everything else that is no end waits for something. */
const AT_REST = new Set([
  "stock.open",
  "payment.captured",
  "payment.declined",
  "payment.refunded",
  "payment.refundFailed",
  "product.listed",
  "product.withdrawn",
  "customer.registered",
]);

describe.each(MACHINES)("the machine %s", (name, machine, input) => {
  const nodes = nodesBelow(machine.root);
  const leaves = nodes.filter(({ type }) => type !== "compound");

  test("is called like its actor type", () => {
    expect(machine.id).toBe(name);
  });

  test("says in one sentence what each of its states means", () => {
    const silent = nodes.filter(({ description }) => !/^[A-Z][^]*\.$/.test(description ?? ""));
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  test("names its guards, actions, delays and activities by strings", () => {
    const inline = functionsIn(machine.config, machine.id);
    expect(inline.filter((path) => !/^\w+\.context$|\.invoke\.input$/.test(path))).toEqual([]);
  });

  test("has an implementation for every name, and a use for every implementation", () => {
    const { guards, actions, actors, delays } = machine.implementations;
    const implemented = [guards, actions, actors, delays].flatMap((kind) => Object.keys(kind));
    expect([...namesIn(machine.root)].sort()).toEqual(implemented.sort());
  });

  test("has a time-out in every waiting state", () => {
    const waiting = leaves.filter((node) => node.type !== "final" && !isTransient(node) && !AT_REST.has(node.id));
    // The runtime bounds an activity; its outcome always comes.
    const endless = waiting.filter((node) => node.after.length === 0 && node.invoke.length === 0);
    expect(endless.map(({ id }) => id)).toEqual([]);
  });

  test("can reach every state", () => {
    const reached = new Set<string>();
    const queue: Node[] = [machine.root];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      if (reached.has(node.id)) continue;
      reached.add(node.id);
      const next = [...node.transitions.values(), node.always ?? []].flat().flatMap(({ target }) => target ?? []);
      queue.push(...next, ...next.flatMap(({ parent }) => parent ?? []), ...(node.initial.target ?? []));
    }
    expect(nodes.filter(({ id }) => !reached.has(id)).map(({ id }) => id)).toEqual([]);
  });

  test("starts in a plain XState actor", () => {
    const actor = createActor(machine, { input });
    actor.start();
    expect(actor.getSnapshot().status).toBe("active");
    actor.stop();
  });

  test("holds nothing but JSON, and nothing but its own data", () => {
    const { snapshot } = begin(machine, input);
    expect(JSON.parse(JSON.stringify(snapshot.context))).toStrictEqual(snapshot.context);
  });
});

test("every state of an order carries exactly one status", () => {
  const leaves = nodesBelow((orderMachine as AnyStateMachine).root).filter(({ type }) => type !== "compound");
  const statuses = leaves.map(({ id, tags }) => [id, tags.filter((tag) => ORDER_STATUSES.some((s) => s === tag))]);
  expect(Object.fromEntries(statuses)).toEqual({
    "order.placed": ["pending"],
    "order.reservingStock": ["pending"],
    "order.chargingPayment": ["pending"],
    "order.confirmed": ["confirmed"],
    "order.shipped": ["shipped"],
    "order.delivered": ["delivered"],
    "order.compensating.refunding": ["cancelling"],
    "order.compensating.releasingStock": ["cancelling"],
    "order.needsIntervention": ["needsIntervention"],
    "order.cancelled": ["cancelled"],
  });
});

test("a plain XState actor of a payment takes the missing provider for an unknown outcome", async () => {
  const actor = createActor(paymentMachine, {
    input: { id: "o1", orderId: "o1", amount: { amount: "1", currency: "EUR" } },
  });
  const errors: unknown[] = [];
  actor.start();
  actor.system.inspect({ next: ({ type, ...rest }) => type === "@xstate.event" && errors.push(rest) });
  await expect.poll(() => actor.getSnapshot().value).toBe("uncertain");
  expect(JSON.stringify(errors, (_, value) => value instanceof Error ? value.message : value)).toContain(
    'supply the activity \\"capturePayment\\"',
  );
  actor.stop();
});

function nodesBelow(node: Node): Node[] {
  return [node, ...Object.values(node.states).flatMap(nodesBelow)];
}

/** Left again in the step in which it is entered. */
function isTransient(node: Node): boolean {
  return node.always?.some(({ guard }) => guard === undefined) ?? false;
}

function functionsIn(value: unknown, path: string): string[] {
  if (typeof value === "function") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => functionsIn(inner, `${path}.${key}`));
}

/** Every guard, action, delay and activity that the chart names. */
function namesIn(root: Node): Set<string> {
  const names = new Set<string>();
  const add = (named: unknown) => {
    if (typeof named === "string") names.add(named);
    else if (typeof named === "object" && named !== null && "type" in named) names.add(String(named.type));
  };
  for (const node of nodesBelow(root)) {
    [...node.entry, ...node.exit].filter((action) => typeof action !== "function").forEach(add);
    node.invoke.forEach(({ src }) => add(src));
    node.after.forEach(({ delay }) => add(delay));
    for (const { guard, actions } of [...node.transitions.values(), node.always ?? []].flat()) {
      add(guard);
      actions.forEach(add);
    }
  }
  return names;
}
