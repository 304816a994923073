/** What no client of ours would send: each is refused with the code that the other doors have for it. */
import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DoorDependencies } from "../../../src/api/dependencies.ts";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import { type GraphQLShop, startGraphQLShop } from "../../support/graphql-shop.ts";
import { shopClient } from "../../support/shop-client.ts";

const SPEC = "application/graphql-response+json";

let graphql: GraphQLShop;
/** While true, actors do not answer. */
let isDown = false;

function mortal(own: DoorDependencies): DoorDependencies {
  return {
    ...own,
    system: {
      actor(type, id) {
        const actor = own.system.actor(type, id);
        return {
          ...actor,
          async snapshot() {
            if (isDown) throw new StatewrightError("UNAVAILABLE", "connection to 10.0.0.7 refused: password leaked");
            return await actor.snapshot();
          },
        };
      },
    },
  };
}

beforeAll(async () => {
  graphql = await startGraphQLShop({ with: mortal });
});
afterAll(() => graphql.stop());

interface Refusal {
  readonly status: number;
  readonly code: string | undefined;
  readonly headers: Headers;
}

/** Posts a body as it stands. */
async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Refusal> {
  const response = await fetch(graphql.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: SPEC, ...headers },
    body,
    keepalive: false,
  });
  return await refusal(response);
}

async function refusal(response: Response): Promise<Refusal> {
  const { status, headers } = response;
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\.ts:|select |password/);
  return { status, headers, code: text === "" ? undefined : JSON.parse(text).errors?.[0].extensions?.code };
}

