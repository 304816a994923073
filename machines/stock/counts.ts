import type { StockEvent } from "./events.ts";

/** What an order asks of a stock. */
export type ReservationEvent = Extract<StockEvent, { orderId: string }>;

/** What can wait until the shelves are counted. */
export type DeferredEvent = Extract<ReservationEvent, { type: "ReservationRequested" | "ReservationReleased" }>;

/** How many questions wait during a stocktake. All of them are answered in one step, so the bound is the machine's, too. */
export const MAX_DEFERRED = 500;

/** Only counts, whoever holds what: a step costs the same however many orders there are. */
export interface StockContext {
  /** The product's id. */
  readonly id: string;
  readonly available: number;
  readonly reserved: number;
  /** Left the house, ever. */
  readonly shipped: number;
  /** At most {@link MAX_DEFERRED}, in the order in which they came. */
  readonly deferred: readonly DeferredEvent[];
}

/** `StockOpened` and the product's id. */
export type StockInput = { readonly id: string; readonly available: number };

export function newStock({ id, available }: StockInput): StockContext {
  return { id, available, reserved: 0, shipped: 0, deferred: [] };
}

/** The question that the machine is at: the event itself, or the first that waited for the end of a stocktake. */
export function questionAt({ context, event }: { context: StockContext; event: StockEvent }): ReservationEvent {
  const question = "orderId" in event ? event : context.deferred[0];
  if (question === undefined) throw new Error(`Stock ${context.id} has no question to answer at ${event.type}`);
  return question;
}

/** True while a stock holds that much for orders that have not yet asked to give it back. */
export function holds({ reserved, deferred }: StockContext, quantity: number): boolean {
  const leaving = deferred.reduce((sum, event) => event.type === "ReservationReleased" ? sum + event.quantity : sum, 0);
  return reserved - leaving >= quantity;
}

export function canWait({ deferred }: StockContext): boolean {
  return deferred.length < MAX_DEFERRED;
}
