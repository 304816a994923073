/** A newcomer's mistakes in the environment: one line each, that names the variable and shows what would do. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { describeVariables, type Environment, variableNames } from "../src/environment.ts";
import { StatewrightError } from "../src/kernel/errors.ts";
import { removeTemporaryFolders, temporaryFolder } from "./support/temporary-folder.ts";

afterEach(removeTemporaryFolders);

function complaints(environment: Environment): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: "USAGE" });
    return StatewrightError.from(thrown).message.split("\n");
  }
}

test("nothing set: this machine only, an embedded database, a port that may move", () => {
  expect(readConfig({})).toEqual({
    host: "127.0.0.1",
    auth: undefined,
    corsOrigins: [],
    httpPort: 8080,
    httpPortIsFixed: false,
    grpcPort: 9090,
    grpcPortIsFixed: false,
    databaseUrl: undefined,
    natsUrl: undefined,
    natsCredentials: undefined,
    natsServerBin: undefined,
    feedMaxAgeMs: 7 * 24 * 3_600_000,
    hostTypes: undefined,
    dataFolder: ".statewright",
    logLevel: "warn",
    nodeId: undefined,
    paymentProviderUrl: undefined,
    tracing: { url: undefined, serviceName: undefined, sampler: "parentbased_always_on", sampledShare: 1 },
    hasTaskRunner: false,
  });
});

test("the value is frozen", () => {
  expect(Object.isFrozen(readConfig({}))).toBe(true);
});

test("an empty variable is one that is not set", () => {
  const empty = Object.fromEntries(variableNames().map((name) => [name, ""]));
  expect(readConfig(empty)).toEqual(readConfig({}));
});

test("what is set is what comes out", () => {
  expect(readConfig({
    HOST: "::1",
    AUTH_ISSUER: "https://login.example.com/",
    AUTH_AUDIENCE: "https://shop.example.com",
    AUTH_JWKS: '{"keys":[]}',
    API_KEYS: `till:operator:${"a".repeat(64)}\n ada:customer:${"b".repeat(64)}:01890a5d-ac96-774b-bcce-b302099a8057,`,
    RATE_LIMIT: "20",
    CORS_ORIGINS: "https://a.example.com,http://localhost:3000",
    HTTP_PORT: "8080",
    GRPC_PORT: "0",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://traces:4318/",
    OTEL_SERVICE_NAME: "shop",
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
    DATABASE_URL: "postgresql://me:secret@db/shop?sslmode=require",
    NATS_URL: "nats://a:4222,tls://me:secret@b",
    NATS_CREDENTIALS: "-----BEGIN NATS USER JWT-----",
    NATS_SERVER_BIN: "/opt/nats-server",
    FEED_MAX_AGE: "12h",
    HOST_TYPES: "stock,payment",
    STATEWRIGHT_DATA: "/data",
    LOG_LEVEL: "debug",
    NODE_ID: "node-1",
    PAYMENT_PROVIDER_URL: "https://pay.example.com",
    INIT_CWD: "/project",
  })).toEqual({
    host: "::1",
    auth: {
      tokens: {
        issuer: "https://login.example.com/",
        audience: "https://shop.example.com",
        jwks: '{"keys":[]}',
      },
      apiKeys: [
        { name: "till", role: "operator", hash: "a".repeat(64), customerId: undefined },
        {
          name: "ada",
          role: "customer",
          hash: "b".repeat(64),
          customerId: "01890a5d-ac96-774b-bcce-b302099a8057",
        },
      ],
      requestsPerSecond: 20,
    },
    corsOrigins: ["https://a.example.com", "http://localhost:3000"],
    httpPort: 8080,
    httpPortIsFixed: true,
    grpcPort: 0,
    grpcPortIsFixed: true,
    databaseUrl: "postgresql://me:secret@db/shop?sslmode=require",
    natsUrl: "nats://a:4222,tls://me:secret@b",
    natsCredentials: "-----BEGIN NATS USER JWT-----",
    natsServerBin: "/opt/nats-server",
    feedMaxAgeMs: 43_200_000,
    hostTypes: ["stock", "payment"],
    dataFolder: "/data",
    logLevel: "debug",
    nodeId: "node-1",
    paymentProviderUrl: "https://pay.example.com",
    tracing: { url: "http://traces:4318/v1/traces", serviceName: "shop", sampler: "traceidratio", sampledShare: 0.25 },
    hasTaskRunner: true,
  });
});

test.each<[Environment, RegExp]>([
  [{ HTTP_PORT: "80a" }, /^HTTP_PORT: "80a" is not a port number\. Example: HTTP_PORT=8081$/],
  [{ HTTP_PORT: "-1" }, /^HTTP_PORT: "-1" is not a port number/],
  [{ HTTP_PORT: "65536" }, /^HTTP_PORT: "65536" is above 65535/],
  [{ HOST: "not a host" }, /^HOST: "not a host" is neither/],
  [{ HOST: "0.0.0.0" }, /^HOST: 0\.0\.0\.0 lets others in.*ALLOW_ANONYMOUS=1$/],
  [{ AUTH_ISSUER: "https://a" }, /^AUTH_ISSUER, AUTH_AUDIENCE: one is no use without the other/],
  [{ AUTH_ISSUER: "login", AUTH_AUDIENCE: "a" }, /^AUTH_ISSUER: "login" is not a URL that starts with http/],
  [{ AUTH_JWKS: '{"keys":[]}' }, /^AUTH_JWKS: whose keys are these\?/],
  [{ AUTH_JWKS: "null" }, /^AUTH_JWKS: the value is no JSON with keys in it/],
  [{ API_KEYS: "till:root:secret" }, /^API_KEYS: the value is not made of name:role:hash/],
  [{ RATE_LIMIT: "0" }, /^RATE_LIMIT: "0" is not a number from 1/],
  [{ CORS_ORIGINS: "*" }, /^CORS_ORIGINS: "\*" is not made of origins/],
  [{ CORS_ORIGINS: "https://a.example.com/x" }, /^CORS_ORIGINS: .* is not made of origins/],
  [{ HOST: "::" }, /^HOST: :: lets others in/],
  [{ HOST: "127.evil.example" }, /^HOST: 127\.evil\.example lets others in/],
  [{ ALLOW_ANONYMOUS: "yes" }, /^ALLOW_ANONYMOUS: "yes" is neither 0 nor 1/],
  [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL: "loud" is none of debug, info, warn, error, silent/],
  [{ NODE_ID: "a b" }, /^NODE_ID: "a b" is not 1 to 64/],
  [{ PAYMENT_PROVIDER_URL: "ftp://x" }, /^PAYMENT_PROVIDER_URL: "ftp:\/\/x" is not a URL that starts with http/],
  [{ DATABASE_URL: "mysql://me:secret@x" }, /^DATABASE_URL: the value is not a URL that starts with postgres:\/\//],
  [
    { DATABASE_URL: "db" },
    /^DATABASE_URL: .* Example: DATABASE_URL=postgres:\/\/user:password@localhost:5432\/statewright$/,
  ],
  [{ DATABASE_URL_FILE: "/does/not/exist" }, /^DATABASE_URL_FILE: the file cannot be read \(ENOENT.* Example: /],
  [{ DATABASE_URL: "postgres://a", DATABASE_URL_FILE: "/b" }, /^DATABASE_URL and DATABASE_URL_FILE are both set/],
  [{ NATS_URL: "nats://localhost:4222" }, /^NATS_URL: .* Set DATABASE_URL, or try: npm run cluster -- 3$/],
  [{ NATS_CREDENTIALS: "secret" }, /^NATS_CREDENTIALS: the value is not what a credentials file says/],
  [
    { FEED_MAX_AGE: "forever" },
    /^FEED_MAX_AGE: "forever" is not a number and one of s, m, h, d\. Example: FEED_MAX_AGE=12h$/,
  ],
  [{ HOST_TYPES: "stock;payment" }, /^HOST_TYPES: "stock;payment" is not a list of actor types/],
  [{ NATS_URL: "http://localhost" }, /^NATS_URL: the value is not a URL that starts with nats:\/\//],
])("%j is one line", (environment, line) => {
  expect(complaints(environment)).toEqual([expect.stringMatching(line)]);
});

test("every mistake is told at once, a line each, without secrets", () => {
  const lines = complaints({ HTTP_PORT: "x", LOG_LEVEL: "y", DATABASE_URL: "mysql://me:hunter2@db" });
  expect(lines.map((line) => line.split(":")[0])).toEqual(["HTTP_PORT", "DATABASE_URL", "LOG_LEVEL"]);
  expect(lines.join()).not.toContain("hunter2");
});

test("others are let in when somebody says so, or when they have to say who they are", () => {
  expect(readConfig({ HOST: "0.0.0.0", ALLOW_ANONYMOUS: "1" }).host).toBe("0.0.0.0");
  expect(readConfig({ HOST: "0.0.0.0", API_KEYS: `till:operator:${"a".repeat(64)}` }).host).toBe("0.0.0.0");
  expect(readConfig({ HOST: "0.0.0.0", AUTH_ISSUER: "https://a", AUTH_AUDIENCE: "b" }).host).toBe("0.0.0.0");
});

test("a secret may lie in a file", () => {
  const file = join(temporaryFolder(), "secret");
  writeFileSync(file, "postgres://me:secret@db/shop\n");
  expect(readConfig({ DATABASE_URL_FILE: file }).databaseUrl).toBe("postgres://me:secret@db/shop");
});

test("--help knows every variable with its default", () => {
  const lines = describeVariables().split("\n");
  const names = variableNames().filter((name) => !name.endsWith("_FILE"));
  expect(lines.map((line) => line.trim().split(" ")[0])).toEqual(names);
  for (const line of lines) expect(line).toMatch(/\(default: .+\)/);
});