describe("bodies", () => {
  const query = '{"query":"{ __typename }"';
  test.each<[string, string | Uint8Array<ArrayBuffer>, number, string]>([
    ["nothing", "", 400, "MALFORMED"],
    ["no JSON", "{ __typename }", 400, "MALFORMED"],
    ["cut off", query, 400, "MALFORMED"],
    ["a byte order mark", `\uFEFF${query}}`, 400, "MALFORMED"],
    ["two values", `${query}}{}`, 400, "MALFORMED"],
    ["an array, which would be a batch", `[${query}}]`, 400, "MALFORMED"],
    ["a string", '"{ __typename }"', 400, "MALFORMED"],
    ["null", "null", 400, "MALFORMED"],
    ["no query", "{}", 400, "MALFORMED"],
    ["a query that is a number", '{"query":1}', 400, "MALFORMED"],
    ["variables that are a list", `${query},"variables":[]}`, 400, "MALFORMED"],
    ["a field nobody knows", `${query},"more":1}`, 400, "UNKNOWN_FIELD"],
    ["a key twice", `${query},"query":"{ a }"}`, 400, "MALFORMED"],
    ["__proto__", `${query},"variables":{"__proto__":{"a":1}}}`, 400, "UNKNOWN_FIELD"],
    ["NUL in a variable", String.raw`{"query":"{ __typename }","variables":{"a":"\u0000"}}`, 400, "MALFORMED"],
    ["half a character", String.raw`{"query":"{ __typename }","variables":{"a":"\ud800"}}`, 400, "MALFORMED"],
    ["no UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 400, "MALFORMED"],
    ["33 levels", `${query},"variables":{"a":${"[".repeat(33)}${"]".repeat(33)}}}`, 400, "TOO_DEEP"],
    ["10,000 levels", "[".repeat(10_000), 400, "TOO_DEEP"],
    ["1,000,000 levels", "[".repeat(1_000_000), 400, "TOO_DEEP"],
    ["a mebibyte and one", `${query},"variables":{"a":"${"x".repeat(1_048_576)}"}}`, 413, "TOO_LARGE"],
    ["a large document", JSON.stringify({ query: `{ __typename } #${"x".repeat(20_000)}` }), 400, "LIMIT"],
  ])("%s", async (_, body, status, code) => {
    expect(await post(body)).toMatchObject({ status, code });
  });

  test("one byte too many without a length", async () => {
    const answer = await new Promise<number>((resolve, reject) => {
      const sent = httpRequest(
        graphql.url,
        { method: "POST", headers: { "content-type": "application/json" } },
        (got) => {
          got.resume();
          resolve(got.statusCode!);
        },
      );
      sent.on("error", reject);
      sent.write("[".repeat(600_000));
      sent.end("]".repeat(600_000));
    });
    expect(answer).toBe(413);
  });

  test.each([
    [{ "content-type": "text/plain" }],
    [{ "content-type": "application/x-www-form-urlencoded" }],
    [{ "content-type": "multipart/form-data; boundary=a" }],
    [{ "content-type": "application/graphql" }],
    [{ "content-type": "application/json; charset=latin1" }],
    [{ "content-encoding": "br" }],
  ])("as %j, which a foreign page could send", async (headers) => {
    expect(await post('{"query":"{ __typename }"}', headers)).toMatchObject({
      status: 415,
      code: "UNSUPPORTED_MEDIA_TYPE",
    });
  });

  test("packed", async () => {
    const bomb = gzipSync("[".repeat(10_000_000));
    expect(await post(bomb, { "content-encoding": "gzip" })).toMatchObject({ status: 415 });
  });

  test("to be answered as what it is not", async () => {
    expect(await post('{"query":"{ __typename }"}', { accept: "application/xml" })).toMatchObject({ status: 406 });
  });
});

describe("methods", () => {
  const get = async (parameters: Record<string, string> | string[][], headers = {}) =>
    refusal(
      await fetch(`${graphql.url}?${new URLSearchParams(parameters)}`, { headers: { accept: SPEC, ...headers } }),
    );
  const mutation = 'mutation { createCustomer(input: { name: "A", email: "a@example.com" }) { customer { id } } }';

  test("GET reads", async () => {
    expect(await get({ query: "{ __typename }", variables: "{}" })).toMatchObject({ status: 200, code: undefined });
  });

  test("GET never writes", async () => {
    const answer = await get({ query: mutation });
    expect(answer).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
    expect(answer.headers.get("allow")).toBe("POST");
    const { data } = await graphql.ask("{ customers { totalCount } }");
    expect(data.customers.totalCount).toBe(0);
  });

  test.each<[Record<string, string> | string[][], string]>([
    [{}, "MALFORMED"],
    [{ query: "{ __typename }", variables: "{" }, "MALFORMED"],
    [{ query: "{ __typename }", variables: '{"a":1,"a":2}' }, "MALFORMED"],
    [{ query: "{ __typename }", api_key: "secret" }, "UNKNOWN_FIELD"],
    [[["query", "{ __typename }"], ["query", "{ a }"]], "MALFORMED"],
    [{ query: "query A { __typename } query B { __typename }" }, "MALFORMED"],
  ])("GET with %j", async (parameters, code) => {
    expect(await get(parameters)).toMatchObject({ status: 400, code });
  });

  test.each(["PUT", "PATCH", "DELETE", "OPTIONS"])("%s", async (method) => {
    const answer = await refusal(await fetch(graphql.url, { method }));
    expect(answer).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
    expect(answer.headers.get("allow")).toBe("GET, POST");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("documents", () => {
  const list = (names: number, of: (at: number) => string) =>
    Array.from({ length: names }, (_, at) => of(at)).join(" ");
  test.each<[string, string, object, string]>([
    ["empty", "", {}, "MALFORMED"],
    ["broken", "{ orders(", {}, "MALFORMED"],
    ["an unknown field", "{ users { id } }", {}, "UNKNOWN_FIELD"],
    ["an unknown argument", '{ orders(sort: "1; drop table") { totalCount } }', {}, "UNKNOWN_FIELD"],
    ["an unknown input field", "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { clientMutationId } }", {
      i: { orderId: "a", status: "delivered" },
    }, "UNKNOWN_FIELD"],
    [
      "an unknown input field in the text",
      'mutation { cancelOrder(input: { orderId: "a", total: 1 }) { clientMutationId } }',
      {},
      "UNKNOWN_FIELD",
    ],
    ["an unknown status", "{ orders(status: LOST) { totalCount } }", {}, "MALFORMED"],
    ["a missing variable", "query($id: ID!) { order(id: $id) { id } }", {}, "MALFORMED"],
    ["a wrong type", "query($n: Int!) { orders(first: $n) { totalCount } }", { n: "5" }, "MALFORMED"],
    ["a fraction", "query($n: Int!) { orders(first: $n) { totalCount } }", { n: 5.5 }, "MALFORMED"],
    ["2^31", "query($n: Int!) { orders(first: $n) { totalCount } }", { n: 2 ** 31 }, "MALFORMED"],
    ["2^53 in the text", '{ order(id: "a", atVersion: 9007199254740993) { id } }', {}, "MALFORMED"],
    [
      "money as a number",
      'mutation { createProduct(input: { name: "a", stock: 1, price: { amount: 10.01, currency: "EUR" } }) { clientMutationId } }',
      {},
      "MALFORMED",
    ],
    ["NUL in the text", String.raw`{ order(id: "\u0000") { id } }`, {}, "MALFORMED"],
    [
      "13 levels",
      `{ orders { edges { node { customer { orders { customer { orders { customer { orders { customer { orders { customer { name } } } } } } } } } } } } }`,
      {},
      "TOO_DEEP",
    ],
    [
      "13 levels in fragments",
      `{ orders { edges { node { ...A } } } }
      fragment A on Order { customer { orders { customer { orders { customer { ...B } } } } } }
      fragment B on Customer { orders { customer { orders { customer { orders { orderId } } } } } }`,
      {},
      "TOO_DEEP",
    ],
    ["a fragment in itself", "{ orders { ...A } } fragment A on OrderConnection { ...A totalCount }", {}, "MALFORMED"],
    ["16 aliases", `{ orders { ${list(16, (at) => `a${at}: totalCount`)} } }`, {}, "LIMIT"],
    ["1,001 tokens", `{ ${list(1_001, () => "__typename")} }`, {}, "LIMIT"],
    ["51 directives", `{ __typename ${"@include(if: true) ".repeat(51)} }`, {}, "LIMIT"],
    [
      "a hundred of a hundred of a hundred",
      `{ customers(first: 100) { edges { node { orders(first: 100) { customer { orders(first: 100) { orderId } } } } } } }`,
      {},
      "LIMIT",
    ],
  ])("%s", async (_, query, variables, code) => {
    const { status, errors } = await graphql.ask(query, variables);
    expect({ status, code: errors[0]?.extensions["code"] }).toEqual({ status: 400, code });
  });

  test("found wrong, for clients of plain JSON it is 200", async () => {
    const response = await fetch(graphql.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ query: "{ users { id } }" }),
    });
    expect(response.status).toBe(200);
    expect((await response.json()).errors[0].extensions).toEqual({
      code: "UNKNOWN_FIELD",
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test.each([
    ["{ orders(first: 0) { totalCount } }", "OUT_OF_RANGE"],
    ["{ orders(first: -1) { totalCount } }", "OUT_OF_RANGE"],
    ['{ orders(after: "forged") { totalCount } }', "MALFORMED"],
    ['{ orders(customerId: "*") { totalCount } }', "MALFORMED"],
    ['{ orders(consistencyToken: "soon") { totalCount } }', "MALFORMED"],
    ['{ products(minPrice: "10.01") { totalCount } }', "INVALID"],
    ['{ products(currency: "XXX") { totalCount } }', "INVALID"],
    ['{ order(id: "../../etc") { id } }', "MALFORMED"],
    ['{ order(id: "{01890A5D-AC96-774B-BCCE-B302099A8057}") { id } }', "MALFORMED"],
    ['{ node(id: "T3JkZXI6MQ") { id } }', "MALFORMED"],
    ['{ node(id: "nonsense") { id } }', "MALFORMED"],
    ['{ order(id: "01890a5d-ac96-774b-bcce-b302099a8057", atVersion: 0) { id } }', "NOT_FOUND"],
    ['{ _entities(representations: [{ __typename: "Order" }]) { __typename } }', "MALFORMED"],
    ['{ _entities(representations: ["Order"]) { __typename } }', "MALFORMED"],
    ['{ _entities(representations: [{ __typename: "Secret", id: "1" }]) { __typename } }', "MALFORMED"],
  ])("%s", async (query, code) => {
    const { status, errors } = await graphql.ask(query);
    expect({ status, code: errors[0]?.extensions["code"] }).toEqual({ status: 200, code });
  });

  test("more pages than fit on one are not given", async () => {
    const { errors } = await graphql.ask("query($n: Int!) { customers(first: $n) { edges { node { id } } } }", {
      n: 1_000_000,
    });
    expect(errors).toEqual([]);
  });
});

test("lists in lists end before they fill the memory", async () => {
  const rest = shopClient(graphql.shop.url);
  const [customer, product] = await Promise.all([rest.customer(), rest.product("1", 10_000)]);
  await Promise.all(Array.from({ length: 30 }, () => rest.place(customer, { [product]: 1 })));
  const { errors } = await graphql.ask(
    `query($n: Int!) { customer(id: "${customer}") { orders(first: $n) { customer { orders(first: $n) { customer { orders(first: $n) { orderId } } } } } } }`,
    { n: 100 },
  );
  expect(errors[0]?.extensions["code"]).toBe("LIMIT");
});

test("while what it needs does not answer it says so, and nothing of why", async () => {
  const query = JSON.stringify({ query: '{ order(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } }' });
  isDown = true;
  try {
    const answer = await post(query);
    expect(answer).toMatchObject({ status: 503, code: "UNAVAILABLE" });
    expect(answer.headers.get("retry-after")).toBe("1");
  } finally {
    isDown = false;
  }
  expect(await post(query)).toMatchObject({ status: 200, code: "NOT_FOUND" });
});

test("every answer has the headers of an API", async () => {
  const { headers } = await graphql.ask("{ __typename }", {}, { origin: "https://evil.example" });
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("access-control-allow-origin")).toBeNull();
});
