import { assertEvent, assign, sendTo, setup } from "xstate";
import { actorRef } from "../actor-ref.ts";
import type { OrderEvent } from "../order/events.ts";
import type { ProductEvent } from "../product/events.ts";
import { canWait, holds, newStock, questionAt, type StockContext, type StockInput } from "./counts.ts";
import type { StockEvent } from "./events.ts";

type Moment = { context: StockContext; event: StockEvent };

/** The order that asked. */
const asker = (moment: Moment) => actorRef("order", questionAt(moment).orderId);

/** One product's stock: how much there is, how much orders hold, how much has left. */
export const stockMachine = setup({
  types: {
    context: {} as StockContext,
    events: {} as StockEvent,
    input: {} as StockInput,
  },
  delays: {
    stocktakeTimeout: 24 * 60 * 60 * 1_000,
  },
  guards: {
    thereIsEnough: (moment) => questionAt(moment).quantity <= moment.context.available,
    isHeld: (moment) => holds(moment.context, questionAt(moment).quantity),
    canWait: ({ context }) => canWait(context),
    isHeldAndCanWait: (moment) => holds(moment.context, questionAt(moment).quantity) && canWait(moment.context),
    nothingWaits: ({ context }) => context.deferred.length === 0,
    nextIsRelease: ({ context }) => context.deferred[0]?.type === "ReservationReleased",
  },
  actions: {
    tellProduct: sendTo(({ context }) => actorRef("product", context.id), (): ProductEvent => ({ type: "StockReady" })),
    reserve: assign(({ context, event }) => {
      const { quantity } = questionAt({ context, event });
      return { available: context.available - quantity, reserved: context.reserved + quantity };
    }),
    release: assign(({ context, event }) => {
      const { quantity } = questionAt({ context, event });
      return { available: context.available + quantity, reserved: context.reserved - quantity };
    }),
    ship: assign(({ context, event }) => {
      const { quantity } = questionAt({ context, event });
      return { reserved: context.reserved - quantity, shipped: context.shipped + quantity };
    }),
    receive: assign(({ context, event }) => {
      assertEvent(event, "StockReceived");
      return { available: context.available + event.quantity };
    }),
    defer: assign(({ context, event }) => {
      assertEvent(event, ["ReservationRequested", "ReservationReleased"]);
      return { deferred: [...context.deferred, event] };
    }),
    takeNext: assign(({ context }) => ({ deferred: context.deferred.slice(1) })),
    confirmReservation: sendTo(
      asker,
      (moment): OrderEvent => ({ type: "StockReserved", line: questionAt(moment).line }),
    ),
    confirmRelease: sendTo(asker, (moment): OrderEvent => ({ type: "StockReleased", line: questionAt(moment).line })),
    deny: sendTo(asker, (moment): OrderEvent => ({
      type: "StockDenied",
      line: questionAt(moment).line,
      available: moment.context.available,
    })),
  },
}).createMachine({
  id: "stock",
  description: "What of one product is on the shelf, reserved for orders, and shipped.",
  context: ({ input }) => newStock(input),
  initial: "opened",
  on: {
    StockReceived: { actions: "receive" },
    ReservationShipped: { guard: "isHeld", actions: "ship" },
  },
  states: {
    opened: {
      description: "The stock has come into being and says so to its product.",
      entry: "tellProduct",
      always: "open",
    },
    open: {
      description: "Orders are answered at once.",
      on: {
        ReservationRequested: [
          { guard: "thereIsEnough", actions: ["reserve", "confirmReservation"] },
          { actions: "deny" },
        ],
        ReservationReleased: { guard: "isHeld", actions: ["release", "confirmRelease"] },
        StocktakeStarted: "counting",
      },
    },
    counting: {
      description: "The shelves are being counted; orders wait, and when too many wait, new ones are denied.",
      on: {
        ReservationRequested: [
          { guard: "canWait", actions: "defer" },
          { actions: "deny" },
        ],
        // Past the bound a release is carried out at once: it can be refused to nobody and moves nothing on the shelves.
        ReservationReleased: [
          { guard: "isHeldAndCanWait", actions: "defer" },
          { guard: "isHeld", actions: ["release", "confirmRelease"] },
        ],
        StocktakeFinished: "resuming",
      },
      after: { stocktakeTimeout: "resuming" },
    },
    resuming: {
      description: "The orders that waited are answered in the order in which they came.",
      always: [
        { guard: "nothingWaits", target: "open" },
        { guard: "nextIsRelease", actions: ["release", "confirmRelease", "takeNext"] },
        { guard: "thereIsEnough", actions: ["reserve", "confirmReservation", "takeNext"] },
        { actions: ["deny", "takeNext"] },
      ],
    },
  },
});
