import { z } from "zod";

/** No data. Typed by hand, because Zod infers a record of nevers, which `{ type }` is not. */
const nothing: z.ZodType<object> = z.strictObject({});

const orderId = z.string().min(1).max(128);
/** Which line of that order, counted from 0. */
const line = z.int().min(0).max(9_999);
const quantity = z.int().min(1).max(10_000);
const count = z.int().min(0).max(1_000_000_000);

/** The facts of one product's stock. An order is answered with `StockReserved`, `StockDenied` or `StockReleased`. */
export const stockEvents = {
  /** The creation, by the product. */
  StockOpened: { by: "internal", schema: z.strictObject({ available: count }) },
  StockReceived: { by: "operator", schema: z.strictObject({ quantity: z.int().min(1).max(1_000_000) }) },

  /** From orders. */
  ReservationRequested: { by: "internal", schema: z.strictObject({ orderId, line, quantity }) },
  ReservationReleased: { by: "internal", schema: z.strictObject({ orderId, line, quantity }) },
  /** What was reserved has left the house. */
  ReservationShipped: { by: "internal", schema: z.strictObject({ orderId, line, quantity }) },

  /** While the shelves are counted, orders wait. */
  StocktakeStarted: { by: "operator", schema: nothing },
  StocktakeFinished: { by: "operator", schema: nothing },
} as const;

export type StockEvent = {
  [Type in keyof typeof stockEvents]: { type: Type } & z.infer<(typeof stockEvents)[Type]["schema"]>;
}[keyof typeof stockEvents];
