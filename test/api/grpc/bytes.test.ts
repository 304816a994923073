/** gRPC calls that no client would make, byte by byte over HTTP/2: each is refused with the code that it has elsewhere. */
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CreateOrderRequestSchema } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { callWithBytes, envelope } from "../../support/grpc-bytes.ts";
import { type GrpcShop, startGrpcShop } from "../../support/grpc-shop.ts";
import { ADDRESS, shopClient } from "../../support/shop-client.ts";

const CREATE = "shop.v1.OrderService/CreateOrder";
const MIB = 1_048_576;

let grpc: GrpcShop;
let customerId: string;
let productId: string;
beforeAll(async () => {
  grpc = await startGrpcShop();
  const rest = shopClient(grpc.shop.url);
  [customerId, productId] = await Promise.all([rest.customer(), rest.product("500", 1_000)]);
});
afterAll(() => grpc.stop());

const cart = () => ({ customerId, items: [{ productId, quantity: 1 }], shippingAddress: ADDRESS });
const send = (path: string, bytes: Uint8Array, headers = {}) => callWithBytes(grpc.url, path, bytes, headers);

describe("bytes that are none of ours", () => {
  const garbage = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0x00]);
  const nested = (depth: number): Uint8Array => {
    let bytes = new Uint8Array();
    for (let i = 0; i < depth; i++) bytes = Buffer.concat([Buffer.from([0x1b]), bytes]);
    return bytes;
  };
  const badUtf8 = Buffer.from([0x0a, 0x02, 0xff, 0xfe]);

  test.each<[string, () => Uint8Array]>([
    ["garbage", () => envelope(garbage)],
    ["a message cut short", () => envelope(Buffer.from([0x0a, 0x24, 0x30]))],
    ["text that is no UTF-8", () => envelope(badUtf8)],
    ["groups without end", () => envelope(nested(5_000))],
  ])("%s over gRPC", async (_, bytes) => {
    expect(await send(CREATE, bytes())).toEqual({ code: "InvalidArgument", reason: "MALFORMED" });
  });

  test("garbage in a stream", async () => {
    expect(await send("shop.v1.OrderService/WatchOrder", envelope(garbage)))
      .toEqual({ code: "InvalidArgument", reason: "MALFORMED" });
    expect(await send("shop.v1.OrderService/CreateOrders", envelope(garbage)))
      .toEqual({ code: "InvalidArgument", reason: "MALFORMED" });
  });

  test("compressed", async () => {
    const message = create(CreateOrderRequestSchema, cart());
    const sent = (bytes: Uint8Array) => send(CREATE, envelope(gzipSync(bytes), 1), { "grpc-encoding": "gzip" });
    expect((await sent(toBinary(CreateOrderRequestSchema, message))).code).toBe("ok");
    expect(await sent(garbage)).toEqual({ code: "InvalidArgument", reason: "MALFORMED" });
    expect(await sent(Buffer.alloc(100 * MIB))).toEqual({ code: "ResourceExhausted", reason: "TOO_LARGE" });
  });

  test("a length that promises more than there is", async () => {
    const cut = envelope(Buffer.alloc(10)).subarray(0, 8);
    expect((await send(CREATE, cut)).code).toBe("InvalidArgument");
  });

  test("more than a mebibyte, said or sent", async () => {
    const large = envelope(Buffer.alloc(MIB + 1));
    expect(await send(CREATE, large)).toEqual({ code: "ResourceExhausted", reason: "TOO_LARGE" });
    expect(await send("shop.v1.OrderService/CreateOrders", large))
      .toEqual({ code: "ResourceExhausted", reason: "TOO_LARGE" });
  });

  test("fields that do not exist are ignored", async () => {
    const known = toBinary(CreateOrderRequestSchema, create(CreateOrderRequestSchema, cart()));
    const unknown = Buffer.from([0xa2, 0x06, 0x03, 0x61, 0x62, 0x63]);
    expect((await send(CREATE, envelope(Buffer.concat([known, unknown])))).code).toBe("ok");
  });

  test("a service, a method, a path that is not there", async () => {
    expect((await send("shop.v1.OrderService/Nothing", envelope(new Uint8Array()))).code).toBe("404");
    expect((await send("nothing", envelope(new Uint8Array()))).code).toBe("404");
  });

  test("no message, and two where one is expected", async () => {
    expect((await send(CREATE, new Uint8Array())).code).toMatch(/Unimplemented|InvalidArgument/);
    const one = envelope(new Uint8Array());
    expect((await send(CREATE, Buffer.concat([one, one]))).code).toMatch(/Unimplemented|InvalidArgument/);
  });
});

describe("heads", () => {
  const call = (headers: Record<string, string>) =>
    send("shop.v1.OrderService/GetOrder", envelope(new Uint8Array()), headers);
  const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, "a"]));

  test.each([
    ["200 header fields", fields(200)],
    ["a header of 32 KiB", { x: "a".repeat(32_768) }],
  ])("%s: 431", async (_, headers) => {
    expect((await call(headers)).code).toBe("431");
  });

  test("what a token of 20 KiB takes is read", async () => {
    expect(await call({ authorization: `Bearer ${"a".repeat(20_480)}` })).toEqual({
      code: "InvalidArgument",
      reason: "MALFORMED",
    });
  });

  test("another media type: 415; no time left: deadline exceeded", async () => {
    expect((await call({ "content-type": "text/plain" })).code).toBe("415");
    expect(await call({ "grpc-timeout": "0m" })).toMatchObject({ code: "DeadlineExceeded" });
  });
});
