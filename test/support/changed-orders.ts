/**
 * Changes that somebody might make to the order machine. Safe by construction: nothing that a stored order has been
 * told would be refused, none ends up in another state, and whatever it waits for still comes and is heard.
 */
import { type AnyStateMachine, assign, sendTo } from "xstate";
import { actorRef } from "../../machines/actor-ref.ts";
import type { OrderContext } from "../../machines/order/context.ts";
import { orderMachine } from "../../machines/order/machine.ts";

interface Config {
  [key: string]: Config;
}

export interface MachineChange {
  readonly name: string;
  readonly machine: AnyStateMachine;
}

/** The machine with an edited configuration. */
function edited(name: string, edit: (states: Config, config: Config) => void): MachineChange {
  const config = copy(orderMachine.config as never);
  edit(config["states"]!, config);
  const { implementations } = orderMachine;
  const made = new (orderMachine.constructor as new (config: unknown, implementations: unknown) => AnyStateMachine)(
    config,
    implementations,
  );
  return { name, machine: made };
}

/** The machine with other guards, actions or delays under the same names. */
function provided(name: string, parts: object): MachineChange {
  return { name, machine: orderMachine.provide(parts) };
}

function copy(value: Config): Config {
  if (Array.isArray(value)) return value.map(copy) as unknown as Config;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

const node = (part: unknown) => part as Config;

function renamed(states: Config, from: string, to: string): void {
  states[to] = states[from]!;
  delete states[from];
}

export const SAFE_CHANGES: readonly MachineChange[] = [
  edited("a description", ({ confirmed }) => confirmed!["description"] = node("Paid.")),
  edited("a tag", ({ confirmed }) => confirmed!["tags"] = node(["confirmed", "paid"])),
  edited("a version", (_, config) => config["version"] = node("2")),
  edited("states in another order", (_, config) => {
    config["states"] = Object.fromEntries(Object.entries(config["states"]!).reverse());
  }),
  edited(
    "a target by its id",
    ({ confirmed }) => confirmed!["on"]!["OrderShipped"]!["target"] = node("#order.shipped"),
  ),
  edited("a new state behind a new event", (states) => {
    states["held"] = node({ on: { OrderReleased: "confirmed" } });
    states["confirmed"]!["on"]!["OrderHeld"] = node("held");
  }),
  edited("an event that is taken in one more state", ({ shipped }) => {
    shipped!["on"]!["ShippingAddressChanged"] = node({ actions: "noteShippingAddress" });
  }),
  edited("actions of a transition in another order", ({ reservingStock }) => {
    reservingStock!["on"]!["StockDenied"]!["actions"] = node(["giveUpForStock", "noteStock"]);
  }),
  edited(
    "a guard that is always true",
    ({ confirmed }) => confirmed!["on"]!["OrderShipped"]!["guard"] = node(() => true),
  ),
  edited("one more message at an entry", ({ confirmed }) => {
    confirmed!["entry"] = node(sendTo(({ context }) => actorRef("mail", String(context["id"])), { type: "Sent" }));
  }),
  edited("one more timer beside others", ({ confirmed }) => {
    confirmed!["after"]!["reminderInterval"] = node({ actions: "countReminder" });
  }),
  edited("a reminder taken away", ({ needsIntervention }) => delete needsIntervention!["after"]),
  edited("an end that is none any more", ({ cancelled }) => delete cancelled!["type"]),
  edited("a new field of the context", (_, config) => {
    const context = config["context"] as unknown as (scope: object) => object;
    config["context"] = node((scope: object) => ({ ...context(scope), note: null }));
  }),
  provided("a longer delay", { delays: { paymentTimeout: 60_000 } }),
  provided("a shorter delay", { delays: { reminderInterval: 1 } }),
  provided("other words for a reason", { actions: { giveUpForPayment: assign({ reason: "No money" }) } }),
  provided("a count that is kept no more", { actions: { countReminder: assign({}) } }),
  provided("a number that is noted no more", { actions: { noteTrackingNumber: assign({}) } }),
  provided("a note that is taken differently", { actions: { assumeDelivery: assign({ deliveryAssumed: false }) } }),
];

export const UNSAFE_CHANGES: readonly MachineChange[] = [
  edited("a state renamed", (states) => {
    renamed(states, "chargingPayment", "takingPayment");
    states["reservingStock"]!["always"]!["target"] = node("takingPayment");
  }),
  edited("an inner state renamed", ({ compensating }) => {
    const states = compensating!["states"]!;
    renamed(states, "refunding", "givingBack");
    compensating!["initial"] = node("givingBack");
  }),
  edited("a state removed", (states) => {
    states["confirmed"]!["on"]!["OrderShipped"]!["target"] = node("delivered");
    delete states["shipped"];
  }),
  edited("a state put between two", (states) => {
    states["packing"] = node({ on: { Packed: "confirmed" } });
    states["chargingPayment"]!["on"]!["PaymentCaptured"]!["target"] = node("packing");
  }),
  edited("a state made an end", ({ confirmed }) => {
    confirmed!["type"] = node("final");
    delete confirmed!["on"];
    delete confirmed!["after"];
  }),
  edited("another beginning", ({ placed }) => placed!["always"] = node("chargingPayment")),
  edited("no way out of the first state", ({ placed }) => delete placed!["always"]),
  edited("a compensation left out", ({ chargingPayment }) => {
    chargingPayment!["on"]!["PaymentDeclined"]!["target"] = node("cancelled");
  }),
  edited("a time-out under another name", ({ chargingPayment }) => {
    const after = chargingPayment!["after"]!;
    renamed(after, "paymentTimeout", "refundTimeout");
  }),
  edited("every way out of a state taken away", ({ shipped }) => {
    delete shipped!["on"];
    delete shipped!["after"];
  }),
  edited("a time-out taken away that orders have gone through", ({ confirmed }) => delete confirmed!["after"]),
  edited("an event taken away", ({ confirmed }) => delete confirmed!["on"]!["ShippingAddressChanged"]),
  edited(
    "an operator's way out taken away",
    ({ needsIntervention }) => delete needsIntervention!["on"]!["CompensationRetried"],
  ),
  edited("a cancellation that needs a reason", ({ chargingPayment }) => {
    chargingPayment!["on"]!["CancellationRequested"]!["guard"] = node(({ event }: { event: { reason?: string } }) =>
      event.reason !== undefined
    );
  }),
  edited("an endless always", ({ confirmed, shipped }) => {
    confirmed!["always"] = node("shipped");
    shipped!["always"] = node("confirmed");
  }),
  edited("an always that goes on at once", ({ shipped }) => shipped!["always"] = node("delivered")),
  edited("a state that is no longer entered anew", ({ compensating }) => {
    const on = compensating!["states"]!["releasingStock"]!["on"]!;
    on["StockReleased"] = node([{ guard: "answerIsAwaited", actions: "noteStock" }]);
  }),
  edited("a context that cannot be stored", (_, config) => {
    const context = config["context"] as unknown as (scope: object) => object;
    config["context"] = node((scope: object) => ({ ...context(scope), note: undefined }));
  }),
  edited("an action that throws on some data", ({ confirmed }) => {
    confirmed!["on"]!["OrderShipped"]!["actions"] = node(assign(() => {
      throw new Error("No carrier");
    }));
  }),
  provided("a guard turned round", {
    guards: {
      everyLineIsReserved: ({ context }: { context: OrderContext }) =>
        !context.items.every(({ reservation }) => reservation === "reserved"),
    },
  }),
  provided("a guard that throws", {
    guards: {
      chargeIsAwaited: () => {
        throw new Error("Who asks?");
      },
    },
  }),
  provided("late answers ignored", { guards: { chargeIsAwaited: () => false } }),
  provided("a note left out that a guard looks at", { actions: { noteStock: assign({}) } }),
  provided("a refund that is not asked for", { actions: { requestRefund: assign({}) } }),
  provided("a release that is not asked for", { actions: { requestRelease: assign({}) } }),
  provided("a charge that is not noted", { actions: { requestPayment: assign({}) } }),
  provided("a delay that is none", { delays: { shipmentTimeout: () => Number.NaN } }),
];
