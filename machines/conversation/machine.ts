import { assign, setup } from "xstate";
import type { ConversationEvent, ConversationOpened } from "./events.ts";

/** So many messages a conversation holds; who has more to say opens another. */
const MAX_MESSAGES = 1_000;

/** What was said is in the log, and nowhere else. */
export interface ConversationContext {
  readonly id: string;
  readonly orderId: string;
  readonly messages: number;
}

/** The data of `ConversationOpened` and the actor's id. */
export type ConversationInput = { readonly id: string } & ConversationOpened;

/** A customer and the shop talk about an order, in turns or not. */
export const conversationMachine = setup({
  types: {
    context: {} as ConversationContext,
    events: {} as ConversationEvent,
    input: {} as ConversationInput,
  },
  delays: {
    silence: 14 * 24 * 60 * 60 * 1_000,
  },
  guards: {
    thereIsRoom: ({ context }) => context.messages < MAX_MESSAGES,
  },
  actions: {
    count: assign({ messages: ({ context }) => context.messages + 1 }),
  },
}).createMachine({
  id: "conversation",
  description: "A customer and the shop talk about an order.",
  context: ({ input: { id, orderId } }) => ({ id, orderId, messages: 1 }),
  initial: "awaitingOperator",
  on: {
    CustomerWrote: { guard: "thereIsRoom", target: ".awaitingOperator", reenter: true, actions: "count" },
    OperatorWrote: { guard: "thereIsRoom", target: ".awaitingCustomer", reenter: true, actions: "count" },
    ConversationClosed: ".closed",
  },
  states: {
    awaitingOperator: {
      description: "The customer has written last.",
      after: { silence: "closed" },
    },
    awaitingCustomer: {
      description: "The shop has written last.",
      after: { silence: "closed" },
    },
    closed: {
      description: "The conversation is over: somebody closed it, or nobody wrote for two weeks.",
      type: "final",
    },
  },
});
