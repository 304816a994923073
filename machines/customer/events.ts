import { z } from "zod";
import { shippingAddressSchema } from "../order/events.ts";

const name = z.string().trim().min(1).max(200).meta({ personal: true });
const email = z.email().max(320).meta({ personal: true });
const username = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/, "1 to 50 letters, digits, dots, _ and -").meta({
  personal: true,
});
const bio = z.string().trim().max(1_000).meta({ personal: true });

/** The facts of one customer. */
export const customerEvents = {
  /** The creation. */
  CustomerRegistered: {
    by: "internal",
    schema: z.strictObject({
      name,
      email,
      username: username.optional(),
      bio: bio.optional(),
      address: shippingAddressSchema.optional(),
    }),
  },
  /** Only what is named changes; what is null goes away. */
  CustomerChanged: {
    by: "client",
    schema: z.strictObject({
      name: name.optional(),
      email: email.optional(),
      username: username.nullable().optional(),
      bio: bio.nullable().optional(),
      address: shippingAddressSchema.nullable().optional(),
    }).refine((changes) => Object.keys(changes).length > 0, "name at least one change"),
  },
} as const;

export type CustomerEvent = {
  [Type in keyof typeof customerEvents]: { type: Type } & z.infer<(typeof customerEvents)[Type]["schema"]>;
}[keyof typeof customerEvents];

export type CustomerRegistered = z.infer<(typeof customerEvents)["CustomerRegistered"]["schema"]>;
export type CustomerChanged = z.infer<(typeof customerEvents)["CustomerChanged"]["schema"]>;
