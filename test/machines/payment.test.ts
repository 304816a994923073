import { describe, expect, test } from "vitest";
import { paymentMachine } from "../../machines/payment/machine.ts";
import { begin, type EventData, pathOf, step, type Stepped } from "../support/machine-stepper.ts";

const amount = { amount: "50000", currency: "EUR" };
const captured: EventData = { type: "PaymentCaptured", chargeId: "ch-1" };
const declined: EventData = { type: "PaymentDeclined", reason: "over the limit" };
const refund: EventData = { type: "RefundRequested" };
const refunded: EventData = { type: "PaymentRefunded" };
const refundDeclined: EventData = { type: "RefundDeclined", reason: "account closed" };
const gaveUp = (activity: string, error: unknown): EventData => ({
  type: `xstate.error.actor.${activity}`,
  error,
  actorId: activity,
});
const captureGaveUp = gaveUp("capturePayment", { name: "TimeoutError", message: "no answer", code: "" });
const refundGaveUp = gaveUp("refundPayment", { name: "TimeoutError", message: "no answer", code: "" });

const CAPTURE = { src: "capturePayment", input: { key: "capture:o1", orderId: "o1", amount } };
const REFUND = { src: "refundPayment", input: { key: "refund:o1", orderId: "o1", amount, chargeId: "ch-1" } };

function payment(...events: (EventData | "later")[]): Stepped {
  return events.reduce<Stepped>((current, event) => {
    if (event !== "later") return step(current, event);
    const [timer] = [...current.timers.values()];
    if (timer === undefined) throw new Error("No timer runs");
    return step(current, timer.event);
  }, begin(paymentMachine, { id: "o1", orderId: "o1", amount }));
}

/** What it told the order, in its last step. */
const told = ({ sent }: Stepped) =>
  sent.map(({ to, event: { type, ...data } }) => {
    expect(to).toEqual({ type: "order", id: "o1" });
    return Object.keys(data).length === 0 ? type : [type, data];
  });
const running = ({ activities }: Stepped) => [...activities.values()];

describe("taking the money", () => {
  test("asks the provider, under a key that is the order's", () => {
    const asked = payment();
    expect(pathOf(asked.snapshot)).toBe("capturing");
    expect(running(asked)).toEqual([CAPTURE]);
  });

  test.each([
    ["captured", [captured], "captured", ["PaymentCaptured"]],
    ["declined", [declined], "declined", [["PaymentDeclined", { reason: "over the limit" }]]],
  ])("%s", (_, events, state, expected) => {
    const done = payment(...events);
    expect(pathOf(done.snapshot)).toBe(state);
    expect(told(done)).toEqual(expected);
    expect(running(done)).toEqual([]);
  });

  test("an unknown outcome is asked again after a minute, under the same key, however often", () => {
    const uncertain = payment(captureGaveUp, "later", captureGaveUp);
    expect(pathOf(uncertain.snapshot)).toBe("uncertain");
    expect(told(uncertain)).toEqual([]);
    expect([...uncertain.timers.values()].map(({ delayMs }) => delayMs)).toEqual([60_000]);
    expect(running(payment(captureGaveUp, "later"))).toEqual([CAPTURE]);
    expect(told(payment(captureGaveUp, "later", captureGaveUp, "later", captured))).toEqual(["PaymentCaptured"]);
  });
});

describe("a refund that is wanted before the outcome is known", () => {
  test.each(
    [
      ["while the provider is asked", [refund]],
      ["while nobody knows", [captureGaveUp, refund, "later"]],
      ["twice", [refund, refund]],
    ] as const,
  )("%s: the capture goes on and what it took goes back", (_, before) => {
    expect(running(payment(...before))).toEqual([CAPTURE]);
    const refunding = payment(...before, captured);
    expect(pathOf(refunding.snapshot)).toBe("refunding");
    expect(told(refunding)).toEqual(["PaymentCaptured"]);
    expect(running(refunding)).toEqual([REFUND]);
    expect(told(payment(...before, captured, refunded))).toEqual(["PaymentRefunded"]);
  });

  test("is void when the provider declines", () => {
    const done = payment(refund, declined);
    expect(pathOf(done.snapshot)).toBe("declined");
    expect(told(done)).toEqual([["PaymentDeclined", { reason: "over the limit" }], "PaymentVoided"]);
  });
});

describe("a refund", () => {
  test("of what was captured", () => {
    expect(running(payment(captured, refund))).toEqual([REFUND]);
    const done = payment(captured, refund, refunded);
    expect(pathOf(done.snapshot)).toBe("refunded");
    expect(told(done)).toEqual(["PaymentRefunded"]);
  });

  test("of what was declined is void", () => {
    expect(told(payment(declined, refund))).toEqual(["PaymentVoided"]);
  });

  test("under way is not begun a second time", () => {
    const twice = payment(captured, refund, refund);
    expect(running(twice)).toEqual([REFUND]);
    expect(told(twice)).toEqual([]);
  });

  test("done is confirmed again", () => {
    expect(told(payment(captured, refund, refunded, refund))).toEqual(["PaymentRefunded"]);
  });

  test.each([
    ["refused", refundDeclined, "account closed"],
    ["without an answer", refundGaveUp, "no answer"],
    ["ended by something thrown", gaveUp("refundPayment", "cut off"), "cut off"],
    ["ended by an error of any length", gaveUp("refundPayment", new Error("x".repeat(900))), "x".repeat(500)],
  ])("%s has failed, and is tried again under the same key when the order says so", (_, outcome, reason) => {
    const failed = payment(captured, refund, outcome);
    expect(pathOf(failed.snapshot)).toBe("refundFailed");
    expect(told(failed)).toEqual([["RefundFailed", { reason }]]);
    expect(running(payment(captured, refund, outcome, refund))).toEqual([REFUND]);
    expect(told(payment(captured, refund, outcome, refund, refunded))).toEqual(["PaymentRefunded"]);
  });
});
