/** Who callers are: every token and key that is not good gets the same answer through every door. */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Health } from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { CatalogService } from "../../../proto/gen/shop/v1/catalog_service_pb.ts";
import { jsonWebTokens } from "../../../src/api/access/json-web-tokens.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import {
  AUDIENCE,
  createTestIssuer,
  type GuardedShop,
  ISSUER,
  startGuardedShop,
  type TestIssuer,
} from "../../support/guarded-shop.ts";

let guarded: GuardedShop;
beforeAll(async () => {
  guarded = await startGuardedShop();
});
afterAll(() => guarded.stop());

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(systemClock.now() / 1_000);
const good = () => ({ sub: "u1", iss: ISSUER, aud: AUDIENCE, exp: now() + 60, role: "admin" });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const with_ = (make: (issuer: TestIssuer) => Promise<string> | string) => async (issuer: TestIssuer) =>
  bearer(await make(issuer));

type Bad = readonly [name: string, headers: (issuer: TestIssuer) => Promise<Record<string, string>>];

const BAD: Bad[] = [
  ["nothing", async () => ({})],
  ["another scheme", async (issuer) => ({ authorization: `Basic ${await issuer.token()}` })],
  ["no token after the scheme", async () => ({ authorization: "Bearer " })],
  ["two tokens", async (issuer) => bearer(`${await issuer.token()} ${await issuer.token()}`)],
  ["no token at all", with_(() => "abc")],
  ["three empty parts", with_(() => "..")],
  ["an expired one", with_((issuer) => issuer.token({ exp: now() - 60 }))],
  ["one that never expires", with_((issuer) => issuer.token({ exp: undefined }))],
  ["one for later", with_((issuer) => issuer.token({ nbf: now() + 60 }))],
  ["one for others", with_((issuer) => issuer.token({ aud: "https://other.example.com" }))],
  ["one of another issuer", with_((issuer) => issuer.token({ iss: "https://evil.example.com/" }))],
  ["one of nobody", with_((issuer) => issuer.token({ sub: undefined }))],
  ["one of nobody with a name", with_((issuer) => issuer.token({ sub: "" }))],
  ["a subject that is no id", with_((issuer) => issuer.token({ sub: "a b\n" }))],
  ["a role that does not exist", with_((issuer) => issuer.token({ role: "root" }))],
  ["a role that is a list", with_((issuer) => issuer.token({ role: ["admin"] }))],
  ["a customer that is none", with_((issuer) => issuer.token({ role: "customer", customer_id: "../x" }))],
  ["an unknown key", with_((issuer) => issuer.token({}, { kid: "k2" }))],
  ["a key that is a path", with_((issuer) => issuer.token({}, { kid: "../../../dev/null" }))],
  ["algorithm none", with_(() => `${encode({ alg: "none" })}.${encode(good())}.`)],
  ["algorithm None", with_(() => `${encode({ alg: "None", kid: "k1" })}.${encode(good())}.`)],
  [
    "signed with the public key",
    with_((issuer) => {
      const signed = `${encode({ alg: "HS256", kid: "k1" })}.${encode(good())}`;
      return `${signed}.${createHmac("sha256", JSON.stringify(issuer.publicJwk)).update(signed).digest("base64url")}`;
    }),
  ],
  [
    "signed with somebody's key, named by the token",
    with_(async () => {
      const { privateKey } = await generateKeyPair("ES256");
      return await new SignJWT(good()).setProtectedHeader({ alg: "ES256", kid: "k1", jku: "http://127.0.0.1:1/jwks" })
        .sign(privateKey);
    }),
  ],
  [
    "an extension that has to be understood",
    with_(async (issuer) => {
      const [, payload, signature] = (await issuer.token()).split(".");
      return `${encode({ alg: "ES256", kid: "k1", crit: ["x"], x: 1 })}.${payload}.${signature}`;
    }),
  ],
  [
    "another payload under the signature",
    with_(async (issuer) => {
      const [head, , signature] = (await issuer.token({ role: "customer" })).split(".");
      return `${head}.${encode(good())}.${signature}`;
    }),
  ],
  [
    "a token of 20 KiB that ends like a good one",
    with_(async (issuer) => `${"x".repeat(20_480)}${await issuer.token()}`),
  ],
  ["a token of 12 KiB", with_((issuer) => issuer.token({ more: "x".repeat(9_000) }))],
  ["a key nobody has", async () => bearer(`sw_${"x".repeat(43)}`)],
  ["a key without its prefix", async () => bearer(guarded.keys.admin.slice(3))],
  ["a key with another prefix", async () => bearer(`sk_${guarded.keys.admin.slice(3)}`)],
  ["a key and more", async () => bearer(`${guarded.keys.admin}x`)],
  ["a key in another scheme", async () => ({ authorization: `ApiKey ${guarded.keys.admin}` })],
  ["an unknown key in its own header", async () => ({ "x-api-key": "sw_x" })],
  ["a good key beside a bad token", async () => ({ authorization: "Bearer x", "x-api-key": guarded.keys.admin })],
];

const withHeaders = (headers: Record<string, string>): Interceptor => (next) => (call) => {
  for (const [name, value] of Object.entries(headers)) call.header.set(name, value);
  return next(call);
};

function transports(headers: Record<string, string>): Transport[] {
  const interceptors = [withHeaders(headers)];
  return [
    createGrpcTransport({ baseUrl: guarded.grpcUrl, interceptors }),
    createGrpcWebTransport({ baseUrl: guarded.url, httpVersion: "1.1", interceptors }),
    createConnectTransport({ baseUrl: guarded.url, httpVersion: "1.1", useBinaryFormat: false, interceptors }),
  ];
}

