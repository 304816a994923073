/** The same mistake through both doors: one code, with the status that the table of errors has for each. */
import { type ConnectError, createClient } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { CustomerService } from "../../../proto/gen/shop/v1/customer_service_pb.ts";
import { OrderService } from "../../../proto/gen/shop/v1/order_service_pb.ts";
import { PROBLEMS } from "../../../src/api/problems.ts";
import { ERROR_CODES, type ErrorCode } from "../../../src/kernel/errors.ts";
import { type GrpcShop, startGrpcShop, transports } from "../../support/grpc-shop.ts";
import { ADDRESS, type Answer, type ShopClient, shopClient } from "../../support/shop-client.ts";

const UNKNOWN_ID = "01890a5d-ac96-774b-bcce-b302099a8057";

let grpc: GrpcShop;
let rest: ShopClient;
let customerId: string;
let productId: string;
beforeAll(async () => {
  grpc = await startGrpcShop();
  rest = shopClient(grpc.shop.url);
  [customerId, productId] = await Promise.all([rest.customer(), rest.product("500", 1_000)]);
});
afterAll(() => grpc.stop());

const orders = () => createClient(OrderService, transports(grpc)["gRPC"]!);
const catalogue = () => createClient(CatalogService, transports(grpc)["gRPC"]!);
const customers = () => createClient(CustomerService, transports(grpc)["gRPC"]!);

const cart = (quantity: number, more: object = {}) => ({
  customerId,
  items: [{ productId, quantity }],
  shippingAddress: ADDRESS,
  ...more,
});
const tea = (amount: string) => ({ name: "Tea", price: { amount, currency: "EUR" }, stock: 1 });
const lines = (count: number) => Array.from({ length: count }, () => ({ productId, quantity: 1 }));

interface Doors {
  rest(): Promise<Answer>;
  rpc(): Promise<unknown>;
}

test.each<[string, ErrorCode, () => Doors | Promise<Doors>]>([
  ["quantity 0", "OUT_OF_RANGE", () => ({
    rest: () => rest.post("/v1/orders", cart(0)),
    rpc: () => orders().createOrder(cart(0)),
  })],
  ["1,001 lines", "LIMIT", () => ({
    rest: () => rest.post("/v1/orders", cart(1, { items: lines(1_001) })),
    rpc: () => orders().createOrder(cart(1, { items: lines(1_001) })),
  })],
  ["no address", "MALFORMED", () => ({
    rest: () => rest.post("/v1/orders", cart(1, { shippingAddress: undefined })),
    rpc: () => orders().createOrder({ customerId, items: lines(1) }),
  })],
  ["an unknown customer", "INVALID", () => ({
    rest: () => rest.post("/v1/orders", cart(1, { customerId: UNKNOWN_ID })),
    rpc: () => orders().createOrder(cart(1, { customerId: UNKNOWN_ID })),
  })],
  ["an id that is none", "MALFORMED", () => ({
    rest: () => rest.get("/v1/orders/abc"),
    rpc: () => orders().getOrder({ orderId: "abc" }),
  })],
  ["an unknown id", "NOT_FOUND", () => ({
    rest: () => rest.get(`/v1/orders/${UNKNOWN_ID}`),
    rpc: () => orders().getOrder({ orderId: UNKNOWN_ID }),
  })],
  ["a price of nothing", "INVALID", () => ({
    rest: () => rest.post("/v1/products", tea("0")),
    rpc: () => catalogue().createProduct(tea("0")),
  })],
  ["a price with a point", "INVALID", () => ({
    rest: () => rest.post("/v1/products", tea("10.01")),
    rpc: () => catalogue().createProduct(tea("10.01")),
  })],
  ["more than an order can cost", "AMOUNT_TOO_LARGE", async () => {
    const dear = await rest.product("1000000000000", 10);
    const dearCart = cart(1, { items: [{ productId: dear, quantity: 2 }] });
    return { rest: () => rest.post("/v1/orders", dearCart), rpc: () => orders().createOrder(dearCart) };
  }],
  ["an email that is none", "INVALID", () => ({
    rest: () => rest.post("/v1/customers", { name: "Ada", email: "ada" }),
    rpc: () => customers().createCustomer({ name: "Ada", email: "ada" }),
  })],
  ["a forged page token", "MALFORMED", () => ({
    rest: () => rest.get("/v1/orders?after=1-0123456789abcdef"),
    rpc: () => orders().listOrders({ pageToken: "1-0123456789abcdef" }),
  })],
  ["what the state does not allow", "TRANSITION_NOT_ALLOWED", async () => {
    const orderId = (await rest.place(customerId, { [productId]: 1 })).body.id;
    return {
      rest: () => rest.post(`/v1/orders/${orderId}/deliver`, {}),
      rpc: () => orders().deliverOrder({ orderId }),
    };
  }],
  ["a key of another request", "IDEMPOTENCY_KEY_REUSED", async () => {
    await rest.post("/v1/orders", cart(1), { "idempotency-key": "k" });
    await orders().createOrder(cart(1, { requestId: "k" }));
    return {
      rest: () => rest.post("/v1/orders", cart(2), { "idempotency-key": "k" }),
      rpc: () => orders().createOrder(cart(2, { requestId: "k" })),
    };
  }],
])("%s is %s", async (_, code, doors) => {
  const { rest: overRest, rpc } = await doors();
  const answer = await overRest();
  expect(answer).toMatchObject({ status: PROBLEMS[code].http, body: { code } });
  const error: ConnectError = await rpc().then(() => expect.unreachable(), (thrown) => thrown);
  expect(error.code).toBe(codeFromString(PROBLEMS[code].rpc));
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: code, domain: "statewright" }]);
});

test("every code has one of the protocol's", () => {
  for (const code of ERROR_CODES) expect(codeFromString(PROBLEMS[code].rpc), code).toBeDefined();
});
