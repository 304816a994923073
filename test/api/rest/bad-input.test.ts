/**
 * Bad input at the REST door. The rule: what cannot be read or has the wrong shape or type is 400, what is well formed
 * and breaks a rule is 422, what the state forbids is 409; each is a problem document, and none leaves a trace.
 */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendRaw } from "../../support/raw-http.ts";
import { ADDRESS, type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
/** What the rows below may name. `$id` in a row becomes the id of that name. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  ids["customer"] = await shop.customer();
  ids["product"] = await shop.product("100", 100);
  ids["dollars"] = await shop.product("100", 100, "USD");
  ids["dear"] = await shop.product("1000000000000", 100);
  const order = async () => {
    const { id } = (await shop.place(ids["customer"]!, { [ids["product"]!]: 1 })).body;
    await shop.reaches(id, "confirmed");
    return id;
  };
  ids["confirmed"] = await order();
  ids["shipped"] = await order();
  await shop.post(`/v1/orders/${ids["shipped"]}/ship`, {});
  ids["cancelled"] = await order();
  await shop.post(`/v1/orders/${ids["cancelled"]}/cancel`, {});
  await shop.reaches(ids["cancelled"]!, "cancelled");
  await new Promise((resolve) => setTimeout(resolve, 100));
});

afterAll(() => service.stop());

const UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057";
const filled = (text: string) => text.replaceAll(/\$([a-z]+)/g, (_, name: string) => ids[name] ?? UNKNOWN);

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
/** A cart as text in which `"quantity":1` is replaced by something that no object can say. */
const spliced = (quantity: string) => JSON.stringify(cart()).replace('"quantity":1', quantity);
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

type Row = readonly [name: string, body: unknown, status: number, code: string, pointer?: string];

const ORDERS: Row[] = [
  ["an empty body", "", 400, "MALFORMED"],
  ["blanks", "  ", 400, "MALFORMED"],
  ["no JSON", "quantity=1", 400, "MALFORMED"],
  ["a truncated body", '{"customerId":', 400, "MALFORMED"],
  ["a byte order mark", "\ufeff" + JSON.stringify(cart()), 400, "MALFORMED"],
  ["two JSON values", JSON.stringify(cart()) + "{}", 400, "MALFORMED"],
  ["an array", [], 400, "MALFORMED", ""],
  ["a string", '"order"', 400, "MALFORMED", ""],
  ["a number", "7", 400, "MALFORMED", ""],
  ["null", "null", 400, "MALFORMED", ""],
  ["a key twice", spliced('"quantity":1,"quantity":99'), 400, "MALFORMED"],
  ["a key twice, once escaped", spliced('"quantity":1,"quantit\\u0079":99'), 400, "MALFORMED"],
  ["33 levels", nested(33), 400, "TOO_DEEP"],
  ["10,000 levels", nested(10_000), 400, "TOO_DEEP"],
  ["a million brackets", "[".repeat(1_000_000), 400, "TOO_DEEP"],
  ["__proto__", '{"__proto__":{"admin":true}}', 400, "UNKNOWN_FIELD"],
  ["__proto__ further in", spliced('"quantity":1,"__proto__":{}'), 400, "UNKNOWN_FIELD"],
  [
    "constructor.prototype",
    cart({ constructor: { prototype: { admin: true } } }),
    400,
    "UNKNOWN_FIELD",
    "/constructor",
  ],
  ["a status of its own", cart({ status: "delivered" }), 400, "UNKNOWN_FIELD", "/status"],
  ["a total of its own", cart({ total: { amount: "1", currency: "EUR" } }), 400, "UNKNOWN_FIELD", "/total"],
  [
    "a price of its own",
    line({ unitPrice: { amount: "1", currency: "EUR" } }),
    400,
    "UNKNOWN_FIELD",
    "/items/0/unitPrice",
  ],
  ["time-outs of its own", cart({ timeouts: {} }), 400, "UNKNOWN_FIELD", "/timeouts"],
  ["an address with more", address({ secret: 1 }), 400, "UNKNOWN_FIELD", "/shippingAddress/secret"],
  ["nothing in it", {}, 400, "MALFORMED", "/customerId"],
  ["no address", cart({ shippingAddress: undefined }), 400, "MALFORMED", "/shippingAddress"],
  ["items as an object", cart({ items: {} }), 400, "MALFORMED", "/items"],
  ["a line that is null", cart({ items: [null] }), 400, "MALFORMED", "/items/0"],
  ["quantity as text", line({ quantity: "5" }), 400, "MALFORMED", "/items/0/quantity"],
  ["quantity 5.5", line({ quantity: 5.5 }), 400, "MALFORMED", "/items/0/quantity"],
  ["quantity true", line({ quantity: true }), 400, "MALFORMED", "/items/0/quantity"],
  ["quantity null", line({ quantity: null }), 400, "MALFORMED", "/items/0/quantity"],
  ["quantity []", line({ quantity: [] }), 400, "MALFORMED", "/items/0/quantity"],
  ["quantity 1e400", spliced('"quantity":1e400'), 400, "MALFORMED", "/items/0/quantity"],
  ["quantity NaN", spliced('"quantity":NaN'), 400, "MALFORMED"],
  ["quantity Infinity as text", line({ quantity: "Infinity" }), 400, "MALFORMED", "/items/0/quantity"],
  ["quantity 0", line({ quantity: 0 }), 422, "OUT_OF_RANGE", "/items/0/quantity"],
  ["quantity -0", spliced('"quantity":-0'), 422, "OUT_OF_RANGE", "/items/0/quantity"],
  ["quantity -1", line({ quantity: -1 }), 422, "OUT_OF_RANGE", "/items/0/quantity"],
  ["quantity 10,001", line({ quantity: 10_001 }), 422, "OUT_OF_RANGE", "/items/0/quantity"],
  ["quantity 10^9", line({ quantity: 1e9 }), 422, "OUT_OF_RANGE", "/items/0/quantity"],
  ["quantity 2^31", line({ quantity: 2 ** 31 }), 422, "OUT_OF_RANGE", "/items/0/quantity"],
  ["quantity 2^53 + 1", spliced('"quantity":9007199254740993'), 422, "OUT_OF_RANGE", "/items/0/quantity"],
  ["no lines", cart({ items: [] }), 422, "INVALID", "/items"],
  ["10,001 lines", cart({ items: Array(10_001).fill({ productId: "$product", quantity: 1 }) }), 422, "LIMIT", "/items"],
  ["a customer's id with SQL", cart({ customerId: "' OR 1=1--" }), 400, "MALFORMED", "/customerId"],
  ["a customer's id in capitals", cart({ customerId: UNKNOWN.toUpperCase() }), 400, "MALFORMED", "/customerId"],
  ["a product's id in braces", line({ productId: `{${UNKNOWN}}` }), 400, "MALFORMED", "/items/0/productId"],
  ["a product's id that is a subject", line({ productId: "order.*.>" }), 400, "MALFORMED", "/items/0/productId"],
  ["an id of 300 characters", line({ productId: "a".repeat(300) }), 400, "MALFORMED", "/items/0/productId"],
  ["an unknown customer", cart({ customerId: UNKNOWN }), 422, "INVALID", "/customerId"],
  ["an unknown product", line({ productId: UNKNOWN }), 422, "INVALID", "/items/0/productId"],
  [
    "two currencies",
    cart({ items: [{ productId: "$product", quantity: 1 }, { productId: "$dollars", quantity: 1 }] }),
    422,
    "INVALID",
    "/items/1/productId",
  ],
  [
    "a line that comes to too much",
    line({ productId: "$dear", quantity: 10_000 }),
    422,
    "AMOUNT_TOO_LARGE",
    "/items/0/quantity",
  ],
  [
    "a sum that comes to too much",
    cart({ items: [{ productId: "$dear", quantity: 1 }, { productId: "$product", quantity: 1 }] }),
    422,
    "AMOUNT_TOO_LARGE",
    "/items",
  ],
  ["a city of blanks", address({ city: " \t " }), 422, "INVALID", "/shippingAddress/city"],
  ["a city of 10 KiB", address({ city: "x".repeat(10_240) }), 422, "INVALID", "/shippingAddress/city"],
  ["a city with NUL", address({ city: "a\u0000b" }), 400, "MALFORMED"],
  [
    "a city with half a character",
    JSON.stringify(address({ city: "CITY" })).replace("CITY", "\\ud83d"),
    400,
    "MALFORMED",
  ],
  ["a city that is a number", address({ city: 7 }), 400, "MALFORMED", "/shippingAddress/city"],
  ["a country in small letters", address({ country: "de" }), 422, "INVALID", "/shippingAddress/country"],
];

const PRODUCTS: Row[] = [
  ["money as a float", price(10.01), 422, "INVALID", "/price/amount"],
  ["money with a point", price("10.01"), 422, "INVALID", "/price/amount"],
  ["money with an exponent", price("1e3"), 422, "INVALID", "/price/amount"],
  ["money with a leading zero", price("007"), 422, "INVALID", "/price/amount"],
  ["negative money", price("-5"), 422, "INVALID", "/price/amount"],
  ["more than 10^12", price("1000000000001"), 422, "INVALID", "/price/amount"],
  ["nothing", price("0"), 422, "INVALID", "/price"],
  ["money that is true", price(true), 400, "MALFORMED", "/price/amount"],
  ["a currency nobody has", price("5", "XXX"), 422, "INVALID", "/price/currency"],
  ["a currency in small letters", price("5", "eur"), 422, "INVALID", "/price/currency"],
  ["a currency by number", price("5", 978), 400, "MALFORMED", "/price/currency"],
  ["a price that is a number", product({ price: 5 }), 400, "MALFORMED", "/price"],
  ["no name", product({ name: "" }), 422, "INVALID", "/name"],
  ["a name of 10 KiB", product({ name: "x".repeat(10_240) }), 422, "INVALID", "/name"],
  ["a stock of -1", product({ stock: -1 }), 422, "OUT_OF_RANGE", "/stock"],
  ["a stock of 1.5", product({ stock: 1.5 }), 400, "MALFORMED", "/stock"],
  ["an id of its own", product({ id: UNKNOWN }), 400, "UNKNOWN_FIELD", "/id"],
  ["no price", product({ price: undefined }), 400, "MALFORMED", "/price"],
  ["no currency", product({ price: { amount: "5" } }), 400, "MALFORMED", "/price/currency"],
  ["a description that is a list", product({ description: [] }), 400, "MALFORMED", "/description"],
  ["a description of 3,000 characters", product({ description: "x".repeat(3_000) }), 422, "INVALID", "/description"],
  ["a name with half a character", JSON.stringify(product({ name: "N" })).replace("N", "\\udc00"), 400, "MALFORMED"],
];

const CUSTOMERS: Row[] = [
  ["no address to write to", { name: "Ada" }, 400, "MALFORMED", "/email"],
  ["no e-mail address", { name: "Ada", email: "nobody" }, 422, "INVALID", "/email"],
  ["nobody", { email: "ada@example.com" }, 422, "INVALID", "/name"],
  ["a user name with a blank", { username: "a b", email: "ada@example.com" }, 422, "INVALID", "/username"],
  [
    "half an address",
    { name: "Ada", email: "ada@example.com", address: { city: "B" } },
    400,
    "MALFORMED",
    "/address/line1",
  ],
  [
    "an address that is text",
    { name: "Ada", email: "ada@example.com", address: "Berlin" },
    400,
    "MALFORMED",
    "/address",
  ],
  ["a bio of 2,000 characters", { name: "A", email: "a@example.com", bio: "x".repeat(2_000) }, 422, "INVALID", "/bio"],
  ["a role of its own", { name: "Ada", email: "ada@example.com", role: "admin" }, 400, "UNKNOWN_FIELD", "/role"],
];

test.each<[path: string, ...Row]>([
  ...ORDERS.map((row): [string, ...Row] => ["/v1/orders", ...row]),
  ...PRODUCTS.map((row): [string, ...Row] => ["/v1/products", ...row]),
  ...CUSTOMERS.map((row): [string, ...Row] => ["/v1/customers", ...row]),
])("POST %s with %s", async (path, _, body, status, code, pointer) => {
  const head = await service.store.head();
  const answer = await shop.post(path, filled(typeof body === "string" ? body : JSON.stringify(body)));
  expectProblem(answer, status, code);
  if (pointer !== undefined) expect(answer.body.errors[0]).toMatchObject({ pointer, detail: expect.any(String) });
  expect(await service.store.head()).toBe(head);
  expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
});

test.each<[method: string, path: string, status: number, code: string, body?: unknown]>([
  ["GET", "/", 404, "NOT_FOUND"],
  ["GET", "/v1/nothing", 404, "NOT_FOUND"],
  ["GET", "/v1/orders/", 404, "NOT_FOUND"],
  ["PUT", "/v1/orders", 405, "METHOD_NOT_ALLOWED"],
  ["PUT", "/v1/orders/$confirmed", 405, "METHOD_NOT_ALLOWED"],
  ["DELETE", "/v1/customers/$customer", 405, "METHOD_NOT_ALLOWED"],
  ["GET", "/v1/orders/$confirmed/ship", 405, "METHOD_NOT_ALLOWED"],
  ["POST", "/v1/orders/$confirmed/events", 405, "METHOD_NOT_ALLOWED"],
  ["POST", "/demo/provider/charges", 405, "METHOD_NOT_ALLOWED"],
  ["GET", "/v1/orders/x", 400, "MALFORMED"],
  ["GET", `/v1/orders/${UNKNOWN.toUpperCase()}`, 400, "MALFORMED"],
  ["GET", `/v1/orders/%7B${UNKNOWN}%7D`, 400, "MALFORMED"],
  ["GET", "/v1/orders/%27%20OR%201=1--", 400, "MALFORMED"],
  ["GET", "/v1/orders/..%2F..%2Fetc", 400, "MALFORMED"],
  ["GET", "/v1/orders/*", 400, "MALFORMED"],
  ["GET", "/v1/orders/%3E", 400, "MALFORMED"],
  ["GET", `/v1/orders/${"a".repeat(300)}`, 400, "MALFORMED"],
  ["GET", "/v1/orders/%zz", 400, "MALFORMED"],
  ["GET", "/v1/orders/a%20b", 400, "MALFORMED"],
  ["GET", "/v1/orders/order.%2A.%3E", 400, "MALFORMED"],
  ["GET", "/v1/products/x", 400, "MALFORMED"],
  ["GET", "/v1/customers/x/", 404, "NOT_FOUND"],
  ["GET", "/v1/orders/$unknown", 404, "NOT_FOUND"],
  ["GET", "/v1/orders/$unknown/events", 404, "NOT_FOUND"],
  ["GET", "/v1/products/$unknown", 404, "NOT_FOUND"],
  ["GET", "/v1/products/$customer", 404, "NOT_FOUND"],
  ["GET", "/v1/customers/$unknown", 404, "NOT_FOUND"],
  ["POST", "/v1/orders/$unknown/ship", 404, "NOT_FOUND", {}],
  ["POST", "/v1/orders/$unknown/cancel", 404, "NOT_FOUND", {}],
  ["POST", "/v1/orders/x/cancel", 400, "MALFORMED", {}],
  ["GET", "/v1/orders?limit=0", 400, "MALFORMED"],
  ["GET", "/v1/orders?limit=-1", 400, "MALFORMED"],
  ["GET", "/v1/orders?limit=ten", 400, "MALFORMED"],
  ["GET", "/v1/orders?limit=1e3", 400, "MALFORMED"],
  ["GET", "/v1/orders?limit=", 400, "MALFORMED"],
  ["GET", "/v1/orders?limit=1&limit=2", 400, "MALFORMED"],
  ["GET", "/v1/orders?after=forged", 400, "MALFORMED"],
  ["GET", "/v1/orders?after=", 400, "MALFORMED"],
  ["GET", "/v1/orders?after=%00", 400, "MALFORMED"],
  ["GET", "/v1/orders?status=paid", 400, "MALFORMED"],
  ["GET", "/v1/orders?status=", 400, "MALFORMED"],
  ["GET", "/v1/orders?status=(a%2B)%2B%24", 400, "MALFORMED"],
  ["GET", "/v1/orders?sort=total", 400, "UNKNOWN_FIELD"],
  ["GET", "/v1/orders?customerId=$customer", 400, "UNKNOWN_FIELD"],
  ["GET", "/v1/orders?customer_id=x", 400, "MALFORMED"],
  ["GET", "/v1/orders?__proto__=1", 400, "UNKNOWN_FIELD"],
  ["GET", "/v1/orders/$confirmed?fields=total", 400, "UNKNOWN_FIELD"],
  ["GET", "/v1/orders/$confirmed/events?after=9", 400, "MALFORMED"],
  ["GET", "/v1/products?limit=0", 400, "MALFORMED"],
  ["GET", "/v1/products?after=x", 400, "MALFORMED"],
  ["POST", "/v1/orders/$confirmed/deliver", 409, "TRANSITION_NOT_ALLOWED", {}],
  ["POST", "/v1/orders/$shipped/cancel", 409, "TRANSITION_NOT_ALLOWED", {}],
  ["POST", "/v1/orders/$shipped/ship", 409, "TRANSITION_NOT_ALLOWED", {}],
  ["POST", "/v1/orders/$cancelled/cancel", 409, "TRANSITION_NOT_ALLOWED", {}],
  ["POST", "/v1/orders/$confirmed/ship", 400, "UNKNOWN_FIELD", { carrier: "x" }],
  ["POST", "/v1/orders/$confirmed/ship", 400, "MALFORMED", { trackingNumber: 5 }],
  ["POST", "/v1/orders/$confirmed/ship", 422, "INVALID", { trackingNumber: "" }],
  ["POST", "/v1/orders/$confirmed/cancel", 422, "INVALID", { reason: "x".repeat(501) }],
  ["POST", "/v1/orders/$confirmed/deliver", 400, "MALFORMED", "[]"],
  ["POST", "/v1/orders/$confirmed/retry", 409, "TRANSITION_NOT_ALLOWED", { reason: "x" }],
  ["POST", "/v1/orders/$confirmed/retry", 400, "MALFORMED", {}],
  ["DELETE", "/v1/orders/$shipped", 409, "TRANSITION_NOT_ALLOWED"],
  ["DELETE", "/v1/orders/$cancelled", 409, "TRANSITION_NOT_ALLOWED"],
  ["DELETE", "/v1/orders/$unknown", 404, "NOT_FOUND"],
  ["PATCH", "/v1/orders/$confirmed", 400, "MALFORMED", {}],
  ["PATCH", "/v1/orders/$confirmed", 400, "MALFORMED", { shippingAddress: null }],
  ["PATCH", "/v1/orders/$confirmed", 400, "UNKNOWN_FIELD", { shippingAddress: ADDRESS, status: "shipped" }],
  ["PATCH", "/v1/orders/$confirmed", 400, "UNKNOWN_FIELD", { shippingAddress: ADDRESS, customerId: UNKNOWN }],
  ["PATCH", "/v1/orders/$confirmed", 422, "INVALID", { shippingAddress: { ...ADDRESS, country: "Germany" } }],
  ["PATCH", "/v1/orders/$shipped", 409, "TRANSITION_NOT_ALLOWED", { shippingAddress: ADDRESS }],
  ["PATCH", "/v1/orders/$unknown", 404, "NOT_FOUND", { shippingAddress: ADDRESS }],
  ["PATCH", "/v1/orders/$confirmed/status", 400, "MALFORMED", {}],
  ["PATCH", "/v1/orders/$confirmed/status", 400, "MALFORMED", { status: 5 }],
  ["PATCH", "/v1/orders/$confirmed/status", 422, "INVALID", { status: "SHIPPED" }],
  ["PATCH", "/v1/orders/$confirmed/status", 400, "UNKNOWN_FIELD", { status: "shipped", new_status: "shipped" }],
  ["PATCH", "/v1/orders/$confirmed/status", 409, "TRANSITION_NOT_ALLOWED", { status: "pending" }],
  ["PATCH", "/v1/orders/$confirmed/status", 409, "TRANSITION_NOT_ALLOWED", { status: "confirmed" }],
  ["PATCH", "/v1/orders/$unknown/status", 404, "NOT_FOUND", { status: "pending" }],
  ["POST", "/v1/orders/$confirmed/status", 405, "METHOD_NOT_ALLOWED", { status: "shipped" }],
  ["PUT", "/v1/products/$product", 400, "MALFORMED", {}],
  ["PUT", "/v1/products/$product", 400, "UNKNOWN_FIELD", {
    name: "Cup",
    price: { amount: "1", currency: "EUR" },
    stock: 5,
  }],
  ["PUT", "/v1/products/$unknown", 404, "NOT_FOUND", { name: "Cup", price: { amount: "1", currency: "EUR" } }],
  ["PATCH", "/v1/products/$product", 422, "INVALID", {}],
  ["PATCH", "/v1/products/$product", 400, "MALFORMED", { name: null }],
  ["PATCH", "/v1/products/$product", 422, "INVALID", { price: { amount: "0", currency: "EUR" } }],
  ["PATCH", "/v1/products/$product", 400, "UNKNOWN_FIELD", { version: 7 }],
  ["PATCH", "/v1/products/$product", 422, "INVALID", { price: { amount: 12.5, currency: "EUR" } }],
  ["DELETE", "/v1/products/$unknown", 404, "NOT_FOUND"],
  ["DELETE", "/v1/products/x", 400, "MALFORMED"],
  ["DELETE", "/v1/products", 405, "METHOD_NOT_ALLOWED"],
  ["PATCH", "/v1/customers/$customer", 422, "INVALID", {}],
  ["PATCH", "/v1/customers/$customer", 400, "MALFORMED", { name: null }],
  ["PATCH", "/v1/customers/$customer", 422, "INVALID", { email: "nobody" }],
  ["PATCH", "/v1/customers/$customer", 400, "UNKNOWN_FIELD", { id: UNKNOWN }],
  ["PATCH", "/v1/customers/$unknown", 404, "NOT_FOUND", { name: "Ada" }],
  ["GET", "/v1/customers/$unknown/addresses", 404, "NOT_FOUND"],
  ["GET", "/v1/customers/x/orders", 400, "MALFORMED"],
  ["GET", "/v1/customers/$customer/orders?customer_id=$customer", 400, "UNKNOWN_FIELD"],
  ["GET", "/v1/customers?page=0", 400, "MALFORMED"],
  ["GET", "/v1/orders?page=-1", 400, "MALFORMED"],
  ["GET", "/v1/orders?page=1.5", 400, "MALFORMED"],
  ["GET", "/v1/orders?page=9999999999", 400, "MALFORMED"],
  ["GET", "/v1/orders?page_size=0", 400, "MALFORMED"],
  ["GET", "/v1/orders?page=1&limit=5", 400, "MALFORMED"],
  ["GET", "/v1/orders?page=1&after=x", 400, "MALFORMED"],
  ["GET", "/v1/orders?skip=1", 400, "UNKNOWN_FIELD"],
  ["GET", "/v1/products?skip=-1", 400, "MALFORMED"],
  ["GET", "/v1/products?skip=1&page=1", 400, "MALFORMED"],
  ["GET", "/v1/products?min_price=1.5", 400, "MALFORMED"],
  ["GET", "/v1/products?max_price=-1", 400, "MALFORMED"],
  ["GET", "/v1/products?currency=eur", 400, "MALFORMED"],
  ["GET", "/v1/orders/$confirmed?at=0", 400, "MALFORMED"],
  ["GET", "/v1/orders/$confirmed?at=x", 400, "MALFORMED"],
  ["GET", "/v1/orders/$confirmed?at=99", 404, "NOT_FOUND"],
  ["GET", "/v1/orders/$confirmed?at=999999", 422, "LIMIT"],
  ["GET", "/v1/orders/$confirmed/stream?after=x", 400, "MALFORMED"],
  ["GET", "/v1/orders/$unknown/stream", 404, "NOT_FOUND"],
  ["GET", "/v1/orders/$unknown/charge", 404, "NOT_FOUND"],
  ["GET", "/v1/order-details/$confirmed?view=tv", 400, "MALFORMED"],
  ["GET", "/v1/order-details/$unknown", 404, "NOT_FOUND"],
  ["GET", "/v1/dead-letters?after=x", 400, "MALFORMED"],
  ["GET", "/v1/interventions?limit=0", 400, "MALFORMED"],
  ["GET", "/v1/actors/order/$unknown", 404, "NOT_FOUND"],
  ["GET", "/v1/actors/dragon/$unknown", 404, "NOT_FOUND"],
  ["GET", "/v1/actors/Order/$unknown", 400, "MALFORMED"],
  ["GET", "/v1/actors/order/*", 400, "MALFORMED"],
  ["GET", "/v1/actors/order/a.b", 400, "MALFORMED"],
  ["GET", "/v1/actors/order/a%20b", 400, "MALFORMED"],
  ["GET", `/v1/actors/order/${"a".repeat(129)}`, 400, "MALFORMED"],
  ["GET", "/v1/actors/dragon/x/stream", 404, "NOT_FOUND"],
  ["GET", "/v1/actors/dragon/x/events", 404, "NOT_FOUND"],
  ["POST", "/v1/actors/order/$confirmed/events", 400, "MALFORMED", {}],
  ["POST", "/v1/actors/order/$confirmed/events", 400, "MALFORMED", { type: 5 }],
  ["POST", "/v1/actors/order/$confirmed/events", 400, "MALFORMED", { type: "OrderShipped", data: [] }],
  ["POST", "/v1/actors/order/$confirmed/events", 400, "UNKNOWN_FIELD", { type: "OrderShipped", by: "internal" }],
  ["POST", "/v1/actors/order/$confirmed/events", 422, "INVALID", { type: "OrderShipped", data: { carrier: "x" } }],
  ["POST", "/v1/actors/order/$confirmed/events", 422, "INVALID", { type: "__proto__" }],
  ["POST", "/v1/actors/order/$confirmed/events", 403, "EVENT_NOT_PUBLIC", { type: "PaymentCaptured" }],
  ["POST", "/v1/actors/order/$unknown/events", 404, "NOT_FOUND", { type: "OrderShipped" }],
  ["POST", "/v1/actors/dragon/x/events", 404, "NOT_FOUND", { type: "Hatched" }],
  ["GET", "/problems/nothing", 404, "NOT_FOUND"],
])("%s %s is %i %s", async (method, path, status, code, body) => {
  const head = await service.store.head();
  const answer = await shop.call(method, filled(path), body);
  expectProblem(answer, status, code);
  if (status === 405) expect(answer.headers.get("allow")).toContain("OPTIONS");
  if (status === 409) {
    expect(answer.body).toMatchObject({
      state: expect.any(String),
      event: expect.any(String),
      allowed: expect.any(Array),
    });
  }
  expect(await service.store.head()).toBe(head);
});

test.each<[name: string, headers: Record<string, string>, status: number, code: string]>([
  ["another media type", { "content-type": "text/plain" }, 415, "UNSUPPORTED_MEDIA_TYPE"],
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415, "UNSUPPORTED_MEDIA_TYPE"],
  ["another charset", { "content-type": "application/json; charset=latin1" }, 415, "UNSUPPORTED_MEDIA_TYPE"],
  ["an encoding nobody knows", { "content-encoding": "rot13" }, 415, "UNSUPPORTED_MEDIA_TYPE"],
  ["an Accept that is not offered", { accept: "image/png" }, 406, "NOT_ACCEPTABLE"],
  ["an Accept that rules all out", { accept: "*/*;q=0" }, 406, "NOT_ACCEPTABLE"],
  ["an If-Match that is none", { "if-match": "3" }, 400, "MALFORMED"],
  ["a weak If-Match", { "if-match": 'W/"3"' }, 412, "VERSION_CONFLICT"],
  ["an If-Match for what does not exist yet", { "if-match": '"1"' }, 412, "VERSION_CONFLICT"],
  ["an empty key", { "idempotency-key": "" }, 400, "MALFORMED"],
  ["a key of 256 characters", { "idempotency-key": "k".repeat(256) }, 400, "MALFORMED"],
  ["a key with a blank", { "idempotency-key": "a b" }, 400, "MALFORMED"],
  ["a key beyond ASCII", { "idempotency-key": "cl\u00e9" }, 400, "MALFORMED"],
])("POST /v1/orders with %s", async (_, headers, status, code) => {
  const head = await service.store.head();
  expectProblem(await shop.post("/v1/orders", filled(JSON.stringify(cart())), headers), status, code);
  expect(await service.store.head()).toBe(head);
});

