/** `shop.v1.OrderService`: one order at a time. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CancelOrderRequestSchema,
  type CreateOrderRequest,
  CreateOrderRequestSchema,
  DeliverOrderRequestSchema,
  type GetOrderDetailsResponseSchema,
  type OrderService,
  ShipOrderRequestSchema,
  UpdateOrderRequestSchema,
} from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { getOrder, requestOfOrder } from "../../shop/orders/order.ts";
import { detailSources, type OrderDetails, orderDetails } from "../../shop/orders/order-details.ts";
import { ORDER_REQUEST_SCHEMAS, type OrderRequest } from "../../shop/orders/order-states.ts";
import { type Cart, cartSchema, placeOrder } from "../../shop/orders/place-order.ts";
import type { WriteOptions } from "../../shop/propose.ts";
import { ordersInSight } from "../orders-in-sight.ts";
import { validate } from "../validation.ts";
import type { GrpcDependencies } from "./dependencies.ts";
import { addressFrom, orderMessage, statusFrom, statusMessage } from "./messages.ts";
import { nextPageToken, readPageRequest } from "./pages.ts";
import { requireId } from "./validation.ts";
import { tokenOf, writeOnce, type Written } from "./writes.ts";

type StreamedMethod = "watchOrder" | "createOrders" | "orderUpdates";

const DETAILS_DEADLINE_MS = 1_000;

export function orderMethods(dependencies: GrpcDependencies): Omit<ServiceImpl<typeof OrderService>, StreamedMethod> {
  const { system, readModels, consistency, clock } = dependencies;
  const current = async (id: string) => ({ order: orderMessage(await getOrder(system, id)) });
  const written = async (done: Written) => ({ ...await current(done.id), consistencyToken: tokenOf(done) });

  return {
    getOrder: ({ orderId }) => current(requireId("order_id", orderId)),

    async createOrder(request) {
      const place = (key: WriteOptions) => placeOrder(system, cartFrom(request), key);
      return await written(await writeOnce(dependencies, CreateOrderRequestSchema, request, place));
    },

    async listOrders(request) {
      const { customerId, consistencyToken } = request;
      const status = statusFrom(request.status);
      const filter = { status, customerId: customerId === "" ? undefined : requireId("customer_id", customerId) };
      const list = ordersInSight(dependencies, filter);
      const slice = readPageRequest(list.name, request);
      await consistency.caughtUp(consistencyToken || undefined);
      const { items, next } = await list.page(slice);
      return { orders: items.map(orderMessage), nextPageToken: nextPageToken(list.name, next) };
    },

    async updateOrder(request) {
      const { order } = request;
      const details = order?.shippingAddress ? { shippingAddress: addressFrom(order.shippingAddress) } : {};
      const ask = asking(dependencies, request, "changeShippingAddress", details);
      return await written(await writeOnce(dependencies, UpdateOrderRequestSchema, request, ask));
    },
    async cancelOrder(request) {
      const ask = asking(dependencies, request, "cancel", detailsOf("cancel", request));
      return await written(await writeOnce(dependencies, CancelOrderRequestSchema, request, ask));
    },
    async shipOrder(request) {
      const ask = asking(dependencies, request, "ship", detailsOf("ship", request));
      return await written(await writeOnce(dependencies, ShipOrderRequestSchema, request, ask));
    },
    async deliverOrder(request) {
      const ask = asking(dependencies, request, "deliver", {});
      return await written(await writeOnce(dependencies, DeliverOrderRequestSchema, request, ask));
    },

    async getOrderDetails({ orderId, consistencyToken }) {
      await consistency.caughtUp(consistencyToken || undefined);
      const sources = detailSources(system, readModels);
      const id = requireId("order_id", orderId);
      return detailsMessage(await orderDetails(sources, clock, id, DETAILS_DEADLINE_MS));
    },
  };
}

/** @throws StatewrightError with pointers into the request */
export function cartFrom({ customerId, items, shippingAddress }: CreateOrderRequest): Cart {
  return validate(cartSchema, {
    customerId,
    items: items.map(({ productId, quantity }) => ({ productId, quantity })),
    shippingAddress: shippingAddress && addressFrom(shippingAddress),
  });
}

/** Asks it of the order, once it is asked itself. */
function asking(
  { system }: GrpcDependencies,
  { orderId }: { readonly orderId: string },
  request: OrderRequest,
  details: object,
) {
  return (options: WriteOptions) => {
    const id = requireId("order_id", orderId);
    const checked = validate(ORDER_REQUEST_SCHEMAS[request], details);
    return requestOfOrder(system, id, request, checked, options);
  };
}

/** What is not said is left out: proto has no word for it but the empty text. */
export function detailsOf(
  request: OrderRequest,
  { reason = "", trackingNumber = "" }: { readonly reason?: string; readonly trackingNumber?: string },
): object {
  if (request === "cancel" && reason !== "") return { reason };
  return request === "ship" && trackingNumber !== "" ? { trackingNumber } : {};
}

function detailsMessage(details: OrderDetails): MessageInitShape<typeof GetOrderDetailsResponseSchema> {
  const { orderId, status, customer, products, payment, total, missing } = details;
  return {
    orderId,
    status: statusMessage(status),
    ...(customer && { customer }),
    products: products.map(({ id, name, quantity, unitPrice }) => ({
      productId: id,
      name: name ?? "",
      quantity,
      unitPrice,
    })),
    ...(payment && { payment: { status: payment.status } }),
    total,
    missing: [...missing],
  };
}