test.each(BAD)("%s: 401, and nothing is said of why", async (_, headersOf) => {
  const headers = await headersOf(guarded.issuer);
  const answer = await fetch(`${guarded.url}/v1/products`, { headers });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="statewright"');
  expect(await answer.json()).toMatchObject({
    code: "UNAUTHENTICATED",
    detail: "Send `Authorization: Bearer` with a valid token or API key",
  });
  const graphql = await fetch(`${guarded.url}/graphql`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: '{"query":"{ products { totalCount } }"}',
  });
  expect(graphql.status).toBe(401);
  expect(await graphql.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  for (const transport of transports(headers)) {
    const refusal = await createClient(CatalogService, transport).listProducts({}).catch((thrown: unknown) => thrown);
    expect(ConnectError.from(refusal).code).toBe(Code.Unauthenticated);
  }
});

test("a token, and a key in either header, let in through every door", async () => {
  const headers = [
    bearer(await guarded.issuer.token()),
    bearer(guarded.keys.operator),
    { "x-api-key": guarded.keys.operator },
  ];
  for (const each of headers) {
    expect((await fetch(`${guarded.url}/v1/products`, { headers: each })).status).toBe(200);
    for (const transport of transports(each)) {
      await expect(createClient(CatalogService, transport).listProducts({})).resolves.toMatchObject({ products: [] });
    }
  }
});

test("streams and what is sent in streams are refused as well", async () => {
  const { OrderService } = await import("../../../proto/gen/shop/v1/order_service_pb.ts");
  for (const transport of transports({})) {
    const client = createClient(OrderService, transport);
    const watched = client.watchOrder({ orderId: "01890a5d-ac96-774b-bcce-b302099a8057" });
    await expect(watched[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: Code.Unauthenticated });
  }
  const client = createClient(OrderService, transports({})[0]!);
  await expect(client.createOrders((async function* () {})())).rejects.toMatchObject({ code: Code.Unauthenticated });
});

test("a secret in the address is refused, whoever sends it", async () => {
  for (const query of [`api_key=${guarded.keys.admin}`, `x=${guarded.keys.admin}`, "access_token=abc", "token=abc"]) {
    const answer = await fetch(`${guarded.url}/v1/products?${query}`, { headers: bearer(guarded.keys.admin) });
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(text).not.toContain(guarded.keys.admin);
    expect(JSON.parse(text)).toMatchObject({ code: "MALFORMED" });
  }
});

test.each(["/graphql", "/shop.v1.CatalogService/ListProducts"])("and it lets nobody in at %s", async (path) => {
  const answer = await fetch(`${guarded.url}${path}?api_key=${guarded.keys.admin}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(answer.status).toBe(401);
  expect(await answer.text()).not.toContain(guarded.keys.admin);
});

test("who only asks whether it lives, and how to talk to it, need not say who they are", async () => {
  for (const path of ["/livez", "/readyz", "/openapi.json", "/docs", "/problems", "/problems/unauthenticated"]) {
    expect((await fetch(`${guarded.url}${path}`)).status, path).toBe(200);
  }
  for (const path of ["/v1/orders", "/v1/nothing", "/demo/provider/charges", "/notifications", "/orders"]) {
    expect((await fetch(`${guarded.url}${path}`, { redirect: "manual" })).status, path).toBe(401);
  }
  await expect(createClient(Health, transports({})[0]!).check({})).resolves.toMatchObject({});
});

describe("an issuer that is asked for its keys", () => {
  async function serving(documents: Record<string, unknown>) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      const document = documents[request.url!];
      response.writeHead(document === undefined ? 404 : 200).end(JSON.stringify(document ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, asked, documents, close: () => server.close() };
  }

  test("is asked once, and again for a key it did not have, but not at will", async () => {
    const issuer = await createTestIssuer();
    const server = await serving({});
    server.documents["/.well-known/openid-configuration"] = { issuer: server.url, jwks_uri: `${server.url}/keys` };
    server.documents["/keys"] = JSON.parse(issuer.jwks);
    const tokens = jsonWebTokens({ issuer: server.url, audience: AUDIENCE, jwks: undefined }, systemClock);
    const token = await issuer.token({ iss: server.url, role: undefined });
    for (let i = 0; i < 3; i++) {
      await expect(tokens.principalOf(token)).resolves.toEqual({
        id: "sub:u1",
        role: "customer",
        customerId: undefined,
      });
    }
    const unknown = await issuer.token({ iss: server.url }, { kid: "k9" });
    for (let i = 0; i < 3; i++) {
      await expect(tokens.principalOf(unknown)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
    expect(server.asked).toEqual(["/.well-known/openid-configuration", "/keys"]);
    server.close();
  });

  test.each([
    ["does not answer", {}],
    ["speaks for another", { issuer: "https://evil.example.com", jwks_uri: "http://127.0.0.1:1/keys" }],
    ["has its keys in a file", { jwks_uri: "file:///etc/passwd" }],
    ["has its keys where nobody answers", { jwks_uri: "http://127.0.0.1:1/keys" }],
  ])("that %s makes nobody somebody: 503, and not 401", async (_, document) => {
    const issuer = await createTestIssuer();
    const server = await serving({});
    if (Object.keys(document).length > 0) {
      server.documents["/.well-known/openid-configuration"] = { issuer: server.url, ...document };
    }
    const tokens = jsonWebTokens({ issuer: server.url, audience: AUDIENCE, jwks: undefined }, systemClock);
    const token = await issuer.token({ iss: server.url });
    await expect(tokens.principalOf(token)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    server.close();
  });
});
