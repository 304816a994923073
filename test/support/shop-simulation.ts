/**
 * The whole saga in memory: order, stock, payment and product machines, a payment provider that may lose its answers,
 * customers who change their minds, operators, stocktakes, and time-outs that fire whenever they like. A plan decides
 * every move, so a run can be repeated and shrunk.
 */
import { type ActorRef, refOf } from "../../src/kernel/ids.ts";
import type { ActorState } from "../../src/runtime/actor-state.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import { failed, fired } from "../../src/runtime/outcomes.ts";
import type { Refused } from "../../src/runtime/receipt.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { shopActors } from "../../src/shop/actors.ts";
import type { ShopBooks } from "../invariants/books.ts";
import { createPump, type OpenOf, type Pump } from "./message-pump.ts";
import { createProvider, type Provider } from "./simulated-provider.ts";

export interface PlannedOrder {
  readonly lines: readonly { readonly product: number; readonly quantity: number }[];
  readonly declined: boolean;
  /** Whether it is shipped when nothing else is left to happen. */
  readonly ships: boolean;
}

export interface Plan {
  /** What is on the shelf of each product. */
  readonly stocks: readonly number[];
  readonly orders: readonly PlannedOrder[];
  readonly operators: keyof typeof DECISIONS;
  /** One number a move; when they are used up, everything that can still happen does. */
  readonly choices: readonly number[];
}

/** How a plan has ended. */
export interface Outcome {
  /** By stream. */
  readonly actors: ReadonlyMap<string, ActorState>;
  readonly books: ShopBooks;
  /** The moves in words. */
  readonly trace: readonly string[];
}

interface Move {
  readonly label: string;
  make(): void;
}

const nobody = () => Promise.reject(new Error("The provider is asked by hand"));
const SHOP = registerActors(shopActors({ capture: nobody, refund: nobody }));

const TIMEOUTS = {
  reservationMs: 1_000,
  paymentMs: 1_000,
  shipmentMs: 1_000,
  deliveryMs: 1_000,
  releaseMs: 1_000,
  refundMs: 1_000,
  reminderMs: 1_000,
};

/** What operators do with a stuck order. */
const DECISIONS = {
  absent: [],
  retry: ["CompensationRetried"],
  skip: ["CompensationSkipped"],
  giveUp: ["CompensationRetried", "CompensationSkipped", "InterventionResolved"],
} as const;

const PRICE = { amount: "1000", currency: "EUR" } as const;
const NO_ANSWER = { name: "Error", message: "no answer", code: "" };
const MAX_MOVES = 20_000;

