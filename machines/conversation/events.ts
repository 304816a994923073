import { z } from "zod";

const id = z.string().min(1).max(128);
const text = z.string().trim().min(1).max(2_000).meta({ personal: true });

/** The facts of one conversation between a customer and the shop about an order. Who wrote is the event's type. */
export const conversationEvents = {
  /** The creation, with the customer's first message. */
  ConversationOpened: { by: "client", schema: z.strictObject({ orderId: id, text }) },
  CustomerWrote: { by: "client", schema: z.strictObject({ text }) },
  OperatorWrote: { by: "operator", schema: z.strictObject({ text }) },
  ConversationClosed: {
    by: "operator",
    schema: z.strictObject({ reason: z.string().trim().min(1).max(500).optional() }),
  },
} as const;

export type ConversationEvent = {
  [Type in keyof typeof conversationEvents]: { type: Type } & z.infer<(typeof conversationEvents)[Type]["schema"]>;
}[keyof typeof conversationEvents];

export type ConversationOpened = z.infer<(typeof conversationEvents)["ConversationOpened"]["schema"]>;
