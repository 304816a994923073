/** `shop.v1.OrderService`: orders followed, placed and asked in streams. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateOrderRequestSchema,
  type OrderCommand,
  OrderCommandSchema,
  type OrderEventSchema,
  type OrderService,
} from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import type { Accepted } from "../../runtime/receipt.ts";
import { getOrder, orderSnapshot, requestOfOrder } from "../../shop/orders/order.ts";
import { ORDER_REQUEST_SCHEMAS, type OrderRequest } from "../../shop/orders/order-states.ts";
import { placeOrder } from "../../shop/orders/place-order.ts";
import { watchOrder } from "../../shop/orders/watch-order.ts";
import { PROBLEMS } from "../problems.ts";
import { validate } from "../validation.ts";
import { createInBulk } from "./bulk.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { type Dialogue, inDialogue } from "./dialogue.ts";
import { statusMessage } from "./messages.ts";
import { cartFrom, detailsOf } from "./orders.ts";
import { requireId, requireValid } from "./validation.ts";
import { tokenOf, writeOnce } from "./writes.ts";

type OrderEvent = MessageInitShape<typeof OrderEventSchema>;
type StreamedMethods = Pick<ServiceImpl<typeof OrderService>, "watchOrder" | "createOrders" | "orderUpdates">;

export function orderStreams(dependencies: GrpcDependencies): StreamedMethods {
  const { system, logger } = dependencies;
  return {
    async *watchOrder({ orderId, afterPosition }, { signal }) {
      const id = requireId("order_id", orderId);
      for await (const update of watchOrder(system, id, { after: Number(afterPosition), signal })) {
        if (update.oldStatus === update.newStatus) continue;
        yield {
          orderId,
          oldStatus: statusMessage(update.oldStatus),
          newStatus: statusMessage(update.newStatus),
          timestamp: timestampFromMs(update.recordedAt),
          version: BigInt(update.version),
          eventType: update.event,
          state: update.state,
          position: BigInt(update.position),
        };
      }
    },

    async createOrders(items, { signal }) {
      const stream = { items, signal, logger };
      const { ids, errors, errorCount, position } = await createInBulk(stream, async (request) => {
        requireValid(CreateOrderRequestSchema, request);
        return await writeOnce(
          dependencies,
          CreateOrderRequestSchema,
          request,
          (key) => placeOrder(system, cartFrom(request), key),
        );
      });
      return { createdCount: ids.length, orderIds: ids, errors, errorCount, consistencyToken: tokenOf({ position }) };
    },

    orderUpdates: (commands, { signal }) =>
      inDialogue<OrderCommand, OrderEvent>(
        commands,
        signal,
        (command, dialogue) => obey(dependencies, command, dialogue),
      ),
  };
}

async function obey(
  dependencies: GrpcDependencies,
  command: OrderCommand,
  dialogue: Dialogue<OrderEvent>,
): Promise<void> {
  const { commandId, action } = command;
  try {
    requireValid(OrderCommandSchema, command);
    const id = requireId("order_id", command.orderId);
    const { position: before } = await orderSnapshot(dependencies.system, id);
    const after = command.afterPosition === undefined ? before : Number(command.afterPosition);
    const receipt = action === "watch" ? undefined : await ask(dependencies, id, command);
    if (receipt) await dialogue.send({ orderId: id, eventType: `${action}_accepted`, commandId, ...placeOf(receipt) });
    await dialogue.follow(dependencies.system, { type: "order", id }, {
      after,
      until: receipt?.position ?? before,
      message: (event) => eventMessage(id, event),
    });
  } catch (thrown) {
    const error = StatewrightError.from(thrown);
    if (PROBLEMS[error.code].publicDetail !== undefined) throw error;
    const { state = "", allowed = [], errors = [] } = error.details;
    await dialogue.send({
      orderId: command.orderId,
      eventType: `${action}_refused`,
      payload: JSON.stringify({ detail: error.message, allowed, errors }),
      commandId,
      state,
      errorCode: error.code,
    });
  }
}

async function ask(dependencies: GrpcDependencies, id: string, command: OrderCommand): Promise<Place> {
  const { system } = dependencies;
  // The rules of the message let nothing else through.
  const request = command.action as Extract<OrderRequest, "cancel" | "ship" | "deliver">;
  const details = validate(ORDER_REQUEST_SCHEMAS[request], detailsOf(request, command));
  let receipt: Accepted | undefined;
  const { position } = await writeOnce(dependencies, OrderCommandSchema, command, async (options) => {
    receipt = await requestOfOrder(system, id, request, details, options);
    return receipt;
  });
  if (receipt) return receipt;
  const { version, state, updatedAt } = await getOrder(system, id);
  return { version, state, recordedAt: updatedAt, position };
}

type Place = Pick<StoredEvent, "version" | "position" | "state" | "recordedAt">;

function placeOf({ version, position, state, recordedAt }: Place): Omit<OrderEvent, "$typeName" | "$unknown"> {
  return { version: BigInt(version), position: BigInt(position), state, timestamp: timestampFromMs(recordedAt) };
}

function eventMessage(orderId: string, event: StoredEvent): OrderEvent {
  return { orderId, eventType: event.type, payload: event.data, ...placeOf(event) };
}
