import { assertEvent, assign, sendTo, setup } from "xstate";
import { actorRef } from "../actor-ref.ts";
import type { Money } from "../money.ts";
import type { StockEvent } from "../stock/events.ts";
import type { ProductEvent, ProductListed } from "./events.ts";

export interface ProductContext {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly price: Money;
  /** What was on the shelf on the first day; from then on the stock actor counts. */
  readonly openingStock: number;
}

/** The data of `ProductListed` and the actor's id. */
export type ProductInput = { readonly id: string } & ProductListed;

/** One product in the catalogue. It can be ordered once it is `listed`. */
export const productMachine = setup({
  types: {
    context: {} as ProductContext,
    events: {} as ProductEvent,
    input: {} as ProductInput,
  },
  delays: {
    openingTimeout: 60_000,
  },
  actions: {
    openStock: sendTo(
      ({ context }) => actorRef("stock", context.id),
      ({ context }): StockEvent => ({ type: "StockOpened", available: context.openingStock }),
    ),
    replace: assign(({ event }) => {
      assertEvent(event, "ProductReplaced");
      return { name: event.name, description: event.description ?? null, price: event.price };
    }),
    change: assign(({ context, event }) => {
      assertEvent(event, "ProductChanged");
      const { name = context.name, description = context.description, price = context.price } = event;
      return { name, description, price };
    }),
  },
}).createMachine({
  id: "product",
  description: "What is sold, and for how much.",
  context: ({ input }) => ({
    id: input.id,
    name: input.name,
    description: input.description ?? null,
    price: input.price,
    openingStock: input.stock,
  }),
  initial: "opening",
  on: {
    ProductReplaced: { actions: "replace" },
    ProductChanged: { actions: "change" },
  },
  states: {
    opening: {
      description: "The stock is being opened; the product cannot be ordered yet.",
      entry: "openStock",
      on: { StockReady: "listed" },
      after: { openingTimeout: "withdrawn" },
    },
    listed: {
      description: "The product can be ordered.",
      on: { ProductDiscontinued: "discontinued" },
    },
    withdrawn: {
      description: "The stock did not answer in time; should it answer after all, the product is listed.",
      on: { StockReady: "listed", ProductDiscontinued: "discontinued" },
    },
    discontinued: {
      description: "The product is out of the catalogue for good.",
      type: "final",
    },
  },
});
