/** One resource as JSON, as XML and as a page; and the pages that are no resource. */
import { createHash } from "node:crypto";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROBLEMS } from "../../../src/api/problems.ts";
import { toXml } from "../../../src/api/rest/xml.ts";
import { ERROR_CODES } from "../../../src/kernel/errors.ts";
import { type ShopClient, shopClient } from "../../support/shop-client.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let service: ShopService;
let shop: ShopClient;
let product: string;

beforeAll(async () => {
  service = await startShopService();
  shop = shopClient(service.url);
  const body = { name: `<b>"Zoe's"</b> & \u202ecup`, price: { amount: "100", currency: "EUR" }, stock: 3 };
  product = (await shop.post("/v1/products", body)).body.id;
});

afterAll(() => service.stop());

async function as(
  accept: string,
  path: string,
  init: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  const response = await fetch(`${service.url}${path}`, { ...init, headers: { ...init.headers, accept } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const xml = (text: string) => {
  expect(XMLValidator.validate(text)).toBe(true);
  return new XMLParser({ parseTagValue: false }).parse(text);
};

describe("XML", () => {
  test("says what JSON says", async () => {
    const { status, headers, text } = await as("application/xml", `/v1/products/${product}`);
    expect({ status, type: headers.get("content-type"), vary: headers.get("vary") }).toEqual({
      status: 200,
      type: "application/xml",
      vary: "Accept",
    });
    const json = (await shop.get(`/v1/products/${product}`)).body;
    expect(xml(text).answer).toMatchObject({
      id: product,
      price: json.price,
      stock: { available: "3", reserved: "0" },
      _links: json._links,
    });
    expect(text).toContain("&lt;b&gt;");
    expect(text).not.toContain("\u202e");
  });

  test("holds lists, and nothing where nothing is", async () => {
    const { text } = await as("text/xml", "/v1/products");
    expect(xml(text).answer.items.item.id).toBe(product);
    expect(text).toContain('<next nil="true"');
  });

  test("of what is wrong is a problem", async () => {
    const { status, headers, text } = await as("application/xml", "/v1/products/x");
    expect({ status, type: headers.get("content-type") }).toEqual({ status: 400, type: "application/problem+xml" });
    expect(xml(text).problem).toMatchObject({ code: "MALFORMED", status: "400" });
  });

  test("answers a write, too", async () => {
    const { status, text } = await as("application/xml", "/v1/customers", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Ada \u0001", email: "ada@example.com" }),
    });
    expect(status).toBe(201);
    expect(xml(text).answer.email).toBe("ada@example.com");
  });
});

describe("pages", () => {
  const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

  test("are what a browser gets, escaped, and allowed to load nothing", async () => {
    const { status, headers, text } = await as(BROWSER, `/v1/products/${product}`);
    expect({ status, type: headers.get("content-type") }).toEqual({ status: 200, type: "text/html; charset=utf-8" });
    const style = /<style>([^]*)<\/style>/.exec(text)![1]!;
    expect(headers.get("content-security-policy")).toContain(
      `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    );
    expect(text).toContain("&lt;b&gt;&quot;Zoe&#39;s&quot;&lt;/b&gt; &amp; \\u202ecup");
    expect(text).toContain(`<a href="/v1/products/${product}">`);
    expect(text).not.toMatch(/<b>|<script|https?:\/\//);
  });

  test("of what is wrong say so", async () => {
    const { status, text } = await as(BROWSER, "/v1/orders/x");
    expect(status).toBe(400);
    expect(text).toContain("MALFORMED");
    expect(text).toContain('<a href="/problems/malformed">');
  });

  test("there is one about every problem, and one about the API", async () => {
    for (const code of ERROR_CODES) {
      const { status, text } = await as("*/*", `/problems/${code.toLowerCase().replaceAll("_", "-")}`);
      expect(status).toBe(200);
      expect(text).toContain(code);
      expect(text).toContain(String(PROBLEMS[code].http));
      expect((await as("*/*", `/problems/${code}`)).status).toBe(200);
    }
    expect((await as("*/*", "/problems")).text).toContain("/problems/not-found");
    expect((await as("*/*", "/problems/nothing")).status).toBe(404);
    const docs = await as("*/*", "/docs");
    expect(docs.status).toBe(200);
    expect(docs.text).toContain("POST /v1/orders");
    expect(docs.text).not.toMatch(/<script|https?:\/\/(?!json-schema)/);
  });

  test("the type of a problem leads to its page", async () => {
    const { body } = await shop.get("/v1/orders/x");
    const { text } = await as("text/html", body.type);
    expect(text).toContain(body.title);
  });
});

describe("what no element can be called", () => {
  test("is an entry, and says its name", () => {
    const text = toXml("answer", { 'a "b" <c>': { n: 1 }, "é": [null, "x\u0001"], "1": true });
    expect(xml(text)).toEqual({
      "?xml": "",
      answer: { entry: [true, { n: "1" }, { item: ["", "x\ufffd"] }].map((each) => each === true ? "true" : each) },
    });
  });
});
