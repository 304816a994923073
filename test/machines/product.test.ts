import { expect, test } from "vitest";
import { productMachine } from "../../machines/product/machine.ts";
import { begin, pathOf, step } from "../support/machine-stepper.ts";

const listed = { id: "p1", name: "Lamp", price: { amount: "2999", currency: "EUR" }, stock: 3 };
const ready = { type: "StockReady" };

test("opens its stock and is listed when the stock is ready", () => {
  const opening = begin(productMachine, listed);
  expect(pathOf(opening.snapshot)).toBe("opening");
  expect(opening.sent).toEqual([{ to: { type: "stock", id: "p1" }, event: { type: "StockOpened", available: 3 } }]);
  const open = step(opening, ready);
  expect(pathOf(open.snapshot)).toBe("listed");
  expect([...open.timers]).toEqual([]);
  expect(open.snapshot.can(ready)).toBe(false);
});

test("is withdrawn when the stock does not answer within a minute, and listed when it does after all", () => {
  const opening = begin(productMachine, listed);
  const [timer] = [...opening.timers.values()];
  expect(timer?.delayMs).toBe(60_000);
  const withdrawn = step(opening, timer?.event ?? ready);
  expect(pathOf(withdrawn.snapshot)).toBe("withdrawn");
  expect(pathOf(step(withdrawn, ready).snapshot)).toBe("listed");
});

test("keeps what a page about it shows, null where there is nothing", () => {
  const { stock: openingStock, ...shown } = listed;
  expect(begin(productMachine, listed).snapshot.context).toEqual({ ...shown, description: null, openingStock });
  expect(begin(productMachine, { ...listed, description: "Bright." }).snapshot.context.description).toBe("Bright.");
});

test("what the catalogue says of it is replaced as a whole or changed in part, until it is discontinued", () => {
  const open = step(begin(productMachine, { ...listed, description: "Bright." }), ready);
  const price = { amount: "1999", currency: "EUR" };
  const changed = step(open, { type: "ProductChanged", price });
  expect(changed.snapshot.context).toMatchObject({ name: "Lamp", description: "Bright.", price });
  expect(step(changed, { type: "ProductChanged", description: null }).snapshot.context.description).toBeNull();
  const replaced = step(changed, { type: "ProductReplaced", name: "Torch", price });
  expect(replaced.snapshot.context).toMatchObject({ name: "Torch", description: null, price });
  expect(pathOf(replaced.snapshot)).toBe("listed");
  const gone = step(replaced, { type: "ProductDiscontinued" });
  expect([pathOf(gone.snapshot), gone.snapshot.status]).toEqual(["discontinued", "done"]);
});