test.each<[name: string, headers: Record<string, string>, status: number, code: string]>([
  ["a token that is none", { "consistency-token": "x" }, 400, "MALFORMED"],
  ["a negative token", { "consistency-token": "-1" }, 400, "MALFORMED"],
  ["a token of 20 digits", { "consistency-token": "9".repeat(20) }, 400, "MALFORMED"],
  ["a token of what has not happened", { "consistency-token": "999999999" }, 504, "DEADLINE_EXCEEDED"],
])("GET /v1/orders with %s", async (_, headers, status, code) => {
  expectProblem(await shop.call("GET", "/v1/orders", undefined, headers), status, code);
});

const HEAD = "Host: localhost\r\nContent-Type: application/json\r\n";
const MEBIBYTE = 1_048_576;
const bytes = (text: string, ...more: Uint8Array[]) => Buffer.concat([Buffer.from(text), ...more]);
const withBody = (body: Uint8Array, headers = "") =>
  bytes(`POST /v1/orders HTTP/1.1\r\n${HEAD}${headers}Content-Length: ${body.length}\r\n\r\n`, body);

test.each<[name: string, request: Buffer, status: number, code: string]>([
  ["1 MiB + 1 with its length", withBody(Buffer.alloc(MEBIBYTE + 1, " ")), 413, "TOO_LARGE"],
  [
    "only the length of it",
    bytes(`POST /v1/orders HTTP/1.1\r\n${HEAD}Content-Length: ${MEBIBYTE + 1}\r\n\r\n`),
    413,
    "TOO_LARGE",
  ],
  [
    "2 MiB in a chunk",
    bytes(
      `POST /v1/orders HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n200000\r\n`,
      Buffer.alloc(2 * MEBIBYTE, " "),
      Buffer.from("\r\n0\r\n\r\n"),
    ),
    413,
    "TOO_LARGE",
  ],
  ["exactly 1 MiB of blanks", withBody(Buffer.alloc(MEBIBYTE, " ")), 400, "MALFORMED"],
  ["a million elements", withBody(Buffer.from(`[${"1,".repeat(1_000_000)}1]`)), 413, "TOO_LARGE"],
  [
    "a bomb",
    withBody(gzipSync(Buffer.alloc(MEBIBYTE * 8, " ")), "Content-Encoding: gzip\r\n"),
    415,
    "UNSUPPORTED_MEDIA_TYPE",
  ],
  ["a length that is NaN", bytes(`POST /v1/orders HTTP/1.1\r\n${HEAD}Content-Length: NaN\r\n\r\n{}`), 400, "MALFORMED"],
  ["bytes that are no UTF-8", withBody(Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])), 400, "MALFORMED"],
  ["a body in UTF-16", withBody(Buffer.from(JSON.stringify({ a: 1 }), "utf16le")), 400, "MALFORMED"],
  [
    "no media type",
    bytes("POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"),
    415,
    "UNSUPPORTED_MEDIA_TYPE",
  ],
  ["two keys", withBody(Buffer.from("{}"), "Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), 400, "MALFORMED"],
  [
    "a header of 32 KiB",
    bytes(`GET /v1/orders HTTP/1.1\r\n${HEAD}X: ${"a".repeat(32_768)}\r\n\r\n`),
    431,
    "HEADERS_TOO_LARGE",
  ],
  [
    "200 header fields",
    bytes(`GET /v1/orders HTTP/1.1\r\n${HEAD}${"X: a\r\n".repeat(200)}\r\n`),
    431,
    "HEADERS_TOO_LARGE",
  ],
  [
    "an address of 17 KiB",
    bytes(`GET /v1/orders?after=${"a".repeat(17_000)} HTTP/1.1\r\n${HEAD}\r\n`),
    431,
    "HEADERS_TOO_LARGE",
  ],
  ["a control character in a header", bytes(`GET /v1/orders HTTP/1.1\r\n${HEAD}X: a\u0001\r\n\r\n`), 400, "MALFORMED"],
  ["a path that climbs", bytes(`GET /v1/orders/../customers HTTP/1.1\r\n${HEAD}\r\n`), 400, "MALFORMED"],
  ["a path that climbs in disguise", bytes(`GET /v1/orders/%2e%2E HTTP/1.1\r\n${HEAD}\r\n`), 400, "MALFORMED"],
  ["a host that is none", bytes("GET /v1/orders HTTP/1.1\r\nHost: a b<\r\n\r\n"), 400, "MALFORMED"],
  ["no host", bytes("GET /v1/orders HTTP/1.1\r\n\r\n"), 400, "MALFORMED"],
  ["what is no HTTP", bytes("\u0016\u0003\u0001 hello\r\n\r\n"), 400, "MALFORMED"],
])("on the wire: %s", async (_, request, status, code) => {
  const head = await service.store.head();
  const { text, ...answer } = await sendRaw(service.port, request);
  expectProblem({ ...answer, body: JSON.parse(text) as Record<string, unknown> }, status, code);
  expect(await service.store.head()).toBe(head);
});

test("after all of it the door still opens", async () => {
  const { status } = await shop.place(ids["customer"]!, { [ids["product"]!]: 1 });
  expect(status).toBe(201);
});

interface Problem {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

function expectProblem({ status, headers, body }: Problem, expectedStatus: number, code: string): void {
  expect({ status, code: body["code"] }).toEqual({ status: expectedStatus, code });
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(body).toMatchObject({
    type: `/problems/${code.toLowerCase().replaceAll("_", "-")}`,
    title: expect.any(String),
    status: expectedStatus,
    detail: expect.any(String),
    instance: expect.any(String),
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(JSON.stringify(body)).not.toMatch(/\bat .*\.(ts|js):\d|select |insert |node_modules/i);
}
