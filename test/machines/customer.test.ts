import { expect, test } from "vitest";
import { customerMachine } from "../../machines/customer/machine.ts";
import { begin, step } from "../support/machine-stepper.ts";

const ada = { id: "c1", name: "Ada", email: "ada@example.org" };
const address = { line1: "1 High Street", city: "Town", postalCode: "1000", country: "DE" };

test("remembers what it was registered with, and no key for what it was not", () => {
  expect(begin(customerMachine, ada).snapshot.context).toEqual(ada);
  const full = { ...ada, username: "ada", bio: "Counts.", address };
  expect(begin(customerMachine, full).snapshot.context).toEqual(full);
});

test("only what is named changes, and what is null goes away", () => {
  const moved = step(begin(customerMachine, { ...ada, bio: "Counts." }), { type: "CustomerChanged", address });
  expect(moved.snapshot.context).toEqual({ ...ada, bio: "Counts.", address });
  expect(step(moved, { type: "CustomerChanged", bio: null, name: "Ada Q." }).snapshot.context)
    .toEqual({ ...ada, name: "Ada Q.", bio: null, address });
});
