import { z } from "zod";
import { moneySchema } from "../money.ts";

/** No data. Typed by hand, because Zod infers a record of nevers, which `{ type }` is not. */
const nothing: z.ZodType<object> = z.strictObject({});

const reason = z.string().max(500);

/** The facts of one order's payment; the actor has the order's id. */
export const paymentEvents = {
  /** The creation, by the order. */
  PaymentRequested: {
    by: "internal",
    schema: z.strictObject({ orderId: z.string().min(1).max(128), amount: moneySchema }),
  },
  /** From the order: whatever was or will be captured has to go back. */
  RefundRequested: { by: "internal", schema: nothing },

  /** What the provider answered. */
  PaymentCaptured: { by: "internal", schema: z.strictObject({ chargeId: z.string() }) },
  PaymentDeclined: { by: "internal", schema: z.strictObject({ reason }) },
  PaymentRefunded: { by: "internal", schema: nothing },
  RefundDeclined: { by: "internal", schema: z.strictObject({ reason }) },
} as const;

export type PaymentEvent = {
  [Type in keyof typeof paymentEvents]: { type: Type } & z.infer<(typeof paymentEvents)[Type]["schema"]>;
}[keyof typeof paymentEvents];
