/** Orders as they change: each event as it is committed, with exact resume after a position. */
import { StatewrightError } from "../../kernel/errors.ts";
import { type OrderUpdate, watchOrder } from "../../shop/orders/watch-order.ts";
import type { Builder } from "./builder.ts";
import { refresh } from "./context.ts";
import { plainId } from "./global-id.ts";
import type { OrderTypes } from "./orders.ts";

/** @param end once aborted, streams end with what it was aborted with, so that their clients go on elsewhere */
export function defineSubscriptions(builder: Builder, { status }: OrderTypes, end: AbortSignal): void {
  builder.objectType("OrderUpdate", {
    description: "One event of an order.",
    fields: (t) => ({
      orderId: t.exposeID("orderId"),
      order: t.field({
        type: "Order",
        description: "As it stands now, which may be further.",
        resolve: ({ orderId }, _, { loaders }) => loaders.order.load(orderId),
      }),
      event: t.exposeString("event", { description: "The event's type." }),
      oldStatus: t.expose("oldStatus", { type: status, nullable: true, description: "Null for the first event." }),
      newStatus: t.expose("newStatus", { type: status }),
      state: t.exposeString("state"),
      version: t.exposeInt("version"),
      position: t.string({
        description: "Where to go on after: `orderUpdated(after: …)`.",
        resolve: ({ position }) => String(position),
      }),
      recordedAt: t.expose("recordedAt", { type: "DateTime" }),
    }),
  });
  builder.subscriptionType({
    fields: (t) => ({
      orderUpdated: t.field({
        type: "OrderUpdate",
        description: "An order's events, each once and in order, until it is delivered or cancelled.",
        args: {
          id: t.arg.id({ required: true }),
          after: t.arg.string({
            description: "The position of the last event that was heard. Default: its whole history, then what comes.",
          }),
        },
        subscribe(_, { id, after }, { dependencies: { system } }) {
          const orderId = plainId("Order", "id", id);
          const position = positionOf(after);
          return untilEnd(end, (signal) => watchOrder(system, orderId, { after: position, signal }));
        },
        resolve(update, _, context) {
          refresh(context);
          return update;
        },
      }),
    }),
  });
}

/** @throws StatewrightError `MALFORMED` */
function positionOf(after: string | null | undefined): number {
  if (typeof after !== "string") return 0;
  if (/^(0|[1-9][0-9]{0,14})$/.test(after)) return Number(after);
  throw new StatewrightError("MALFORMED", "after: a position of the log, as `position` answers it");
}

/** What is left early is let go at once, also while it waits. */
function untilEnd(
  end: AbortSignal,
  watch: (signal: AbortSignal) => AsyncGenerator<OrderUpdate>,
): AsyncGenerator<OrderUpdate> {
  const left = new AbortController();
  const updates = updatesUntil(end, watch(AbortSignal.any([left.signal, end])));
  return {
    next: () => updates.next(),
    return(value) {
      left.abort();
      return updates.return(value);
    },
    throw(thrown) {
      left.abort();
      return updates.throw(thrown);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      left.abort();
      await updates.return(undefined);
    },
  };
}

async function* updatesUntil(end: AbortSignal, updates: AsyncGenerator<OrderUpdate>): AsyncGenerator<OrderUpdate> {
  yield* updates;
  end.throwIfAborted();
}
