/** What no client of ours would send: each is refused with the code that REST has for it, and nothing is written. */
import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { CustomerService } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import type { OrderStatus } from "../../../proto/gen/shop/v1/order_pb.ts";
import { OrderService } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { ActorService } from "../../../proto/gen/statewright/v1/actor_service_pb.ts";
import type { Refusal } from "../../support/grpc-bytes.ts";
import { type GrpcShop, startGrpcShop, transports } from "../../support/grpc-shop.ts";
import { ADDRESS, shopClient } from "../../support/shop-client.ts";

const UNKNOWN_ID = "01890a5d-ac96-774b-bcce-b302099a8057";
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

const cart = (more: object = {}) => ({
  customerId,
  items: [{ productId, quantity: 1 }],
  shippingAddress: ADDRESS,
  ...more,
});

/** Posts a Connect call as it stands. */
async function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  type = "application/json",
  headers = {},
): Promise<Refusal> {
  const url = `${grpc.httpUrl}/${path}`;
  // What is refused half-read costs the connection, so each call has its own.
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": type, ...headers },
    body,
    keepalive: false,
  });
  const text = await answer.text();
  expect(answer.status, text).not.toBe(500);
  if (!text.startsWith("{")) return { code: String(answer.status), reason: undefined };
  const { code, details = [] } = JSON.parse(text) as { code: string; details?: { type: string; value: string }[] };
  const info = details.find(({ type }) => type === "google.rpc.ErrorInfo");
  return { code, reason: info && fromBinary(ErrorInfoSchema, base64Decode(info.value)).reason };
}

const CREATE = "shop.v1.OrderService/CreateOrder";

describe("JSON that is none of ours", () => {
  test.each<[string, string, string]>([
    ["nothing", "", "MALFORMED"],
    ["no JSON", "not json", "MALFORMED"],
    ["half of it", '{"customerId": ', "MALFORMED"],
    ["a byte order mark", "\ufeff{}", "MALFORMED"],
    ["two values", "{}{}", "MALFORMED"],
    ["an array", "[]", "MALFORMED"],
    ["a text", '"x"', "MALFORMED"],
    ["null", "null", "MALFORMED"],
    ["a key twice", '{"customerId":"a","customerId":"b"}', "MALFORMED"],
    ["a field that does not exist", '{"status":"ORDER_STATUS_SHIPPED"}', "UNKNOWN_FIELD"],
    ["__proto__", '{"__proto__":{"x":1}}', "UNKNOWN_FIELD"],
    ["33 levels", `${'{"a":'.repeat(33)}1${"}".repeat(33)}`, "TOO_DEEP"],
    ["10,000 levels", `${"[".repeat(10_000)}${"]".repeat(10_000)}`, "TOO_DEEP"],
    ["a wrong type", '{"customerId": 5}', "MALFORMED"],
    ["half a quantity", '{"items":[{"productId":"x","quantity":1.5}]}', "MALFORMED"],
    ["a quantity beyond int32", '{"items":[{"productId":"x","quantity":2147483648}]}', "MALFORMED"],
    ["NUL", '{"customerId":"\\u0000"}', "MALFORMED"],
    ["half a surrogate pair", '{"customerId":"\\ud800"}', "MALFORMED"],
  ])("%s", async (_, body, reason) => {
    expect(await post(CREATE, body)).toEqual({ code: "invalid_argument", reason });
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  test("bytes that are no UTF-8", async () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await post(CREATE, bytes)).toEqual({ code: "invalid_argument", reason: "MALFORMED" });
  });

  test("more than a mebibyte", async () => {
    expect(await post(CREATE, `{"requestId":"${"x".repeat(MIB)}"}`)).toEqual({
      code: "resource_exhausted",
      reason: "TOO_LARGE",
    });
  });

  test.each([["text/plain"], ["application/grpc"], ["application/xml"]])("as %s", async (type) => {
    expect((await post(CREATE, "{}", type)).code).toMatch(/^4(15|04)$/);
  });

  test("an encoding nobody knows", async () => {
    expect((await post(CREATE, "{}", "application/json", { "content-encoding": "zstd" })).code).toBe("unimplemented");
  });

  test("compressed: what is fine, what is a bomb, and what is neither", async () => {
    const gzip = { "content-encoding": "gzip" };
    const send = (bytes: Uint8Array<ArrayBuffer>) => post(CREATE, bytes, "application/json", gzip);
    expect(await send(gzipSync('{"status":1}'))).toEqual({ code: "invalid_argument", reason: "UNKNOWN_FIELD" });
    expect(await send(gzipSync(Buffer.alloc(100 * MIB)))).toEqual({ code: "resource_exhausted", reason: "TOO_LARGE" });
    expect(await send(Buffer.from("not gzip"))).toEqual({ code: "invalid_argument", reason: "MALFORMED" });
  });

  test("a deadline that cannot be kept", async () => {
    const product = JSON.stringify({ name: "Tea", price: { amount: "500", currency: "EUR" } });
    expect(
      await post("shop.v1.CatalogService/CreateProduct", product, "application/json", { "connect-timeout-ms": "1" }),
    )
      .toEqual({ code: "deadline_exceeded", reason: "DEADLINE_EXCEEDED" });
  });

  test("a method that is not allowed", async () => {
    expect((await fetch(`${grpc.httpUrl}/${CREATE}`)).status).toBe(405);
    expect((await fetch(`${grpc.httpUrl}/${CREATE}`, { method: "DELETE" })).status).toBe(405);
  });
});

