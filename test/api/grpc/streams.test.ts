/** Streams over time: they go on where they broke off, end when they have to, and leave nothing behind. */
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { CustomerService } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import { OrderStatus } from "../../../proto/gen/shop/v1/order_pb.ts";
import { OrderService } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { SupportService } from "../../../proto/gen/shop/v1/support_service_pb.ts";
import { ActorService } from "../../../proto/gen/statewright/v1/actor_service_pb.ts";
import type { StoredEvent } from "../../../src/projection/projection.ts";
import type { ActorSystem } from "../../../src/runtime/receipt.ts";
import { eventually } from "../../support/eventually.ts";
import { type GrpcShop, startGrpcShop, transports } from "../../support/grpc-shop.ts";
import { ADDRESS, shopClient } from "../../support/shop-client.ts";

let grpc: GrpcShop;
let lacking: string[] = [];
/** How many follow an actor at the moment. */
let following = 0;
let cart: { customerId: string; items: { productId: string; quantity: number }[]; shippingAddress: typeof ADDRESS };
beforeAll(async () => {
  grpc = await startGrpcShop({ notReady: async () => lacking, system: counted });
  const rest = shopClient(grpc.shop.url);
  const [customerId, productId] = await Promise.all([rest.customer(), rest.product("500", 100_000)]);
  cart = { customerId, items: [{ productId, quantity: 1 }], shippingAddress: ADDRESS };
});
afterAll(() => grpc.stop());

/** The same system, which counts who follows. */
function counted(system: ActorSystem): ActorSystem {
  async function* counting(events: AsyncIterable<StoredEvent>) {
    following++;
    try {
      yield* events;
    } finally {
      following--;
    }
  }
  return {
    actor(type, id) {
      const actor = system.actor(type, id);
      return { ...actor, subscribe: (options) => counting(actor.subscribe(options)) };
    },
  };
}

const transport = () => transports(grpc)["gRPC"]!;
const orders = () => createClient(OrderService, transport());
const failure = (call: Promise<unknown>): Promise<ConnectError> => call.then(() => expect.unreachable(), (e) => e);

async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

async function placed(): Promise<string> {
  return (await orders().createOrder(cart)).order!.id;
}

/** The order's id, once it is at its end. */
async function cancelled(): Promise<string> {
  const orderId = await placed();
  await orders().cancelOrder({ orderId });
  await collect(orders().watchOrder({ orderId }));
  return orderId;
}

describe("watching", () => {
  test("goes on after any update exactly where it was", async () => {
    const orderId = await cancelled();
    const all = await collect(orders().watchOrder({ orderId }));
    expect(all.at(-1)!.newStatus).toBe(OrderStatus.CANCELLED);
    for (const [at, { position }] of all.slice(0, -1).entries()) {
      expect(await collect(orders().watchOrder({ orderId, afterPosition: position }))).toEqual(all.slice(at + 1));
    }
  });

  test("an actor's events: the whole history, and from a position on", async () => {
    const id = await cancelled();
    const actors = createClient(ActorService, transport());
    const actor = { type: "order", id };
    const { events } = await actors.listEvents({ actor });
    const [second, third] = [events[1]!, events[2]!];
    for await (const { event } of actors.watchActor({ actor, afterPosition: second.position })) {
      expect(event).toEqual(third);
      break;
    }
    const first = await actors.listEvents({ actor, pageSize: 1 });
    expect(first.events).toEqual([events[0]]);
    expect((await actors.listEvents({ actor, pageToken: first.nextPageToken })).events).toEqual(events.slice(1));
    const { actor: read } = await actors.getActor({ actor });
    expect(read).toMatchObject({ state: "cancelled", version: BigInt(events.length), allowedEvents: [] });
  });

  test("a deadline ends it, and a deadline that has passed begins nothing", async () => {
    const orderId = await placed();
    const watching = failure(collect(orders().watchOrder({ orderId }, { timeoutMs: 300 })));
    expect((await watching).code).toBe(Code.DeadlineExceeded);
    const { order } = await orders().getOrder({ orderId });
    expect(order!.status).not.toBe(OrderStatus.CANCELLED);
  });

  test("whoever leaves is forgotten, through every protocol", async () => {
    const orderId = await placed();
    const before = following;
    for (const over of Object.values(transports(grpc))) {
      const leave = new AbortController();
      const watching = createClient(OrderService, over).watchOrder({ orderId }, { signal: leave.signal });
      const error = await failure((async () => {
        for await (const _ of watching) {
          expect(following).toBe(before + 1);
          leave.abort();
        }
      })());
      expect(error.code).toBe(Code.Canceled);
      await eventually(() => expect(following).toBe(before));
    }
  });
});

