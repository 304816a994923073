/**
 * One table of bad input for all doors: what REST is sent as a body goes to Connect as a message and to GraphQL as a
 * variable. One code for all three unless a row says what a protocol itself makes of it. Never a fault of ours, and
 * nothing of it in the log.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { createGrpcDoor } from "../../../src/api/grpc/door.ts";
import { createGraphQLDoor } from "../../../src/api/graphql/door.ts";
import { PROBLEMS } from "../../../src/api/problems.ts";
import { listen, type Listener } from "../../../src/cli/start/listen.ts";
import type { ErrorCode } from "../../../src/kernel/errors.ts";
import { eventually } from "../../support/eventually.ts";
import { ADDRESS, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let shop: ShopService;
let http: Listener;
let endStreams = () => {};
/** `$customer` in a row becomes the id of that name. */
const ids: Record<string, string> = {};
const UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057";

beforeAll(async () => {
  shop = await startShopService();
  const client = shopClient(shop.url);
  ids["customer"] = await client.customer();
  ids["product"] = await client.product("100", 100);
  ids["dollars"] = await client.product("100", 100, "USD");
  ids["billion"] = await client.product("1000000000", 100);
  ids["dear"] = await client.product("1000000000000", 100);
  const place = async () => (await client.place(ids["customer"]!, { [ids["product"]!]: 1 })).body.id;
  const [confirmed, shipped] = [await place(), await place()];
  await Promise.all([client.reaches(confirmed, "confirmed"), client.reaches(shipped, "confirmed")]);
  await client.post(`/v1/orders/${shipped}/ship`, {});
  Object.assign(ids, { confirmed, shipped });
  // What these orders have set going would count as a trace of the bad input.
  const underWay = "select stream from waiting where claimed_by is not null";
  await eventually(async () => expect(await shop.store.query(underWay)).toEqual([]));
  const rpc = createGrpcDoor({ ...shop.doors, notReady: () => Promise.resolve([]) });
  const graphql = createGraphQLDoor(shop.doors);
  endStreams = () => {
    rpc.endStreams();
    graphql.endStreams();
  };
  http = await listen({ host: "127.0.0.1", port: 0, portIsFixed: true });
  http.open(rpc.fetchBefore(graphql.fetchBefore(() => new Response(null, { status: 404 }))));
});
afterAll(async () => {
  endStreams();
  await http.close(200);
  await shop.stop();
});

const cart = (over: object = {}) => ({
  customerId: "$customer",
  items: [{ productId: "$product", quantity: 1 }],
  shippingAddress: ADDRESS,
  ...over,
});
const line = (over: object) => cart({ items: [{ productId: "$product", quantity: 1, ...over }] });
const address = (over: object) => cart({ shippingAddress: { ...ADDRESS, ...over } });
const product = (over: object) => ({ name: "Cup", price: { amount: "1250", currency: "EUR" }, stock: 5, ...over });
const price = (amount: unknown, currency: unknown = "EUR") => product({ price: { amount, currency } });
const customer = (over: object) => ({ name: "Ada", email: "ada@example.com", ...over });
/** A cart as text, with something else where its line has `"quantity":1`, or its address begins. */
const spliced = (quantity: string) => JSON.stringify(cart()).replace('"quantity":1', quantity);
const intoAddress = (field: string) => JSON.stringify(cart()).replace('"line1"', `${field},"line1"`);
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const lines = (count: number) => Array.from({ length: count }, () => ({ productId: "$product", quantity: 1 }));

/** What a door makes of it, where it is another thing than what the row says. */
type Otherwise = { readonly [Door in "rest" | "grpc" | "graphql"]?: ErrorCode };
/** Text is a body that no object can say. */
type Row = readonly [name: string, body: object | string, code: ErrorCode, otherwise?: Otherwise];

/** To protobuf a text or a list that is not there is an empty one. */
const EMPTY: Otherwise = { grpc: "INVALID" };
/** A text that is not there is an empty one, so it is no key there, and the next fault is told. */
const NO_KEY: Otherwise = { grpc: "INVALID" };
/** An entity tag is a text that matches or does not. */
const FOREIGN_TAG: Otherwise = { rest: "VERSION_CONFLICT" };
/** Where whole numbers have 32 bits, more cannot be said. */
const NO_INT32: Otherwise = { grpc: "MALFORMED", graphql: "MALFORMED" };

