import { z } from "zod";
import { moneySchema } from "../money.ts";

/** No data. Typed by hand, because Zod infers a record of nevers, which `{ type }` is not. */
const nothing: z.ZodType<object> = z.strictObject({});

/** The facts of one product in the catalogue. */
export const productEvents = {
  /** The creation. `stock` is what is on the shelf on the first day; from then on the stock actor counts. */
  ProductListed: {
    by: "internal",
    schema: z.strictObject({
      name: z.string().trim().min(1).max(200),
      description: z.string().trim().max(2_000).optional(),
      price: moneySchema.refine(({ amount }) => amount !== "0", "a price is more than nothing"),
      stock: z.int().min(0).max(1_000_000),
    }),
  },
  /** From the stock actor: it is there and can be reserved from. */
  StockReady: { by: "internal", schema: nothing },
} as const;

export type ProductEvent = {
  [Type in keyof typeof productEvents]: { type: Type } & z.infer<(typeof productEvents)[Type]["schema"]>;
}[keyof typeof productEvents];

export type ProductListed = z.infer<(typeof productEvents)["ProductListed"]["schema"]>;
