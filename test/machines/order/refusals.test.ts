import { describe, expect, test } from "vitest";
import { orderEvents } from "../../../machines/order/events.ts";
import { orderMachine } from "../../../machines/order/machine.ts";
import { begin, type EventData, pathOf, step, type Stepped } from "../../support/machine-stepper.ts";
import { orderInput } from "./scenarios.ts";

const reason = "because";
const shippingAddress = { line1: "2 Side Street", city: "Town", postalCode: "1000", country: "DE" };
const SAMPLES: readonly EventData[] = [
  { type: "ShippingAddressChanged", shippingAddress },
  { type: "CancellationRequested" },
  { type: "OrderShipped" },
  { type: "OrderDelivered" },
  { type: "StockReserved", line: 0 },
  { type: "StockDenied", line: 0, available: 0 },
  { type: "StockReleased", line: 0 },
  { type: "PaymentCaptured" },
  { type: "PaymentDeclined", reason },
  { type: "PaymentRefunded" },
  { type: "PaymentVoided" },
  { type: "RefundFailed", reason },
  { type: "CompensationRetried", reason },
  { type: "CompensationSkipped", reason },
  { type: "InterventionResolved", reason },
];

const reserved: EventData = { type: "StockReserved", line: 0 };
const captured: EventData = { type: "PaymentCaptured" };
const declined: EventData = { type: "PaymentDeclined", reason };
const cancel: EventData = { type: "CancellationRequested" };
const failed: EventData = { type: "RefundFailed", reason };
const skipped: EventData = { type: "CompensationSkipped", reason };

const INTERVENTIONS = ["CompensationRetried", "CompensationSkipped", "InterventionResolved"];
const REFUND_ANSWERS = ["PaymentRefunded", "PaymentVoided", "RefundFailed"];

/** One order of one line: what has happened, where it stands, and which of all events it accepts there. */
const STANDS: readonly (readonly [why: string, happened: EventData[], state: string, accepted: string[]])[] = [
  ["nothing is answered", [], "reservingStock", [
    "ShippingAddressChanged",
    "CancellationRequested",
    "StockReserved",
    "StockDenied",
  ]],
  ["the payment is under way", [reserved], "chargingPayment", [
    "ShippingAddressChanged",
    "CancellationRequested",
    "PaymentCaptured",
    "PaymentDeclined",
  ]],
  ["it is paid", [reserved, captured], "confirmed", [
    "ShippingAddressChanged",
    "CancellationRequested",
    "OrderShipped",
  ]],
  ["it is shipped", [reserved, captured, { type: "OrderShipped" }], "shipped", ["OrderDelivered"]],
  ["it is delivered", [reserved, captured, { type: "OrderShipped" }, { type: "OrderDelivered" }], "delivered", []],
  ["the charge is known", [reserved, captured, cancel], "compensating.refunding", REFUND_ANSWERS],
  ["the charge is not known", [reserved, cancel], "compensating.refunding", [
    "PaymentCaptured",
    "PaymentDeclined",
    ...REFUND_ANSWERS,
  ]],
  ["stock is unanswered", [cancel], "compensating.releasingStock", ["StockReserved", "StockDenied"]],
  ["a release is unanswered", [reserved, declined], "compensating.releasingStock", ["StockReleased"]],
  ["the refund has failed", [reserved, captured, cancel, failed], "needsIntervention", INTERVENTIONS],
  ["the refund was skipped", [reserved, captured, cancel, failed, skipped], "compensating.releasingStock", [
    "StockReleased",
    ...REFUND_ANSWERS,
  ]],
  ["it is cancelled", [{ type: "StockDenied", line: 0, available: 0 }], "cancelled", []],
];

function orderAfter(happened: readonly EventData[]): Stepped {
  return happened.reduce(step, begin(orderMachine, orderInput(1)));
}

describe("what an order accepts", () => {
  test.each(STANDS)("when %s", (_, happened, state, accepted) => {
    const { snapshot } = orderAfter(happened);
    expect(pathOf(snapshot)).toBe(state);
    const can = SAMPLES.filter((event) => snapshot.status === "active" && snapshot.can(event));
    expect(can.map(({ type }) => type)).toEqual(accepted);
  });

  test("the samples are every event that is declared, but for the creation, and valid", () => {
    expect(["OrderPlaced", ...SAMPLES.map(({ type }) => type)].sort()).toEqual(Object.keys(orderEvents).sort());
    for (const { type, ...data } of SAMPLES) {
      expect(orderEvents[type as keyof typeof orderEvents].schema.safeParse(data).success, type).toBe(true);
    }
  });

  test.each([
    ["a line that is not there", { type: "StockReserved", line: 7 }],
    ["a line that is answered already", { type: "StockReserved", line: 0 }],
    ["a line that is answered already, the other way", { type: "StockDenied", line: 0, available: 0 }],
    ["a release that nobody asked for", { type: "StockReleased", line: 1 }],
  ])("not an answer about %s", (_, answer) => {
    const order = step(begin(orderMachine, orderInput(2)), reserved);
    expect(order.snapshot.can(answer)).toBe(false);
    expect(step(order, { type: "CancellationRequested" }).snapshot.can(answer)).toBe(false);
  });
});