const ORDERS: Row[] = [
  ["nothing in it", {}, "MALFORMED"],
  ["no customer", cart({ customerId: undefined }), "MALFORMED"],
  ["no lines at all", cart({ items: undefined }), "MALFORMED", EMPTY],
  ["no address", cart({ shippingAddress: undefined }), "MALFORMED"],
  ["an empty list", cart({ items: [] }), "INVALID"],
  ["1,001 lines", cart({ items: lines(1_001) }), "LIMIT"],
  ["10,001 lines", cart({ items: lines(10_001) }), "LIMIT"],
  ["items as an object", cart({ items: {} }), "MALFORMED"],
  ["a line that is null", cart({ items: [null] }), "MALFORMED"],
  ["a line that is a number", cart({ items: [7] }), "MALFORMED"],
  ["a field nobody declared", cart({ status: "delivered" }), "UNKNOWN_FIELD"],
  ["a total of its own", cart({ total: { amount: "1", currency: "EUR" } }), "UNKNOWN_FIELD"],
  ["a version of its own", cart({ version: 7 }), "UNKNOWN_FIELD"],
  ["a price of its own", line({ unitPrice: { amount: "1", currency: "EUR" } }), "UNKNOWN_FIELD"],
  ["an address with more", address({ secret: 1 }), "UNKNOWN_FIELD"],
  ["constructor", cart({ constructor: { prototype: { admin: true } } }), "UNKNOWN_FIELD"],
  // The JSON of protobuf has numbers as text too, so that there it is the product that is wrong.
  ["quantity as text", line({ productId: UNKNOWN, quantity: "5" }), "MALFORMED", { grpc: "INVALID" }],
  ["quantity 5.5", line({ quantity: 5.5 }), "MALFORMED"],
  ["quantity true", line({ quantity: true }), "MALFORMED"],
  ["quantity null", line({ quantity: null }), "MALFORMED", { grpc: "OUT_OF_RANGE" }],
  ["quantity []", line({ quantity: [] }), "MALFORMED"],
  ["quantity 0", line({ quantity: 0 }), "OUT_OF_RANGE"],
  ["quantity -1", line({ quantity: -1 }), "OUT_OF_RANGE"],
  ["quantity 10,001", line({ quantity: 10_001 }), "OUT_OF_RANGE"],
  ["quantity 2^31 - 1", line({ quantity: 2 ** 31 - 1 }), "OUT_OF_RANGE"],
  ["quantity 2^31", line({ quantity: 2 ** 31 }), "OUT_OF_RANGE", NO_INT32],
  ["quantity 2^53", line({ quantity: 2 ** 53 }), "OUT_OF_RANGE", NO_INT32],
  ["quantity -0", spliced('"quantity":-0'), "OUT_OF_RANGE"],
  ["quantity 10^6, of what costs 10^9", line({ productId: "$billion", quantity: 1e6 }), "OUT_OF_RANGE"],
  ["quantity 2^53 + 1", spliced('"quantity":9007199254740993'), "OUT_OF_RANGE", NO_INT32],
  ["quantity 1e400", spliced('"quantity":1e400'), "MALFORMED"],
  ["quantity NaN", spliced('"quantity":NaN'), "MALFORMED"],
  ["quantity NaN as text", line({ quantity: "NaN" }), "MALFORMED"],
  ["quantity Infinity as text", line({ quantity: "Infinity" }), "MALFORMED"],
  ["a key twice", spliced('"quantity":1,"quantity":99'), "MALFORMED"],
  ["a key twice, once escaped", spliced('"quantity":1,"quantit\\u0079":99'), "MALFORMED"],
  ["__proto__ in a line", spliced('"quantity":1,"__proto__":{"admin":true}'), "UNKNOWN_FIELD"],
  ["__proto__ in an address", intoAddress('"__proto__":{"admin":true}'), "UNKNOWN_FIELD"],
  ["constructor in an address", intoAddress('"constructor":{"prototype":{"admin":true}}'), "UNKNOWN_FIELD"],
  ["33 levels", nested(33), "TOO_DEEP"],
  ["10,000 levels", nested(10_000), "TOO_DEEP"],
  ["a million brackets", "[".repeat(1_000_000), "TOO_DEEP"],
  ["a list of a million and one", `[${"1,".repeat(1_000_000)}1]`, "TOO_LARGE"],
  ["an array", [], "MALFORMED"],
  ["a text", '"order"', "MALFORMED"],
  ["null", "null", "MALFORMED"],
  ["two values", "{}{}", "MALFORMED"],
  ["a byte order mark", `\ufeff${JSON.stringify(cart())}`, "MALFORMED"],
  ["half of it", '{"customerId":', "MALFORMED"],
  ...["%2e%2e", " ", "*", ">", ".", "order.*", "a b"].map((id): Row => [
    `a customer's id that is "${id}"`,
    cart({ customerId: id }),
    "MALFORMED",
  ]),
  ["a customer's id with SQL", cart({ customerId: "' OR 1=1--" }), "MALFORMED"],
  ["a customer's id in capitals", cart({ customerId: UNKNOWN.toUpperCase() }), "MALFORMED"],
  ["a customer's id that is empty", cart({ customerId: "" }), "MALFORMED"],
  ["a customer's id that is a number", cart({ customerId: 7 }), "MALFORMED"],
  ["a customer's id that is a path", cart({ customerId: "../../etc" }), "MALFORMED"],
  ["a product's id in braces", line({ productId: `{${UNKNOWN}}` }), "MALFORMED"],
  ["a product's id that is a subject", line({ productId: "order.*.>" }), "MALFORMED"],
  ["a product's id of 300 characters", line({ productId: "a".repeat(300) }), "MALFORMED"],
  ["an unknown customer", cart({ customerId: UNKNOWN }), "INVALID"],
  ["an unknown product", line({ productId: UNKNOWN }), "INVALID"],
  ["a customer as a product", line({ productId: "$customer" }), "INVALID"],
  ["two currencies", cart({ items: [...lines(1), { productId: "$dollars", quantity: 1 }] }), "INVALID"],
  ["a line that comes to too much", line({ productId: "$dear", quantity: 10_000 }), "AMOUNT_TOO_LARGE"],
  [
    "a sum that comes to too much",
    cart({ items: [...lines(1), { productId: "$dear", quantity: 1 }] }),
    "AMOUNT_TOO_LARGE",
  ],
  ["an empty city", address({ city: "" }), "INVALID"],
  ["a city of blanks", address({ city: " \t " }), "INVALID"],
  ["a city of 10 KiB", address({ city: "x".repeat(10_240) }), "INVALID"],
  ["a city that is a number", address({ city: 7 }), "MALFORMED"],
  ["a city with NUL", address({ city: "a\0b" }), "MALFORMED"],
  ["a city with half a character", address({ city: "\ud83d" }), "MALFORMED"],
  ["a country in small letters", address({ country: "de" }), "INVALID"],
  ["a country of three", address({ country: "DEU" }), "INVALID"],
  ["a postal code of 21", address({ postalCode: "1".repeat(21) }), "INVALID"],
  ["no street", address({ line1: undefined }), "MALFORMED", EMPTY],
];