describe("in streams", () => {
  test("two hundred orders, in the order in which they were sent", async () => {
    const answer = await orders().createOrders((async function* () {
      for (let n = 0; n < 200; n++) yield { ...cart, requestId: `bulk-${n}` };
    })());
    expect(answer).toMatchObject({ createdCount: 200, errorCount: 0 });
    const again = await orders().createOrders((async function* () {
      for (let n = 0; n < 200; n++) yield { ...cart, requestId: `bulk-${n}` };
    })());
    expect(again.orderIds).toEqual(answer.orderIds);
  });

  test("customers: many in, and all out page by page", async () => {
    const customers = createClient(CustomerService, transport());
    const { customerIds, consistencyToken, errors } = await customers.batchCreateCustomers((async function* () {
      for (let n = 0; n < 120; n++) yield { username: `user${n}`, email: `user${n}@example.com`, bio: "curious" };
      yield { username: "not at all", email: "nobody@example.com" };
    })());
    expect(customerIds).toHaveLength(120);
    expect(errors).toMatchObject([{ index: 120, code: "INVALID", fields: [{ field: "username" }] }]);
    const listed = await collect(customers.listCustomers({ consistencyToken }));
    expect(listed.slice(-120).map(({ customer }) => customer!.id).toSorted()).toEqual(customerIds.toSorted());
    const page = await collect(customers.listCustomers({ pageSize: 3 }));
    const rest = await collect(customers.listCustomers({ pageToken: page.at(-1)!.nextPageToken }));
    expect([...page, ...rest].map(({ customer }) => customer)).toEqual(listed.map(({ customer }) => customer));
    const { customer } = await customers.updateCustomer({
      customerId: customerIds[0]!,
      customer: { address: ADDRESS, name: "Ada" },
      updateMask: { paths: ["address", "name", "bio"] },
    });
    expect(customer).toMatchObject({ name: "Ada", address: ADDRESS });
    expect(customer!.bio).toBeUndefined();
  });

  test("the details of an order", async () => {
    const orderId = await cancelled();
    expect(await orders().getOrderDetails({ orderId })).toMatchObject({
      orderId,
      status: OrderStatus.CANCELLED,
      customer: { name: "Ada" },
      products: [{ productId: cart.items[0]!.productId, quantity: 1 }],
      missing: [],
    });
  });
});

test("a customer and the shop talk, and it is all kept", async () => {
  const orderId = await placed();
  const support = createClient(SupportService, transport());
  const heard: string[] = [];
  const answered = Promise.withResolvers<string>();
  const talk = support.chat((async function* () {
    yield { orderId, content: "Where is it?" };
    yield { content: "Hello?", messageId: "m2" };
    yield { content: "Hello?", messageId: "m2" };
    await answered.promise;
  })());
  const operator = async (conversationId: string) => {
    const said = await collect(support.chat((async function* () {
      yield { conversationId, sender: "operator", content: "On its way" };
    })()));
    expect(said.map(({ sender, content }) => [sender, content])).toEqual([
      ["customer", "Where is it?"],
      ["customer", "Hello?"],
      ["operator", "On its way"],
    ]);
  };
  for await (const { sender, content, conversationId } of talk) {
    heard.push(`${sender}: ${content}`);
    if (content === "Hello?") void operator(conversationId).then(() => answered.resolve(""), answered.reject);
  }
  expect(heard).toEqual(["customer: Where is it?", "customer: Hello?", "operator: On its way"]);
});

describe("health", () => {
  const health = () => createClient(Health, transport());

  test("of the whole, of a service, and of one that is not there", async () => {
    expect((await health().check({})).status).toBe(Serving.SERVING);
    expect((await health().check({ service: "shop.v1.OrderService" })).status).toBe(Serving.SERVING);
    expect((await failure(health().check({ service: "nothing" }))).code).toBe(Code.NotFound);
  });

  test("is told again when it changes", async () => {
    const seen: number[] = [];
    for await (const { status } of health().watch({})) {
      seen.push(status);
      lacking = seen.length === 1 ? ["the demo is being placed"] : [];
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([Serving.SERVING, Serving.NOT_SERVING, Serving.SERVING]);
  });
});

test("at the end streams are told to go on elsewhere, and calls under way are answered", async () => {
  const own = await startGrpcShop();
  const rest = shopClient(own.shop.url);
  const [customerId, productId] = await Promise.all([rest.customer(), rest.product("500", 10)]);
  const transport = createGrpcTransport({ baseUrl: own.url });
  const client = createClient(OrderService, transport);
  const cart = { customerId, items: [{ productId, quantity: 1 }], shippingAddress: ADDRESS };
  const { order } = await client.createOrder(cart);
  const begun = Promise.withResolvers<void>();
  const watching = failure((async () => {
    for await (const _ of client.watchOrder({ orderId: order!.id })) begun.resolve();
  })());
  await begun.promise;
  // It takes some messages between actors, and so a while.
  const creating = createClient(CatalogService, transport).createProduct({
    name: "Tea",
    price: { amount: "500", currency: "EUR" },
  });
  await eventually(async () => {
    const events = await own.shop.store.readAll({ after: 0, limit: 1_000 });
    expect(events.filter(({ type }) => type === "ProductListed")).toHaveLength(2);
  });
  own.door.endStreams();
  await own.listener.close(10_000);
  const error = await watching;
  expect(error.code).toBe(Code.Unavailable);
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "UNAVAILABLE" }]);
  expect(error.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 1n } }]);
  expect((await creating).product!.name).toBe("Tea");
  await own.shop.stop();
});
