/** One shop, spoken to in every protocol and in all four kinds of calls. */
import { createClient, type Transport } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { CustomerService } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import { OrderStatus } from "../../../proto/gen/shop/v1/order_pb.ts";
import { OrderService } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { type GrpcShop, startGrpcShop, transports } from "../../support/grpc-shop.ts";

let grpc: GrpcShop;
beforeAll(async () => {
  grpc = await startGrpcShop();
});
afterAll(() => grpc.stop());

const address = { line1: "1 Main St", city: "Berlin", postalCode: "10115", country: "DE" };

/** A customer and a product, made through that transport. */
async function stocked(transport: Transport) {
  const customers = createClient(CustomerService, transport);
  const catalogue = createClient(CatalogService, transport);
  const { customer } = await customers.createCustomer({ username: "ada", email: "ada@example.com" });
  const { product } = await catalogue.createProduct({
    name: "Tea",
    price: { amount: "500", currency: "EUR" },
    stock: 1_000,
  });
  const cart = {
    customerId: customer!.id,
    items: [{ productId: product!.id, quantity: 2 }],
    shippingAddress: address,
  };
  return { customer: customer!, product: product!, cart };
}

/** HTTP/1.1 cannot speak both ways at once. */
const DUPLEX = ["gRPC", "gRPC-Web over HTTP/2", "Connect over HTTP/2", "Connect with JSON"];
const HALF_DUPLEX = ["gRPC-Web over HTTP/1.1", "Connect over HTTP/1.1"];

describe.each([...DUPLEX, ...HALF_DUPLEX])("%s", (name) => {
  const transport = () => transports(grpc)[name]!;

  test("unary: an order is placed, read, shipped and delivered", async () => {
    const orders = createClient(OrderService, transport());
    const { cart, customer } = await stocked(transport());
    const { order, consistencyToken } = await orders.createOrder(cart);
    expect(order).toMatchObject({ customerId: customer.id, total: { amount: "1000", currency: "EUR" } });
    expect(order!.items).toMatchObject([{ quantity: 2, unitPrice: { amount: "500", currency: "EUR" } }]);
    for await (const update of orders.watchOrder({ orderId: order!.id })) {
      if (update.newStatus === OrderStatus.CONFIRMED) break;
    }
    const shipped = await orders.shipOrder({ orderId: order!.id, trackingNumber: "T1" });
    expect(shipped.order).toMatchObject({ status: OrderStatus.SHIPPED, trackingNumber: "T1" });
    await orders.deliverOrder({ orderId: order!.id });
    const { order: read } = await orders.getOrder({ orderId: order!.id, consistencyToken });
    expect(read).toMatchObject({ status: OrderStatus.DELIVERED, allowedActions: [] });
  });

  test("server stream: every change of status, and then the end", async () => {
    const orders = createClient(OrderService, transport());
    const { cart } = await stocked(transport());
    const { order } = await orders.createOrder(cart);
    const seen: [OrderStatus, OrderStatus][] = [];
    for await (const { oldStatus, newStatus, orderId } of orders.watchOrder({ orderId: order!.id })) {
      expect(orderId).toBe(order!.id);
      seen.push([oldStatus, newStatus]);
      if (newStatus === OrderStatus.CONFIRMED) await orders.cancelOrder({ orderId, reason: "changed my mind" });
    }
    expect(seen).toEqual([
      [OrderStatus.UNSPECIFIED, OrderStatus.PENDING],
      [OrderStatus.PENDING, OrderStatus.CONFIRMED],
      [OrderStatus.CONFIRMED, OrderStatus.CANCELLING],
      [OrderStatus.CANCELLING, OrderStatus.CANCELLED],
    ]);
  });

  test("client stream: many orders, each by itself", async () => {
    const orders = createClient(OrderService, transport());
    const { cart } = await stocked(transport());
    const answer = await orders.createOrders((async function* () {
      yield cart;
      yield { ...cart, items: [{ ...cart.items[0]!, quantity: 0 }] };
      yield { ...cart, customerId: "01890a5d-ac96-774b-bcce-b302099a8057" };
      yield cart;
    })());
    expect(answer.createdCount).toBe(2);
    expect(answer.errorCount).toBe(2);
    expect(answer.errors).toMatchObject([
      { index: 1, code: "OUT_OF_RANGE", fields: [{ field: "items[0].quantity" }] },
      { index: 2, code: "INVALID", fields: [{ field: "customer_id" }] },
    ]);
    const { orders: listed } = await orders.listOrders({
      customerId: cart.customerId,
      consistencyToken: answer.consistencyToken,
    });
    expect(listed.map(({ id }) => id).toSorted()).toEqual(answer.orderIds.toSorted());
  });
});

describe("both ways", () => {
  test.each(DUPLEX)("%s: commands in, receipts and events out", async (name) => {
    const transport = transports(grpc)[name]!;
    const orders = createClient(OrderService, transport);
    const { cart } = await stocked(transport);
    const { order } = await orders.createOrder(cart);
    const orderId = order!.id;
    const confirmed = Promise.withResolvers<void>();
    const seen: string[] = [];
    const events = orders.orderUpdates((async function* () {
      yield { orderId, action: "watch", afterPosition: 0n };
      await confirmed.promise;
      yield { orderId, action: "deliver", commandId: "too early" };
      yield { orderId, action: "ship", commandId: "now", trackingNumber: "T2" };
    })());
    for await (const event of events) {
      seen.push(event.eventType);
      if (event.state === "confirmed") confirmed.resolve();
      if (event.commandId === "too early") expect(event.errorCode).toBe("TRANSITION_NOT_ALLOWED");
      if (event.commandId === "now") expect(event.state).toBe("shipped");
    }
    expect(seen).toEqual(expect.arrayContaining(["OrderPlaced", "deliver_refused", "ship_accepted", "OrderShipped"]));
  });
});
