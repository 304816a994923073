import { setup } from "xstate";
import type { CustomerEvent, CustomerRegistered } from "./events.ts";

/** The data of `CustomerRegistered` and the actor's id. */
export type CustomerInput = { readonly id: string } & CustomerRegistered;
export type CustomerContext = CustomerInput;

/** Somebody who orders. */
export const customerMachine = setup({
  types: {
    context: {} as CustomerContext,
    events: {} as CustomerEvent,
    input: {} as CustomerInput,
  },
}).createMachine({
  id: "customer",
  description: "Somebody who orders.",
  context: ({ input: { id, name, email } }) => ({ id, name, email }),
  initial: "registered",
  states: {
    registered: { description: "The customer can order." },
  },
});