test("bytes that are no message, over Connect", async () => {
  const garbage = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0x00]);
  expect(await post(CREATE, garbage, "application/proto")).toEqual({ code: "invalid_argument", reason: "MALFORMED" });
});

describe("values that break a rule", () => {
  const orders = () => createClient(OrderService, transports(grpc)["gRPC"]!);
  const catalogue = () => createClient(CatalogService, transports(grpc)["gRPC"]!);
  const customers = () => createClient(CustomerService, transports(grpc)["gRPC"]!);
  const actors = () => createClient(ActorService, transports(grpc)["gRPC"]!);

  async function refusal(call: Promise<unknown>): Promise<Refusal> {
    const error = await call.then(() => undefined, (thrown: ConnectError) => thrown);
    const [info] = error?.findDetails(ErrorInfoSchema) ?? [];
    return { code: error === undefined ? "ok" : Code[error.code], reason: info?.reason };
  }
  const price = (amount: string, currency = "EUR") => ({ name: "Tea", price: { amount, currency }, stock: 1 });
  const items = (quantity: number, count = 1) => Array.from({ length: count }, () => ({ productId, quantity }));

  test.each<[string, () => Promise<unknown>, string, string]>([
    ["quantity 0", () => orders().createOrder(cart({ items: items(0) })), "InvalidArgument", "OUT_OF_RANGE"],
    ["quantity -1", () => orders().createOrder(cart({ items: items(-1) })), "InvalidArgument", "OUT_OF_RANGE"],
    ["quantity 10^9", () => orders().createOrder(cart({ items: items(1e9) })), "InvalidArgument", "OUT_OF_RANGE"],
    ["no lines", () => orders().createOrder(cart({ items: [] })), "InvalidArgument", "INVALID"],
    ["1,001 lines", () => orders().createOrder(cart({ items: items(1, 1_001) })), "InvalidArgument", "LIMIT"],
    ["no address", () => orders().createOrder({ customerId, items: items(1) }), "InvalidArgument", "MALFORMED"],
    [
      "an empty city",
      () => orders().createOrder(cart({ shippingAddress: { ...ADDRESS, city: " " } })),
      "InvalidArgument",
      "INVALID",
    ],
    [
      "an upper-case id",
      () => orders().getOrder({ orderId: UNKNOWN_ID.toUpperCase() }),
      "InvalidArgument",
      "MALFORMED",
    ],
    ["an id that climbs", () => orders().getOrder({ orderId: "../../etc" }), "InvalidArgument", "MALFORMED"],
    ["an id of SQL", () => orders().getOrder({ orderId: "' OR 1=1--" }), "InvalidArgument", "MALFORMED"],
    ["an unknown id", () => orders().getOrder({ orderId: UNKNOWN_ID }), "NotFound", "NOT_FOUND"],
    ["an unknown product", () => catalogue().getProduct({ productId: UNKNOWN_ID }), "NotFound", "NOT_FOUND"],
    ["an unknown customer", () => customers().getCustomer({ customerId: UNKNOWN_ID }), "NotFound", "NOT_FOUND"],
    ["an amount with a point", () => catalogue().createProduct(price("10.01")), "InvalidArgument", "INVALID"],
    ["an amount with an exponent", () => catalogue().createProduct(price("1e3")), "InvalidArgument", "INVALID"],
    ["a negative amount", () => catalogue().createProduct(price("-1")), "InvalidArgument", "INVALID"],
    ["more than 10^12", () => catalogue().createProduct(price("1000000000001")), "InvalidArgument", "INVALID"],
    ["a currency that is none", () => catalogue().createProduct(price("1", "XXX")), "InvalidArgument", "INVALID"],
    ["a currency in lower case", () => catalogue().createProduct(price("1", "eur")), "InvalidArgument", "INVALID"],
    [
      "a name of 10 KiB",
      () => catalogue().createProduct({ ...price("1"), name: "x".repeat(10_240) }),
      "InvalidArgument",
      "INVALID",
    ],
    ["NUL in a name", () => catalogue().createProduct({ ...price("1"), name: "a\0b" }), "InvalidArgument", "MALFORMED"],
    ["no email", () => customers().createCustomer({ username: "ada", email: "ada" }), "InvalidArgument", "INVALID"],
    ["neither name", () => customers().createCustomer({ email: "a@example.com" }), "InvalidArgument", "INVALID"],
    [
      "a forged page token",
      () => orders().listOrders({ pageToken: "1-0123456789abcdef" }),
      "InvalidArgument",
      "MALFORMED",
    ],
    ["a page of -1", () => orders().listOrders({ pageSize: -1 }), "InvalidArgument", "OUT_OF_RANGE"],
    ["a status that is none", () => orders().listOrders({ status: 99 as OrderStatus }), "InvalidArgument", "MALFORMED"],
    ["a token that is none", () => orders().listOrders({ consistencyToken: "soon" }), "InvalidArgument", "MALFORMED"],
    [
      "a request id with a blank",
      () => orders().createOrder(cart({ requestId: "a b" })),
      "InvalidArgument",
      "MALFORMED",
    ],
    [
      "a long request id",
      () => orders().createOrder(cart({ requestId: "x".repeat(300) })),
      "InvalidArgument",
      "MALFORMED",
    ],
    [
      "a mask for what cannot change",
      () => orders().updateOrder({ orderId: UNKNOWN_ID, order: {}, updateMask: { paths: ["total"] } }),
      "InvalidArgument",
      "UNKNOWN_FIELD",
    ],
    [
      "an actor type that is none",
      () => actors().getActor({ actor: { type: "nothing", id: "a" } }),
      "NotFound",
      "NOT_FOUND",
    ],
    [
      "an actor id with wildcards",
      () => actors().getActor({ actor: { type: "order", id: "a.*" } }),
      "InvalidArgument",
      "INVALID",
    ],
    ["no actor", () => actors().getActor({}), "InvalidArgument", "MALFORMED"],
    [
      "an event that nobody declared",
      () => actors().propose({ actor: { type: "customer", id: customerId }, eventType: "Nothing" }),
      "InvalidArgument",
      "INVALID",
    ],
    [
      "an event that is not public",
      () => actors().propose({ actor: { type: "stock", id: productId }, eventType: "ReservationRequested" }),
      "PermissionDenied",
      "EVENT_NOT_PUBLIC",
    ],
  ])("%s", async (_, call, code, reason) => {
    expect(await refusal(call())).toEqual({ code, reason });
  });

  test("the state's refusal says where it stands and what it allows", async () => {
    const { order } = await orders().createOrder(cart());
    const error: ConnectError = await orders().deliverOrder({ orderId: order!.id }).then(() => undefined, (e) => e);
    expect(error.code).toBe(Code.FailedPrecondition);
    const [info] = error.findDetails(ErrorInfoSchema);
    expect(info).toMatchObject({
      reason: "TRANSITION_NOT_ALLOWED",
      domain: "statewright",
      metadata: { event: "OrderDelivered", allowed: expect.stringContaining("CancellationRequested") },
    });
    expect(await refusal(orders().cancelOrder({ orderId: order!.id, expectedVersion: 99n })))
      .toEqual({ code: "Aborted", reason: "VERSION_CONFLICT" });
  });

  test("a product and a customer change only at the version that was seen", async () => {
    const { product } = await catalogue().createProduct(price("5"));
    const renamed = { productId: product!.id, product: { name: "Coffee" }, expectedVersion: product!.version };
    expect((await catalogue().updateProduct(renamed)).product).toMatchObject({
      name: "Coffee",
      version: product!.version + 1n,
    });
    const conflict = { code: "Aborted", reason: "VERSION_CONFLICT" };
    expect(await refusal(catalogue().updateProduct(renamed))).toEqual(conflict);
    expect(await refusal(catalogue().deleteProduct(renamed))).toEqual(conflict);

    const { customer } = await customers().getCustomer({ customerId });
    const moved = { customerId, customer: { bio: "Sails." }, expectedVersion: customer!.version };
    expect((await customers().updateCustomer(moved)).customer).toMatchObject({ version: customer!.version + 1n });
    expect(await refusal(customers().updateCustomer(moved))).toEqual(conflict);
    expect(await refusal(customers().updateCustomer({ ...moved, expectedVersion: 0n })))
      .toEqual({ code: "InvalidArgument", reason: "OUT_OF_RANGE" });
  });

  test("a page token of another list is none", async () => {
    await Promise.all([orders().createOrder(cart()), orders().createOrder(cart())]);
    const { nextPageToken: pageToken } = await orders().listOrders({ pageSize: 1, customerId });
    expect(pageToken).not.toBe("");
    expect(await refusal(orders().listOrders({ pageSize: 1, pageToken })))
      .toEqual({ code: "InvalidArgument", reason: "MALFORMED" });
  });

  test("the same request id: the same order for the same request, an error for another", async () => {
    const request = cart({ requestId: "key-1" });
    const [first, again] = [await orders().createOrder(request), await orders().createOrder(request)];
    expect(again.order!.id).toBe(first.order!.id);
    expect(await refusal(orders().createOrder(cart({ requestId: "key-1", items: items(2) }))))
      .toEqual({ code: "FailedPrecondition", reason: "IDEMPOTENCY_KEY_REUSED" });
  });
});
