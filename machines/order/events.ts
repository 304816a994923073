import { z } from "zod";
import { moneySchema } from "../money.ts";

/** No data. Typed by hand, because Zod infers a record of nevers, which `{ type }` is not. */
const nothing: z.ZodType<object> = z.strictObject({});

const id = z.string().min(1).max(128);
/** Which line of the order, counted from 0. */
const line = z.int().min(0).max(9_999);
const reason = z.string().trim().min(1).max(500);
const text = (max: number) => z.string().trim().min(1).max(max);

export const shippingAddressSchema = z.strictObject({
  line1: text(200),
  city: text(100),
  postalCode: text(20),
  country: z.string().regex(/^[A-Z]{2}$/, "an ISO 3166 code of two capital letters"),
}).meta({ personal: true });

/** In ms; a year at most. */
const wait = z.int().min(1).max(365 * 24 * 60 * 60 * 1_000);

/** How long the order waits in each state. They come in with the order, so that a replay waits as long. */
export const orderTimeoutsSchema = z.strictObject({
  reservationMs: wait,
  paymentMs: wait,
  shipmentMs: wait,
  deliveryMs: wait,
  releaseMs: wait,
  refundMs: wait,
  reminderMs: wait,
});

/**
 * Everything that can be a fact in an order's life, with who may propose it.
 * `client`: the customer; `operator`: the shop's staff; `internal`: other actors and the shop's own code.
 */
export const orderEvents = {
  /** The creation. Internal, because its prices come from the catalogue and never from a client. */
  OrderPlaced: {
    by: "internal",
    schema: z.strictObject({
      customerId: id,
      items: z.array(z.strictObject({ productId: id, quantity: z.int().min(1).max(10_000), unitPrice: moneySchema }))
        .min(1)
        .max(1_000),
      total: moneySchema,
      shippingAddress: shippingAddressSchema,
      timeouts: orderTimeoutsSchema,
    }),
  },
  /** The parcel is to go somewhere else; until it has left. */
  ShippingAddressChanged: { by: "client", schema: z.strictObject({ shippingAddress: shippingAddressSchema }) },
  CancellationRequested: { by: "client", schema: z.strictObject({ reason: reason.optional() }) },
  OrderShipped: { by: "operator", schema: z.strictObject({ trackingNumber: text(100).optional() }) },
  OrderDelivered: { by: "operator", schema: nothing },

  /** From the stock actors. */
  StockReserved: { by: "internal", schema: z.strictObject({ line }) },
  StockDenied: { by: "internal", schema: z.strictObject({ line, available: z.int().min(0) }) },
  StockReleased: { by: "internal", schema: z.strictObject({ line }) },

  /** From the payment actor. */
  PaymentCaptured: { by: "internal", schema: nothing },
  PaymentDeclined: { by: "internal", schema: z.strictObject({ reason: z.string() }) },
  PaymentRefunded: { by: "internal", schema: nothing },
  /** There was nothing to refund: the capture had been declined. */
  PaymentVoided: { by: "internal", schema: nothing },
  RefundFailed: { by: "internal", schema: z.strictObject({ reason: z.string() }) },

  /** The ways out of `needsIntervention`. */
  CompensationRetried: { by: "operator", schema: z.strictObject({ reason }) },
  CompensationSkipped: { by: "operator", schema: z.strictObject({ reason }) },
  InterventionResolved: { by: "operator", schema: z.strictObject({ reason }) },
} as const;

export type OrderEvent = {
  [Type in keyof typeof orderEvents]: { type: Type } & z.infer<(typeof orderEvents)[Type]["schema"]>;
}[keyof typeof orderEvents];

export type OrderPlaced = z.infer<(typeof orderEvents)["OrderPlaced"]["schema"]>;
export type OrderTimeouts = z.infer<typeof orderTimeoutsSchema>;
export type ShippingAddress = z.infer<typeof shippingAddressSchema>;