const PRODUCTS: Row[] = [
  // Only in REST is it known that it is money, and no text.
  ["money as a float", price(10.01), "INVALID", { grpc: "MALFORMED", graphql: "MALFORMED" }],
  ["money with a point", price("10.01"), "INVALID"],
  ["money with an exponent", price("1e3"), "INVALID"],
  ["money with a leading zero", price("007"), "INVALID"],
  ["three decimals", price("10.001"), "INVALID"],
  ["decimals where there are none", price("10.5", "JPY"), "INVALID"],
  ["money with a sign", price("+5"), "INVALID"],
  ["money in other digits", price("٣"), "INVALID"],
  ["negative money", price("-5"), "INVALID"],
  ["more than 10^12", price("1000000000001"), "INVALID"],
  ["nothing", price("0"), "INVALID"],
  ["money that is true", price(true), "MALFORMED"],
  ["money that is empty", price(""), "INVALID"],
  ["a currency nobody has", price("5", "XXX"), "INVALID"],
  ["a currency in small letters", price("5", "eur"), "INVALID"],
  ["a currency by number", price("5", 978), "MALFORMED"],
  ["a price that is a number", product({ price: 5 }), "MALFORMED"],
  ["no price", product({ price: undefined }), "MALFORMED"],
  ["no name", product({ name: "" }), "INVALID"],
  ["a name of blanks", product({ name: "  " }), "INVALID"],
  ["a name of 10 KiB", product({ name: "x".repeat(10_240) }), "INVALID"],
  ["a name that is a list", product({ name: ["Cup"] }), "MALFORMED"],
  ["a name with half a character", product({ name: "\udc00" }), "MALFORMED"],
  ["a stock of -1", product({ stock: -1 }), "OUT_OF_RANGE"],
  ["a stock of 1.5", product({ stock: 1.5 }), "MALFORMED"],
  ["a stock beyond", product({ stock: 2_000_000_000 }), "OUT_OF_RANGE"],
  ["an id of its own", product({ id: UNKNOWN }), "UNKNOWN_FIELD"],
  ["a description that is a list", product({ description: [] }), "MALFORMED"],
  ["a description of 3,000 characters", product({ description: "x".repeat(3_000) }), "INVALID"],
];

