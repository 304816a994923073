import { z } from "zod";
import { moneySchema } from "../money.ts";

/** No data. Typed by hand, because Zod infers a record of nevers, which `{ type }` is not. */
const nothing: z.ZodType<object> = z.strictObject({});

const name = z.string().trim().min(1).max(200);
const description = z.string().trim().max(2_000);
const price = moneySchema.refine(({ amount }) => amount !== "0", "a price is more than nothing");

/** The facts of one product in the catalogue. */
export const productEvents = {
  /** The creation. `stock` is what is on the shelf on the first day; from then on the stock actor counts. */
  ProductListed: {
    by: "internal",
    schema: z.strictObject({
      name,
      description: description.optional(),
      price,
      stock: z.int().min(0).max(1_000_000),
    }),
  },
  /** From the stock actor: it is there and can be reserved from. */
  StockReady: { by: "internal", schema: nothing },

  /** What the catalogue says of it, as a whole: no description means that it has none from now on. */
  ProductReplaced: { by: "operator", schema: z.strictObject({ name, description: description.optional(), price }) },
  /** Only what is named changes; a description that is null goes away. */
  ProductChanged: {
    by: "operator",
    schema: z.strictObject({
      name: name.optional(),
      description: description.nullable().optional(),
      price: price.optional(),
    }).refine((changes) => Object.keys(changes).length > 0, "name at least one change"),
  },
  /** It is taken out of the catalogue for good. What was ordered before is not concerned. */
  ProductDiscontinued: { by: "operator", schema: nothing },
} as const;

export type ProductEvent = {
  [Type in keyof typeof productEvents]: { type: Type } & z.infer<(typeof productEvents)[Type]["schema"]>;
}[keyof typeof productEvents];

export type ProductListed = z.infer<(typeof productEvents)["ProductListed"]["schema"]>;
export type ProductReplaced = z.infer<(typeof productEvents)["ProductReplaced"]["schema"]>;
export type ProductChanged = z.infer<(typeof productEvents)["ProductChanged"]["schema"]>;
