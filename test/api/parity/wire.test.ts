/**
 * Requests that are wrong before any door has read a message, as bytes to the one listener that the doors share: each
 * door refuses them, no connection is lost for it, and nothing of it is in the log.
 */
import { Agent, request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGraphQLDoor } from "../../../src/api/graphql/door.ts";
import { createGrpcDoor } from "../../../src/api/grpc/door.ts";
import { createRestApp } from "../../../src/api/rest/app.ts";
import { listen, type Listener } from "../../../src/cli/start/listen.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { sendRaw } from "../../support/raw-http.ts";
import { type ShopService, startShopService } from "../../support/shop-service.ts";

let shop: ShopService;
let http: Listener;
let stop: () => Promise<void>;

beforeAll(async () => {
  shop = await startShopService();
  const doors = { ...shop.doors, notReady: () => Promise.resolve([]) };
  const [graphql, rpc] = [createGraphQLDoor(doors), createGrpcDoor(doors)];
  http = await listen({ host: "127.0.0.1", port: 0, portIsFixed: true });
  http.open(graphql.fetchBefore(rpc.fetchBefore(createRestApp(doors).fetch)));
  stop = async () => {
    rpc.endStreams();
    graphql.endStreams();
    await http.close(0);
    await shop.stop();
  };
});
afterAll(() => stop());

const DOORS = {
  REST: "/v1/orders",
  Connect: "/shop.v1.OrderService/CreateOrder",
  GraphQL: "/graphql",
} as const;

type Door = keyof typeof DOORS;

const MEBIBYTE = 1_048_576;
const JSON_TYPE = "Content-Type: application/json\r\n";
const head = (path: string, more: string, type = JSON_TYPE) =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}${more}\r\n`;
const withBody = (path: string, more: string, type = JSON_TYPE) =>
  `${head(path, `${more}Content-Length: 2\r\n`, type)}{}`;

interface Row {
  readonly name: string;
  readonly request: (path: string) => string;
  /** The HTTP status, where not all doors have the same. */
  readonly status: number | Readonly<Record<Door, number>>;
  /** True when the client sends no more. */
  readonly ends?: boolean;
}

/** Connect has 429 for what is too large: `resource_exhausted`. */
const TOO_LARGE = { REST: 413, Connect: 429, GraphQL: 413 };

const ROWS: Row[] = [
  { name: "no media type", request: (path) => withBody(path, "", ""), status: 415 },
  { name: "another media type", request: (path) => withBody(path, "", "Content-Type: text/plain\r\n"), status: 415 },
  {
    name: "an encoding nobody knows",
    request: (path) => withBody(path, "Content-Encoding: rot13\r\n"),
    status: { REST: 415, Connect: 501, GraphQL: 415 },
  },
  {
    name: "a method that it has not",
    request: (path) => `PUT ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    status: 405,
  },
  {
    name: "the length of 1 MiB + 1",
    request: (path) => head(path, `Content-Length: ${MEBIBYTE + 1}\r\n`),
    status: TOO_LARGE,
  },
  {
    name: "2 MiB in a chunk",
    request: (path) =>
      `${head(path, "Transfer-Encoding: chunked\r\n")}200000\r\n${" ".repeat(2 * MEBIBYTE)}\r\n0\r\n\r\n`,
    status: TOO_LARGE,
  },
  { name: "a length that is less", request: (path) => `${head(path, "Content-Length: 5\r\n")}{"a":1}`, status: 400 },
  {
    name: "a length that is more",
    request: (path) => `${head(path, "Content-Length: 500\r\n")}{}`,
    status: 400,
    ends: true,
  },
  { name: "a length that is NaN", request: (path) => `${head(path, "Content-Length: NaN\r\n")}{}`, status: 400 },
  { name: "a length below nothing", request: (path) => `${head(path, "Content-Length: -1\r\n")}{}`, status: 400 },
  {
    name: "a length and chunks",
    request: (path) => head(path, "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n",
    status: 400,
  },
  { name: "a control character", request: (path) => withBody(path, "X: a\u0001\r\n"), status: 400 },
  { name: "a path that climbs", request: (path) => withBody(`${path}/../x`, ""), status: 400 },
  { name: "200 header fields", request: (path) => withBody(path, "X: a\r\n".repeat(200)), status: 431 },
  { name: "a header of 32 KiB", request: (path) => withBody(path, `X: ${"a".repeat(32_768)}\r\n`), status: 431 },
  { name: "an address of 16 KiB", request: (path) => withBody(`${path}?a=${"a".repeat(16_384)}`, ""), status: 431 },
  {
    name: "no time left",
    request: (path) => withBody(path, "Connect-Timeout-Ms: 0\r\n"),
    status: 504,
  },
];

/** Whose server hangs up on who sends no more, without a word. */
const isDeno = process.versions["deno"] !== undefined;

const CASES = (Object.keys(DOORS) as Door[]).flatMap((door) =>
  ROWS.filter(({ ends }) => ends !== true || !isDeno).map(({ name, request, status, ends = false }) => ({
    door,
    name,
    request: Buffer.from(request(DOORS[door])),
    status: typeof status === "number" ? status : status[door],
    ends,
  }))
);

test.each(CASES)("$door: $name is $status", async ({ request, status, ends }) => {
  const before = await shop.store.head();
  const answer = await sendRaw(http.port, request, { ends });
  expect(answer.status).toBe(status);
  expect(answer.text).not.toMatch(/\bat .*\.(ts|js):\d|node_modules/);
  expect(await shop.store.head()).toBe(before);
});

test.each(["text/plain", "application/json"])("a stream over Connect as %s is 415", async (type) => {
  const path = "/shop.v1.OrderService/WatchOrder";
  const request = Buffer.from(withBody(path, "", `Content-Type: ${type}\r\n`));
  expect((await sendRaw(http.port, request)).status).toBe(415);
});

/** The library's own patience with what nobody reads. */
const CUT_AFTER_MS = 500;

test.each([
  ...Object.values(DOORS).map((path) => [path, "with its length"] as const),
  ...Object.values(DOORS).map((path) => [path, "in chunks"] as const),
])("who has sent too much to %s %s goes on over the same connection", async (path, how) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (method: string, to: string, body: Buffer) =>
    new Promise<number>((resolve, reject) => {
      const length = how === "in chunks" ? {} : { "content-length": body.length };
      const headers = { "content-type": "application/json", ...length };
      const sent = httpRequest({ port: http.port, host: "127.0.0.1", method, path: to, agent, headers }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode!));
      });
      sent.on("error", reject);
      sent.write(body.subarray(0, MEBIBYTE));
      sent.end(body.subarray(MEBIBYTE));
    });
  try {
    expect([413, 429]).toContain(await ask("POST", path, Buffer.alloc(2 * MEBIBYTE, "[")));
    const until = systemClock.now() + 2 * CUT_AFTER_MS;
    while (systemClock.now() < until) expect(await ask("PUT", "/livez", Buffer.from("{}"))).toBe(405);
  } finally {
    agent.destroy();
  }
});
