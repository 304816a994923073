/** `shop.v1.SupportService`: customers and the shop's staff talk; a conversation is an actor like any other. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type ChatMessage,
  ChatMessageSchema,
  type SupportService,
} from "../../../proto/gen/shop/v1/support_service_pb.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import { orderSnapshot } from "../../shop/orders/order.ts";
import { propose } from "../../shop/propose.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { type Dialogue, inDialogue } from "./dialogue.ts";
import { requireId, requireValid } from "./validation.ts";

type Message = MessageInitShape<typeof ChatMessageSchema>;

/** Who says what: the event's type is the author. */
const SENDER_OF: Readonly<Record<string, string>> = {
  ConversationOpened: "customer",
  CustomerWrote: "customer",
  OperatorWrote: "operator",
};
const CLOSED = "closed";

export function supportMethods(dependencies: GrpcDependencies): ServiceImpl<typeof SupportService> {
  return {
    async *chat(messages, { signal }) {
      let conversation: string | undefined;
      yield* inDialogue<ChatMessage, Message>(messages, signal, async (message, dialogue) => {
        requireValid(ChatMessageSchema, message);
        conversation = conversation === undefined
          ? await begin(dependencies, message, dialogue)
          : await say(dependencies, conversation, message, dialogue);
      });
    },
  };
}

/** Opens a conversation about an order, or joins one. */
async function begin(
  dependencies: GrpcDependencies,
  message: ChatMessage,
  dialogue: Dialogue<Message>,
): Promise<string> {
  const { system } = dependencies;
  const { conversationId, orderId, content: text } = message;
  if (conversationId !== "") {
    const id = requireId("conversation_id", conversationId);
    const snapshot = await system.actor("conversation", id).snapshot();
    if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", "There is no such conversation");
    await listen(dependencies, id, Number(message.afterPosition), snapshot.position, dialogue);
    return text === "" ? id : await say(dependencies, id, message, dialogue);
  }
  if (orderId === "") {
    throw new StatewrightError("INVALID", "The first message names an order_id to talk about, or a conversation_id");
  }
  await orderSnapshot(system, requireId("order_id", orderId));
  const id = newId();
  const opened = { type: "ConversationOpened", orderId, text };
  const { position } = await propose(system, { type: "conversation", id }, opened, {
    by: "client",
    messageId: message.messageId || undefined,
  });
  await listen(dependencies, id, 0, position, dialogue);
  return id;
}

async function say(
  dependencies: GrpcDependencies,
  id: string,
  { sender, content: text, messageId }: ChatMessage,
  dialogue: Dialogue<Message>,
): Promise<string> {
  const isOperator = sender === "operator";
  const event = { type: isOperator ? "OperatorWrote" : "CustomerWrote", text };
  const { position } = await propose(dependencies.system, { type: "conversation", id }, event, {
    by: isOperator ? "operator" : "client",
    messageId: messageId || undefined,
  });
  await listen(dependencies, id, 0, position, dialogue);
  return id;
}

function listen(
  { system }: GrpcDependencies,
  id: string,
  after: number,
  until: number,
  dialogue: Dialogue<Message>,
): Promise<void> {
  return dialogue.follow(system, { type: "conversation", id }, {
    after,
    until,
    message: (event) => chatMessage(id, event),
    isLast: ({ state }) => state === CLOSED,
  });
}

/** Undefined for what nobody said. */
function chatMessage(conversationId: string, event: StoredEvent): Message | undefined {
  const { text = "", orderId = "" } = JSON.parse(event.data) as { text?: string; orderId?: string };
  const sender = SENDER_OF[event.type];
  const closed = event.state === CLOSED;
  if (sender === undefined && !closed) return undefined;
  return {
    sender: sender ?? "",
    content: text,
    timestamp: timestampFromMs(event.recordedAt),
    conversationId,
    orderId,
    position: BigInt(event.position),
    closed,
  };
}
