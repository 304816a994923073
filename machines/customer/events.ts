import { z } from "zod";

/** The facts of one customer. */
export const customerEvents = {
  /** The creation. */
  CustomerRegistered: {
    by: "internal",
    schema: z.strictObject({
      name: z.string().trim().min(1).max(200).meta({ personal: true }),
      email: z.email().max(320).meta({ personal: true }),
    }),
  },
} as const;

export type CustomerEvent = {
  [Type in keyof typeof customerEvents]: { type: Type } & z.infer<(typeof customerEvents)[Type]["schema"]>;
}[keyof typeof customerEvents];

export type CustomerRegistered = z.infer<(typeof customerEvents)["CustomerRegistered"]["schema"]>;