const CUSTOMERS: Row[] = [
  ["no e-mail address at all", customer({ email: undefined }), "MALFORMED", EMPTY],
  ["no e-mail address", customer({ email: "nobody" }), "INVALID"],
  ["two e-mail addresses", customer({ email: "a@example.com,b@example.com" }), "INVALID"],
  ["an e-mail address of 400", customer({ email: `${"a".repeat(390)}@example.com` }), "INVALID"],
  ["nobody", { email: "ada@example.com" }, "INVALID"],
  ["a name that is a number", customer({ name: 7 }), "MALFORMED"],
  ["a name of 201", customer({ name: "x".repeat(201) }), "INVALID"],
  ["a user name with a blank", customer({ username: "a b" }), "INVALID"],
  ["a user name that is a path", customer({ username: "../a" }), "INVALID"],
  ["half an address", customer({ address: { city: "B" } }), "MALFORMED", EMPTY],
  ["an address that is text", customer({ address: "Berlin" }), "MALFORMED"],
  ["a bio of 2,000", customer({ bio: "x".repeat(2_000) }), "INVALID"],
  ["a role of its own", customer({ role: "admin" }), "UNKNOWN_FIELD"],
];

const SHIPS: Row[] = [
  ["an id that is none", { orderId: "x" }, "MALFORMED"],
  ["an id in capitals", { orderId: UNKNOWN.toUpperCase() }, "MALFORMED"],
  ["an unknown order", { orderId: UNKNOWN }, "NOT_FOUND"],
  ["a customer as an order", { orderId: "$customer" }, "NOT_FOUND"],
  ["one that has left", { orderId: "$shipped" }, "TRANSITION_NOT_ALLOWED"],
  ["a stale version", { orderId: "$confirmed", expectedVersion: 1 }, "VERSION_CONFLICT"],
  ["version 0", { orderId: "$confirmed", expectedVersion: 0 }, "OUT_OF_RANGE", FOREIGN_TAG],
  ["version -1", { orderId: "$confirmed", expectedVersion: -1 }, "OUT_OF_RANGE", FOREIGN_TAG],
  ["version x", { orderId: "$confirmed", expectedVersion: "x" }, "MALFORMED", FOREIGN_TAG],
  ["an empty key", { orderId: "$confirmed", requestId: "", trackingNumber: "x".repeat(101) }, "MALFORMED", NO_KEY],
  ["a key of 300", { orderId: "$confirmed", requestId: "k".repeat(300) }, "MALFORMED"],
  ["a key with a blank", { orderId: "$confirmed", requestId: "a b" }, "MALFORMED"],
  ["a key beyond ASCII", { orderId: "$confirmed", requestId: "cl\u00e9" }, "MALFORMED"],
  ["a tracking number that is a number", { orderId: "$confirmed", trackingNumber: 5 }, "MALFORMED"],
  ["a tracking number of 101", { orderId: "$confirmed", trackingNumber: "x".repeat(101) }, "INVALID"],
  ["a carrier", { orderId: "$confirmed", carrier: "x" }, "UNKNOWN_FIELD"],
];

interface Operation {
  readonly rows: readonly Row[];
  readonly path: string;
  readonly method: string;
  readonly mutation: string;
}