/** Plays a plan to its end. Throws, with the moves in words, at the first moment at which something does not hold. */
export function simulate(plan: Plan): Outcome {
  const trace: string[] = [];
  try {
    return play(plan, trace);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nafter:\n  ${trace.join("\n  ")}`, {
      cause: error,
    });
  }
}

function play(plan: Plan, trace: string[]): Outcome {
  const pump = createPump(SHOP);
  const provider = createProvider((orderId) => plan.orders[Number(orderId)]?.declined === true, () => pump.head());
  plan.stocks.forEach((stock, id) => {
    must(pump.propose({ type: "product", id: `${id}` }, { type: "ProductListed", name: "thing", price: PRICE, stock }));
  });
  while (pump.routes().length > 0) deliverFirst(pump);

  const waiting = plan.orders.map((order, id) => place(pump, order, `${id}`));
  for (const choice of plan.choices) {
    const move = choose(choice, [
      [14, messages(pump)],
      [6, waiting.slice(0, 1).map((order) => ({ ...order, make: () => (waiting.shift(), order.make()) }))],
      [3, activities(pump, provider)],
      [1, timers(pump, () => true)],
      [1, customers(pump)],
      [1, staff(pump)],
      [2, operators(pump, plan.operators)],
      [1, warehouse(pump)],
    ]);
    if (move === undefined) break;
    trace.push(move.label);
    move.make();
  }
  trace.push("— from here on everything that can happen does —");
  for (const order of waiting) order.make();
  settle(plan, pump, provider, trace);
  const books = { ...pump.books(), charges: provider.charges(), calls: provider.calls };
  return { actors: pump.actors, books, trace };
}

/** Lets everything happen until the only thing left is an operator's decision. */
function settle(plan: Plan, pump: Pump, provider: Provider, trace: string[]): void {
  for (let moves = 0; moves < MAX_MOVES; moves++) {
    const finish = warehouse(pump).filter(({ label }) => label.endsWith("StocktakeFinished"));
    const [move] = [
      ...messages(pump),
      ...finish,
      ...activities(pump, provider).filter(({ label }) => label.endsWith(": answered")),
      ...staff(pump).filter(({ label }) => plan.orders[Number(label.split(" ")[0]?.slice(6))]?.ships === true),
      ...timers(pump, (id) => !id.includes("reminderInterval")),
      ...operators(pump, plan.operators),
    ];
    if (move === undefined) return;
    trace.push(move.label);
    move.make();
  }
  throw new Error("The shop never comes to rest");
}

function choose(choice: number, kinds: readonly [weight: number, moves: readonly Move[]][]): Move | undefined {
  const possible = kinds.filter(([, moves]) => moves.length > 0);
  const total = possible.reduce((sum, [weight]) => sum + weight, 0);
  let rest = choice % Math.max(total, 1);
  for (const [weight, moves] of possible) {
    if (rest < weight) return moves[Math.floor(choice / total) % moves.length];
    rest -= weight;
  }
  return undefined;
}

function place(pump: Pump, { lines }: PlannedOrder, id: string): Move {
  const items = lines.map(({ product, quantity }) => ({ productId: `${product}`, quantity, unitPrice: PRICE }));
  const shippingAddress = { line1: "1 High Street", city: "Town", postalCode: "1000", country: "DE" };
  const event = {
    type: "OrderPlaced",
    customerId: "somebody",
    items,
    total: PRICE,
    shippingAddress,
    timeouts: TIMEOUTS,
  };
  return { label: `order/${id} OrderPlaced`, make: () => must(pump.propose({ type: "order", id }, event)) };
}

function messages(pump: Pump): Move[] {
  return pump.routes().map((route) => ({ label: `deliver ${route}`, make: () => pump.deliver(route) }));
}

function deliverFirst(pump: Pump): void {
  const [route] = pump.routes();
  if (route !== undefined) pump.deliver(route);
}

function activities(pump: Pump, provider: Provider): Move[] {
  return openOf(pump, "activity").flatMap(([ref, activity]) =>
    provider.outcomes(activity.src, activity.input).map(({ name, outcome }) => ({
      label: `payment/${ref.id} ${activity.src}: ${name}`,
      make() {
        const answer = outcome();
        if (answer === undefined) return pump.settle(ref, failed(activity, NO_ANSWER));
        const { type, ...data } = answer;
        pump.settle(ref, { effectId: activity.id, type, data });
      },
    }))
  );
}

function timers(pump: Pump, wanted: (timerId: string) => boolean): Move[] {
  return openOf(pump, "timer").filter(([, { event }]) => wanted(event.type)).map(([ref, timer]) => ({
    label: `${ref.type}/${ref.id} times out: ${timer.event.type}`,
    make: () => pump.settle(ref, fired(timer)),
  }));
}

/** What is open of that kind, with whose it is. */
function openOf<Kind extends "activity" | "timer">(pump: Pump, kind: Kind): [ActorRef, OpenOf<Kind>][] {
  return [...pump.actors].flatMap(([stream, { open }]) =>
    open.filter((effect): effect is OpenOf<Kind> => effect.kind === kind).map(
      (effect): [ActorRef, OpenOf<Kind>] => [refOf(stream), effect],
    )
  );
}

function customers(pump: Pump): Move[] {
  return offers(pump, "order", [{ type: "CancellationRequested" }]);
}

function staff(pump: Pump): Move[] {
  return offers(pump, "order", [{ type: "OrderShipped", trackingNumber: "T-1" }, { type: "OrderDelivered" }]);
}

function operators(pump: Pump, policy: Plan["operators"]): Move[] {
  return offers(pump, "order", DECISIONS[policy].map((type) => ({ type, reason: "seen to" })));
}

function warehouse(pump: Pump): Move[] {
  return offers(pump, "stock", [
    { type: "StocktakeStarted" },
    { type: "StocktakeFinished" },
    { type: "StockReceived", quantity: 2 },
  ]);
}

/** The moves in which an actor of that type is told one of these events that it accepts. */
function offers(pump: Pump, type: string, events: readonly MachineEvent[]): Move[] {
  const actors = [...pump.actors.keys()].map(refOf).filter((ref) => ref.type === type);
  return actors.flatMap((ref) =>
    events.filter((event) => pump.accepts(ref, event)).map((event) => ({
      label: `${type}/${ref.id} ${event.type}`,
      make: () => must(pump.propose(ref, event)),
    }))
  );
}

function must(refused: Refused | undefined): void {
  if (refused !== undefined) throw new Error(`Refused though it was offered: ${refused.detail}`);
}
