import { assertEvent, assign, setup } from "xstate";
import type { CustomerEvent, CustomerRegistered } from "./events.ts";

/** The data of `CustomerRegistered` and the actor's id. */
export type CustomerInput = { readonly id: string } & CustomerRegistered;

/** What is null was taken away; what was never there has no key, so that earlier histories keep their hashes. */
export type CustomerContext =
  & Pick<CustomerInput, "id" | "name" | "email">
  & { readonly [Field in "username" | "bio" | "address"]?: CustomerInput[Field] | null };

/** Somebody who orders. */
export const customerMachine = setup({
  types: {
    context: {} as CustomerContext,
    events: {} as CustomerEvent,
    input: {} as CustomerInput,
  },
  actions: {
    change: assign(({ event }) => {
      assertEvent(event, "CustomerChanged");
      const { type: _, ...changes } = event;
      // What an event does not name it has no key for: it comes from JSON.
      return changes as Partial<CustomerContext>;
    }),
  },
}).createMachine({
  id: "customer",
  description: "Somebody who orders.",
  context: ({ input: { id, name, email, username, bio, address } }) => ({
    id,
    name,
    email,
    ...(username !== undefined && { username }),
    ...(bio !== undefined && { bio }),
    ...(address !== undefined && { address }),
  }),
  initial: "registered",
  states: {
    registered: {
      description: "The customer can order.",
      on: { CustomerChanged: { actions: "change" } },
    },
  },
});