const OPERATIONS: Operation[] = [
  { rows: ORDERS, path: "/v1/orders", method: "shop.v1.OrderService/CreateOrder", mutation: "createOrder" },
  { rows: PRODUCTS, path: "/v1/products", method: "shop.v1.CatalogService/CreateProduct", mutation: "createProduct" },
  {
    rows: CUSTOMERS,
    path: "/v1/customers",
    method: "shop.v1.CustomerService/CreateCustomer",
    mutation: "createCustomer",
  },
  { rows: SHIPS, path: "/v1/orders/$order/ship", method: "shop.v1.OrderService/ShipOrder", mutation: "shipOrder" },
];

interface Told {
  readonly status: number | string;
  readonly code: string;
}

function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
    keepalive: false,
  });
}

async function overRest({ path }: Operation, text: string): Promise<Told> {
  const { code = "ok", status } =
    await (path.includes("$order") ? shipped(path, text) : told(`${shop.url}${path}`, text));
  return { status, code };
}

/** What the other doors have in the message is in the address and in headers here. */
function shipped(path: string, text: string): ReturnType<typeof told> {
  const { orderId, expectedVersion, requestId, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return told(`${shop.url}${path.replace("$order", encodeURIComponent(String(orderId)))}`, JSON.stringify(rest), {
    ...(expectedVersion !== undefined && { "if-match": `"${String(expectedVersion)}"` }),
    ...(requestId !== undefined && { "idempotency-key": String(requestId) }),
  });
}

async function told(url: string, text: string, headers: Record<string, string> = {}) {
  const answer = await post(url, text, headers);
  return { status: answer.status, ...await answer.json() as { code?: string } };
}

async function overConnect({ method }: Operation, text: string): Promise<Told> {
  const answer = await post(`http://127.0.0.1:${http.port}/${method}`, text);
  const { code = "ok", details = [] } = await answer.json() as {
    code?: string;
    details?: { type: string; value: string }[];
  };
  const info = details.find(({ type }) => type === "google.rpc.ErrorInfo");
  return { status: code, code: info ? fromBinary(ErrorInfoSchema, base64Decode(info.value)).reason : code };
}

async function overGraphQL({ mutation }: Operation, text: string): Promise<Told> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!`;
  const query = `mutation($input: ${type}) { done: ${mutation}(input: $input) { userErrors { code } } }`;
  const input = text.replace('"requestId"', '"clientMutationId"');
  const body = `{"query":${JSON.stringify(query)},"variables":{"input":${input}}}`;
  const answer = await post(`http://127.0.0.1:${http.port}/graphql`, body, {
    accept: "application/graphql-response+json",
  });
  const { data, errors: [error] = [] } = await answer.json() as {
    data?: { done?: { userErrors: { code: string }[] } };
    errors?: { extensions: { code: string } }[];
  };
  return { status: answer.status, code: error?.extensions.code ?? data?.done?.userErrors[0]?.code ?? "ok" };
}

const CASES = OPERATIONS.flatMap((operation) =>
  operation.rows.map(([name, body, code, otherwise = {}]) => ({
    operation,
    title: `${operation.mutation} with ${name}`,
    body,
    code,
    otherwise,
  }))
);

test.each(CASES)("$title is $code", async ({ operation, body, code, otherwise }) => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const filled = text.replaceAll(/\$([a-z]+)/g, (_, name: string) => ids[name]!);
  const head = await shop.store.head();
  const told = {
    rest: await overRest(operation, filled),
    grpc: await overConnect(operation, filled),
    graphql: await overGraphQL(operation, filled),
  };
  expect({ rest: told.rest.code, grpc: told.grpc.code, graphql: told.graphql.code }).toEqual({
    rest: code,
    grpc: code,
    graphql: code,
    ...otherwise,
  });
  const { rest = code, grpc = code } = otherwise;
  expect(told.rest.status).toBe(PROBLEMS[rest].http);
  expect(told.grpc.status).toBe(PROBLEMS[grpc].rpc);
  expect([200, 400, 413]).toContain(told.graphql.status);
  expect(await shop.store.head()).toBe(head);
  expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
});

test("that is more than two hundred", () => {
  expect(CASES.length * 3).toBeGreaterThan(200);
});
