/** Clients that are not ours: grpc-js in all four kinds of calls, buf's curl with nothing but reflection, plain fetch. */
import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { create, type DescMethod, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BulkOrderResponse,
  type OrderEvent,
  OrderService,
  type OrderStatusUpdate,
} from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { type GrpcShop, startGrpcShop } from "../../support/grpc-shop.ts";
import { REPOSITORY } from "../../support/programs.ts";
import { ADDRESS, shopClient } from "../../support/shop-client.ts";

let grpc: GrpcShop;
let cart: MessageInitShape<(typeof OrderService.method.createOrder)["input"]>;
beforeAll(async () => {
  grpc = await startGrpcShop();
  const rest = shopClient(grpc.shop.url);
  const [customerId, productId] = await Promise.all([rest.customer(), rest.product("500", 1_000)]);
  cart = { customerId, items: [{ productId, quantity: 1 }], shippingAddress: ADDRESS };
});
afterAll(() => grpc.stop());

describe("grpc-js", () => {
  let client: Client;
  beforeAll(() => {
    client = new Client(`127.0.0.1:${grpc.listener.port}`, credentials.createInsecure());
  });
  afterAll(() => client.close());

  /** Path and codecs, as grpc-js takes them. */
  function codecs<Method extends DescMethod>(method: Method) {
    return [
      `/${method.parent.typeName}/${method.name}`,
      (message: MessageInitShape<Method["input"]>) =>
        Buffer.from(toBinary(method.input, create(method.input, message as MessageInitShape<typeof method.input>))),
      (bytes: Uint8Array) => fromBinary(method.output, bytes),
    ] as const;
  }

  function unary<Method extends DescMethod>(method: Method, request: MessageInitShape<Method["input"]>) {
    return new Promise<ReturnType<typeof fromBinary<Method["output"]>>>((resolve, reject) => {
      client.makeUnaryRequest(
        ...codecs(method),
        request,
        (error, answer) => error ? reject(error) : resolve(answer as ReturnType<typeof fromBinary<Method["output"]>>),
      );
    });
  }
  const { createOrder, getOrder, watchOrder, createOrders, orderUpdates } = OrderService.method;

  test("unary, with an error's status and details", async () => {
    const { order } = await unary(createOrder, cart);
    expect((await unary(getOrder, { orderId: order!.id })).order!.id).toBe(order!.id);
    const refused = await unary(getOrder, { orderId: "01890a5d-ac96-774b-bcce-b302099a8057" }).catch((error) => error);
    expect((refused as ServiceError).code).toBe(status.NOT_FOUND);
    expect((refused as ServiceError).metadata.get("grpc-status-details-bin").toString()).toContain("NOT_FOUND");
  });

  test("server stream", async () => {
    const { order } = await unary(createOrder, cart);
    const seen: number[] = [];
    const stream = client.makeServerStreamRequest(...codecs(watchOrder), { orderId: order!.id });
    for await (const update of stream as AsyncIterable<OrderStatusUpdate>) {
      seen.push(update.newStatus);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1, 2]);
  });

  test("client stream", async () => {
    const answer = await new Promise<BulkOrderResponse>((resolve, reject) => {
      const call = client.makeClientStreamRequest(
        ...codecs(createOrders),
        (error, value) => error ? reject(error) : resolve(value as BulkOrderResponse),
      );
      for (let i = 0; i < 20; i++) call.write(cart);
      call.end();
    });
    expect(answer.createdCount).toBe(20);
  });

  test("both ways", async () => {
    const { order } = await unary(createOrder, cart);
    const call = client.makeBidiStreamRequest(...codecs(orderUpdates));
    call.write({ orderId: order!.id, action: "cancel", commandId: "c1" });
    call.end();
    const seen: string[] = [];
    for await (const event of call as AsyncIterable<OrderEvent>) seen.push(event.eventType);
    expect(seen).toEqual(expect.arrayContaining(["cancel_accepted", "CancellationRequested"]));
  });
});

describe("buf curl, bare", () => {
  async function bufCurl({ parent, name }: DescMethod, data: object, ...more: string[]): Promise<unknown[]> {
    const bin = join(REPOSITORY, "node_modules/.bin");
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"]}` };
    const url = `${grpc.url}/${parent.typeName}/${name}`;
    const { stdout } = await promisify(execFile)(
      join(bin, "buf"),
      ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--data", JSON.stringify(data), ...more, url],
      { env },
    );
    return stdout.trim().split(/\n(?=\{)/).map((text) => JSON.parse(text) as unknown);
  }

  test.each(["grpc-v1", "grpc-v1alpha"])("a call, with what reflection %s says", async (reflection) => {
    const method = OrderService.method.createOrder;
    const [answer] = await bufCurl(method, cart, "--reflect-protocol", reflection);
    expect(answer).toMatchObject({ order: { status: "ORDER_STATUS_PENDING", total: { amount: "500" } } });
  });

  test("a stream that ends", async () => {
    const order = await shopClient(grpc.shop.url).place(cart.customerId!, { [cart.items![0]!.productId!]: 1 });
    await bufCurl(OrderService.method.cancelOrder, { orderId: order.body.id });
    const updates = await bufCurl(OrderService.method.watchOrder, { orderId: order.body.id });
    expect(updates.at(-1)).toMatchObject({ newStatus: "ORDER_STATUS_CANCELLED" });
  });
});

describe("fetch with JSON on the HTTP port", () => {
  const call = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${grpc.httpUrl}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });

  test("a plain POST is a call", async () => {
    const answer = await call("shop.v1.OrderService/CreateOrder", JSON.stringify(cart));
    expect(answer.status).toBe(200);
    const { order } = await answer.json() as { order: { id: string; total: object } };
    expect(order.total).toEqual({ amount: "500", currency: "EUR" });
    const message = encodeURIComponent(JSON.stringify({ order_id: order.id }));
    const read = await fetch(`${grpc.httpUrl}/shop.v1.OrderService/GetOrder?encoding=json&message=${message}`);
    expect(await read.json()).toMatchObject({ order: { id: order.id } });
  });

  test("other paths are others' business", async () => {
    const answer = await call("shop.v1.OrderService/Nothing", "{}");
    expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 404, text: "others" });
  });
});
