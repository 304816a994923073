import { describe, expect, test } from "vitest";
import { MAX_DEFERRED } from "../../machines/stock/counts.ts";
import { stockMachine } from "../../machines/stock/machine.ts";
import { begin, type EventData, pathOf, step, type Stepped } from "../support/machine-stepper.ts";

const requested = (quantity: number, line = 0): EventData => ({
  type: "ReservationRequested",
  orderId: "o1",
  line,
  quantity,
});
const released = (quantity: number, line = 0): EventData => ({
  ...requested(quantity, line),
  type: "ReservationReleased",
});
const shipped = (quantity: number, line = 0): EventData => ({
  ...requested(quantity, line),
  type: "ReservationShipped",
});
const started: EventData = { type: "StocktakeStarted" };
const finished: EventData = { type: "StocktakeFinished" };

const opened = (available: number) => begin(stockMachine, { id: "p1", available });
const after = (stock: Stepped, ...events: EventData[]) => events.reduce(step, stock);
const counts = ({ snapshot: { context } }: Stepped) => [context.available, context.reserved, context.shipped];
const answers = ({ sent }: Stepped) =>
  sent.map(({ to, event: { type, ...data } }) => [`${to.type}/${to.id}`, type, data]);

test("tells its product that it is there, once", () => {
  const stock = opened(3);
  expect(answers(stock)).toEqual([["product/p1", "StockReady", {}]]);
  expect(pathOf(stock.snapshot)).toBe("open");
  expect(answers(after(stock, started, finished))).toEqual([]);
});

describe("open", () => {
  test("reserves down to the last piece", () => {
    const stock = after(opened(3), requested(3, 4));
    expect(answers(stock)).toEqual([["order/o1", "StockReserved", { line: 4 }]]);
    expect(counts(stock)).toEqual([0, 3, 0]);
  });

  test("denies one piece too many, and says what there is", () => {
    const stock = after(opened(3), requested(4));
    expect(answers(stock)).toEqual([["order/o1", "StockDenied", { line: 0, available: 3 }]]);
    expect(counts(stock)).toEqual([3, 0, 0]);
  });

  test("takes back, ships and receives", () => {
    const stock = after(opened(3), requested(1), requested(2, 1), released(2, 1));
    expect(answers(stock)).toEqual([["order/o1", "StockReleased", { line: 1 }]]);
    expect(counts(stock)).toEqual([2, 1, 0]);
    expect(counts(after(stock, shipped(1)))).toEqual([2, 0, 1]);
    expect(answers(after(stock, shipped(1)))).toEqual([]);
    expect(counts(after(stock, { type: "StockReceived", quantity: 5 }))).toEqual([7, 1, 0]);
  });

  test("refuses to take back or ship what it does not hold", () => {
    const { snapshot } = after(opened(3), requested(1));
    expect(snapshot.can(released(2))).toBe(false);
    expect(snapshot.can(shipped(2))).toBe(false);
    expect(snapshot.can(finished)).toBe(false);
  });
});

describe("a stocktake", () => {
  test("lets orders wait and answers them in the order in which they came", () => {
    const counting = after(
      opened(3),
      requested(2),
      started,
      requested(2, 1),
      released(2),
      requested(1, 2),
      requested(9, 3),
    );
    expect(pathOf(counting.snapshot)).toBe("counting");
    expect(answers(counting)).toEqual([]);
    expect(counts(counting)).toEqual([1, 2, 0]);
    const open = after(counting, finished);
    expect(pathOf(open.snapshot)).toBe("open");
    expect(answers(open)).toEqual([
      ["order/o1", "StockDenied", { line: 1, available: 1 }],
      ["order/o1", "StockReleased", { line: 0 }],
      ["order/o1", "StockReserved", { line: 2 }],
      ["order/o1", "StockDenied", { line: 3, available: 2 }],
    ]);
    expect(counts(open)).toEqual([2, 1, 0]);
    expect(open.snapshot.context.deferred).toEqual([]);
  });

  test("ends by itself after a day", () => {
    const counting = after(opened(3), started, requested(1));
    const [timer] = [...counting.timers.values()];
    expect(timer?.delayMs).toBe(24 * 60 * 60 * 1_000);
    expect(answers(after(counting, timer?.event ?? finished))).toEqual([["order/o1", "StockReserved", { line: 0 }]]);
  });

  test("ships and receives meanwhile", () => {
    const counting = after(opened(3), requested(2), started, shipped(2), { type: "StockReceived", quantity: 1 });
    expect(counts(counting)).toEqual([2, 0, 2]);
  });

  test("does not start twice", () => {
    expect(after(opened(3), started).snapshot.can(started)).toBe(false);
  });

  test("counts what waits to be taken back as gone already", () => {
    const { snapshot } = after(opened(3), requested(2), started, released(2));
    expect(snapshot.can(released(1))).toBe(false);
    expect(snapshot.can(shipped(1))).toBe(false);
  });

  test(`lets ${MAX_DEFERRED} wait, within 1,000 microsteps; past that it denies, and takes back at once`, () => {
    const bounded = stockMachine.provide({});
    bounded.options.maxIterations = 1_000;
    const stock = begin(bounded, { id: "p1", available: 10 });
    const full = after(
      stock,
      requested(2),
      started,
      ...Array.from({ length: MAX_DEFERRED }, (_, i) => requested(1, i)),
    );
    expect(full.snapshot.context.deferred).toHaveLength(MAX_DEFERRED);

    const denied = after(full, requested(1, 999));
    expect(answers(denied)).toEqual([["order/o1", "StockDenied", { line: 999, available: 8 }]]);
    expect(denied.snapshot.context.deferred).toHaveLength(MAX_DEFERRED);

    const releasedAtOnce = after(full, released(2));
    expect(answers(releasedAtOnce)).toEqual([["order/o1", "StockReleased", { line: 0 }]]);
    expect(counts(releasedAtOnce)).toEqual([10, 0, 0]);
    expect(releasedAtOnce.snapshot.can(released(1))).toBe(false);

    const open = after(releasedAtOnce, finished);
    expect(open.sent.map(({ event }) => event.type)).toEqual([
      ...Array.from({ length: 10 }, () => "StockReserved"),
      ...Array.from({ length: MAX_DEFERRED - 10 }, () => "StockDenied"),
    ]);
    expect(counts(open)).toEqual([0, 10, 0]);
  });
});
