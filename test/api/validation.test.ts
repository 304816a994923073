import { describe, expect, test } from "vitest";
import { validate } from "../../src/api/validation.ts";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { newProductSchema } from "../../src/shop/catalogue/product.ts";
import { cartSchema } from "../../src/shop/orders/place-order.ts";

const id = "01890a5d-ac96-774b-bcce-b302099a8057";
const address = { line1: "1 Main St", city: "Berlin", postalCode: "10115", country: "DE" };
const cart = (over: object) => ({
  customerId: id,
  items: [{ productId: id, quantity: 1 }],
  shippingAddress: address,
  ...over,
});
const product = (over: object) => ({ name: "Cup", price: { amount: "1250", currency: "EUR" }, stock: 5, ...over });
const line = (over: object) => cart({ items: [{ productId: id, quantity: 1, ...over }] });

function verdict(run: () => unknown): [string, ...string[]] {
  try {
    run();
  } catch (thrown) {
    const { code, details } = StatewrightError.from(thrown);
    return [code, ...(details.errors ?? []).map(({ pointer }) => pointer)];
  }
  return ["valid"];
}

describe("a cart", () => {
  test.each<[string, unknown, ...string[]]>([
    ["as it should be", cart({}), "valid"],
    ["no object", [], "MALFORMED", ""],
    ["a string", "{}", "MALFORMED", ""],
    ["null", null, "MALFORMED", ""],
    ["no customer", { ...cart({}), customerId: undefined }, "MALFORMED", "/customerId"],
    ["an id that is none", cart({ customerId: "' OR 1=1--" }), "MALFORMED", "/customerId"],
    ["an id in capitals", cart({ customerId: id.toUpperCase() }), "MALFORMED", "/customerId"],
    ["no items", cart({ items: [] }), "INVALID", "/items"],
    ["too many items", cart({ items: Array(10_001).fill({ productId: id, quantity: 1 }) }), "LIMIT", "/items"],
    ["quantity as text", line({ quantity: "5" }), "MALFORMED", "/items/0/quantity"],
    ["quantity 5.5", line({ quantity: 5.5 }), "MALFORMED", "/items/0/quantity"],
    ["quantity null", line({ quantity: null }), "MALFORMED", "/items/0/quantity"],
    ["quantity 1e400", line({ quantity: Infinity }), "MALFORMED", "/items/0/quantity"],
    ["quantity 0", line({ quantity: 0 }), "OUT_OF_RANGE", "/items/0/quantity"],
    ["quantity -0", line({ quantity: -0 }), "OUT_OF_RANGE", "/items/0/quantity"],
    ["quantity -1", line({ quantity: -1 }), "OUT_OF_RANGE", "/items/0/quantity"],
    ["quantity 10^9", line({ quantity: 1e9 }), "OUT_OF_RANGE", "/items/0/quantity"],
    ["quantity 2^53", line({ quantity: 2 ** 53 }), "OUT_OF_RANGE", "/items/0/quantity"],
    ["a price of its own", line({ unitPrice: "1" }), "UNKNOWN_FIELD", "/items/0/unitPrice"],
    ["a status", cart({ status: "confirmed" }), "UNKNOWN_FIELD", "/status"],
    ["a pointer to escape", cart({ "a/b~c": 1 }), "UNKNOWN_FIELD", "/a~1b~0c"],
    ["unknown and unreadable", line({ quantity: "5", x: 1 }), "UNKNOWN_FIELD", "/items/0/quantity", "/items/0/x"],
    [
      "unreadable and out of range",
      cart({ items: [{ productId: id, quantity: 0 }, { productId: id, quantity: "1" }] }),
      "MALFORMED",
      "/items/0/quantity",
      "/items/1/quantity",
    ],
    [
      "a country in small letters",
      cart({ shippingAddress: { ...address, country: "de" } }),
      "INVALID",
      "/shippingAddress/country",
    ],
    ["a city of blanks", cart({ shippingAddress: { ...address, city: "   " } }), "INVALID", "/shippingAddress/city"],
  ])("%s", (_, body, ...expected) => {
    expect(verdict(() => validate(cartSchema, body))).toEqual(expected);
  });

  test("tells twenty faults at most", () => {
    const [code, ...pointers] = verdict(() =>
      validate(cartSchema, cart({ items: Array(900).fill({ productId: id, quantity: 0 }) }))
    );
    expect(code).toBe("OUT_OF_RANGE");
    expect(pointers).toHaveLength(20);
  });
});

describe("a product", () => {
  test.each<[string, unknown, ...string[]]>([
    ["as it should be", product({}), "valid"],
    ["money as a float", product({ price: { amount: 10.01, currency: "EUR" } }), "INVALID", "/price/amount"],
    [
      "money as a text with a point",
      product({ price: { amount: "10.01", currency: "EUR" } }),
      "INVALID",
      "/price/amount",
    ],
    ["money with an exponent", product({ price: { amount: "1e3", currency: "EUR" } }), "INVALID", "/price/amount"],
    ["negative money", product({ price: { amount: "-5", currency: "EUR" } }), "INVALID", "/price/amount"],
    [
      "more money than there is",
      product({ price: { amount: "1000000000001", currency: "EUR" } }),
      "INVALID",
      "/price/amount",
    ],
    ["nothing as a price", product({ price: { amount: "0", currency: "EUR" } }), "INVALID", "/price"],
    ["money as true", product({ price: { amount: true, currency: "EUR" } }), "MALFORMED", "/price/amount"],
    ["no currency", product({ price: { amount: "5" } }), "MALFORMED", "/price/currency"],
    ["a currency in small letters", product({ price: { amount: "5", currency: "eur" } }), "INVALID", "/price/currency"],
    ["a currency nobody has", product({ price: { amount: "5", currency: "XXX" } }), "INVALID", "/price/currency"],
    ["a currency of another type", product({ price: { amount: "5", currency: 978 } }), "MALFORMED", "/price/currency"],
    ["a name of 10 KiB", product({ name: "x".repeat(10_240) }), "INVALID", "/name"],
    ["no name", product({ name: "" }), "INVALID", "/name"],
  ])("%s", (_, body, ...expected) => {
    expect(verdict(() => validate(newProductSchema, body))).toEqual(expected);
  });
});
