import { ConnectError, createClient } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { CustomerService } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import { type Order, OrderStatusSchema } from "../../../proto/gen/shop/v1/order_pb.ts";
import { OrderService } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { startGrpcShop, transports } from "../../support/grpc-shop.ts";
import { ADDRESS } from "../../support/shop-client.ts";
import { type Door, type OrderAction, plainStatus, Refused, type SeenOrder } from "./door.ts";

export async function openGrpcDoor(): Promise<Door> {
  const grpc = await startGrpcShop();
  const transport = transports(grpc)["gRPC"]!;
  const [orders, catalogue, customers] = [
    createClient(OrderService, transport),
    createClient(CatalogService, transport),
    createClient(CustomerService, transport),
  ];
  const requestId = (key: string | undefined) => ({ requestId: key ?? "" });

  return {
    name: "gRPC",
    shop: grpc.shop,
    createCustomer: async (customer, key) =>
      (await accepted(customers.createCustomer({ ...customer, ...requestId(key) }))).customer!.id,
    async createProduct({ name, amount, currency, stock }, key) {
      const product = { name, price: { amount, currency }, stock, ...requestId(key) };
      return (await accepted(catalogue.createProduct(product))).product!.id;
    },
    async renameProduct(productId, name) {
      await accepted(catalogue.updateProduct({ productId, product: { name } }));
    },
    async discontinueProduct(productId) {
      await accepted(catalogue.deleteProduct({ productId }));
    },
    async createOrder(customerId, items, key) {
      const cart = { customerId, items: [...items], shippingAddress: ADDRESS, ...requestId(key) };
      return seen((await accepted(orders.createOrder(cart))).order!);
    },
    async ask(orderId, action, { key, expectedVersion, trackingNumber, reason }) {
      const about = {
        orderId,
        ...requestId(key),
        ...(expectedVersion !== undefined && { expectedVersion: BigInt(expectedVersion) }),
      };
      const asked: Record<OrderAction, () => Promise<{ readonly order?: Order | undefined }>> = {
        changeShippingAddress: () => orders.updateOrder({ ...about, order: { shippingAddress: ADDRESS } }),
        cancel: () => orders.cancelOrder({ ...about, ...(reason !== undefined && { reason }) }),
        ship: () => orders.shipOrder({ ...about, ...(trackingNumber !== undefined && { trackingNumber }) }),
        deliver: () => orders.deliverOrder(about),
      };
      return seen((await accepted(asked[action]())).order!);
    },
    order: async (orderId) => seen((await accepted(orders.getOrder({ orderId }))).order!),
    ordersOf: async (customerId) => (await accepted(orders.listOrders({ customerId }))).orders.map(({ id }) => id),
    async product(productId) {
      const { product } = await accepted(catalogue.getProduct({ productId }));
      return { name: product!.name, available: product!.stock!.available };
    },
    async customer(customerId) {
      const { customer } = await accepted(customers.getCustomer({ customerId }));
      return { name: customer!.name, email: customer!.email };
    },
    stop: grpc.stop,
  };
}

async function accepted<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (thrown) {
    const error = ConnectError.from(thrown);
    const [info] = error.findDetails(ErrorInfoSchema);
    throw new Refused(info?.reason ?? `no reason with ${error.code}`, error.rawMessage);
  }
}

function seen(order: Order): SeenOrder {
  const { id, customerId, status, state, version, items, total, trackingNumber, allowedActions } = order;
  const money = (amount: { amount: string; currency: string } | undefined) => ({
    amount: amount!.amount,
    currency: amount!.currency,
  });
  return {
    id,
    customerId,
    status: plainStatus(OrderStatusSchema.value[status]!.name),
    state,
    version: Number(version),
    items: items.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, unitPrice: money(unitPrice) })),
    total: money(total),
    trackingNumber,
    offers: allowedActions,
  };
}
