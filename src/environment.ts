/**
 * The environment's variables as one table, and reading one of them. A bad value is one line that names the variable,
 * says what is wrong and shows one that would do.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";

/** The environment as it comes: `process.env`, or something like it in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Variable {
  readonly meaning: string;
  readonly fallback?: string;
  /** What `--help` shows as the default when there is no fallback value. */
  readonly otherwise?: string;
  readonly example: string;
  /** May come from a file, named by the same variable with _FILE, and is never repeated in a message. */
  readonly secret?: boolean;
  readonly schema: z.ZodType<string>;
}

const port = z.string().regex(/^\d{1,5}$/, "is not a port number").refine(
  (text) => Number(text) <= 65_535,
  "is above 65535, the highest port",
);
const url = (protocols: readonly string[]) =>
  z.string().refine(
    (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
    `is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  );

const urls = (protocols: readonly string[]) =>
  z.string().refine(
    (text) => text.split(",").every((each) => url(protocols).safeParse(each.trim()).success),
    `is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  );

/** `name:role:hash` or `name:role:hash:customer`. */
const API_KEY = /^[A-Za-z0-9._-]{1,64}:(customer|operator|admin):[0-9a-f]{64}(:[0-9a-f-]{36})?$/;

/** The keys of API_KEYS, one text each. */
export function apiKeyLines(text: string): string[] {
  return text.split(/[,\n]/).map((line) => line.trim()).filter((line) => line !== "");
}

function hasKeys(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { readonly keys?: unknown } | null)?.keys);
  } catch {
    return false;
  }
}

/** The samplers of OpenTelemetry that are honoured. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/** Every variable there is. `--help` prints this table. */
export const VARIABLES = {
  HOST: {
    meaning: "the address to listen on",
    fallback: "127.0.0.1",
    example: "0.0.0.0",
    schema: z.string().refine(
      (text) => isIP(text) !== 0 || /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(text),
      "is neither an IP address nor a host name",
    ),
  },
  ALLOW_ANONYMOUS: {
    meaning: "1: listen beyond this machine although nobody has to log in",
    fallback: "0",
    example: "1",
    schema: z.enum(["0", "1"], "is neither 0 nor 1"),
  },
  AUTH_ISSUER: {
    meaning: "whose tokens (JWT) say who calls",
    otherwise: "nobody's",
    example: "https://login.example.com/",
    schema: url(["http:", "https:"]),
  },
  AUTH_AUDIENCE: {
    meaning: "what those tokens have to be for",
    otherwise: "nothing; needed with AUTH_ISSUER",
    example: "https://shop.example.com",
    schema: z.string(),
  },
  AUTH_JWKS: {
    meaning: "the issuer's public keys (JWKS), where it cannot be asked",
    otherwise: "where the issuer's discovery document says",
    example: '{"keys":[…]}',
    secret: true,
    schema: z.string().refine(hasKeys, "is no JSON with keys in it"),
  },
  API_KEYS: {
    meaning: "who calls with which key: name:role:SHA-256 of the key[:customer id], comma or line separated",
    otherwise: "nobody",
    example: "till-1:operator:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    secret: true,
    schema: z.string().refine(
      (text) => apiKeyLines(text).every((line) => API_KEY.test(line)),
      "is not made of name:role:hash or name:role:hash:customer, with a role of customer, operator, admin",
    ),
  },
  RATE_LIMIT: {
    meaning: "requests a second that each caller may send, where callers have to say who they are",
    fallback: "100",
    example: "20",
    schema: z.string().regex(/^[1-9]\d{0,5}$/, "is not a number from 1 to 999999"),
  },
  CORS_ORIGINS: {
    meaning: "the origins whose pages may call, comma separated",
    otherwise: "none",
    example: "https://shop.example.com",
    schema: z.string().refine(
      (text) => text.split(",").every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      "is not made of origins such as https://shop.example.com",
    ),
  },
  HTTP_PORT: {
    meaning: "the port of the web server; 0: any free one",
    otherwise: "8080, or the next free one",
    example: "8081",
    schema: port,
  },
  GRPC_PORT: {
    meaning: "the port for gRPC; 0: any free one",
    otherwise: "9090, or the next free one",
    example: "9091",
    schema: port,
  },
  DATABASE_URL: {
    meaning: "a PostgreSQL server of your own",
    otherwise: "an embedded PostgreSQL",
    example: "postgres://user:password@localhost:5432/statewright",
    secret: true,
    schema: url(["postgres:", "postgresql:"]),
  },
  NATS_URL: {
    meaning: "a NATS server with JetStream, or several of one cluster, comma separated",
    otherwise: "the in-process bus",
    example: "nats://localhost:4222",
    secret: true,
    schema: urls(["nats:", "tls:"]),
  },
  NATS_CREDENTIALS: {
    meaning: "what a NATS credentials file says",
    otherwise: "what stands in NATS_URL",
    example: "-----BEGIN NATS USER JWT----- …",
    secret: true,
    schema: z.string().includes("NATS USER JWT", "is not what a credentials file says"),
  },
  NATS_SERVER_BIN: {
    meaning: "the nats-server program for npm run cluster",
    otherwise: "the one on the PATH, else Debian's package, unpacked into a cache",
    example: "/usr/sbin/nats-server",
    schema: z.string(),
  },
  FEED_MAX_AGE: {
    meaning: "how long NATS keeps the events of the feed, in s, m, h or d; older ones are read from the log",
    fallback: "7d",
    example: "12h",
    schema: z.string().regex(/^[1-9]\d{0,5}[smhd]$/, "is not a number and one of s, m, h, d"),
  },
  HOST_TYPES: {
    meaning: "the actor types that this node runs, comma separated; their doors are open on every node",
    otherwise: "all",
    example: "stock,payment",
    schema: z.string().regex(/^[a-z][A-Za-z0-9]*(,[a-z][A-Za-z0-9]*)*$/, "is not a list of actor types"),
  },
  STATEWRIGHT_DATA: {
    meaning: "the folder of the embedded PostgreSQL's data",
    fallback: ".statewright",
    example: "/var/lib/statewright",
    schema: z.string(),
  },
  LOG_LEVEL: {
    meaning: "what is logged to standard error: debug, info, warn, error or silent",
    fallback: "warn",
    example: "info",
    schema: z.enum(["debug", "info", "warn", "error", "silent"], "is none of debug, info, warn, error, silent"),
  },
  NODE_ID: {
    meaning: "the name of this node, the same after a restart and used by no other",
    otherwise: "the machine's name and the port",
    example: "node-1",
    schema: z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/, "is not 1 to 64 of the characters A-Z a-z 0-9 . _ : -"),
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    meaning: "where traces go by OTLP over HTTP, without /v1/traces",
    otherwise: "nowhere",
    example: "http://localhost:4318",
    schema: url(["http:", "https:"]),
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    meaning: "the same, as the whole URL",
    otherwise: "made from the one above",
    example: "http://localhost:4318/v1/traces",
    schema: url(["http:", "https:"]),
  },
  OTEL_SERVICE_NAME: {
    meaning: "what this service is called in traces",
    otherwise: "statewright",
    example: "shop",
    schema: z.string(),
  },
  OTEL_TRACES_SAMPLER: {
    meaning: "which traces are kept",
    fallback: "parentbased_always_on",
    example: "parentbased_traceidratio",
    schema: z.enum(SAMPLERS, `is none of ${SAMPLERS.join(", ")}`),
  },
  OTEL_TRACES_SAMPLER_ARG: {
    meaning: "the share that the traceidratio samplers keep",
    fallback: "1",
    example: "0.1",
    schema: z.string().regex(/^(0(\.\d+)?|1(\.0+)?)$/, "is not a number from 0 to 1"),
  },
  PAYMENT_PROVIDER_URL: {
    meaning: "where payments are captured and refunded",
    otherwise: "the demo provider",
    example: "https://payments.example.com",
    schema: url(["http:", "https:"]),
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;

/** The variables for `--help`, one line each: name, meaning, default. */
export function describeVariables(): string {
  const width = Math.max(...Object.keys(VARIABLES).map((name) => name.length));
  const lines = variables().map(([name, { meaning, fallback, otherwise, secret }]) =>
    `  ${name.padEnd(width)}  ${meaning} (default: ${fallback ?? otherwise})${
      secret ? `; may lie in a file: ${name}_FILE` : ""
    }`
  );
  return lines.join("\n");
}

/** All names that are read, for tests that hold other files (compose.yaml) against them. */
export function variableNames(): string[] {
  return variables().flatMap(([name, { secret }]) => secret ? [name, `${name}_FILE`] : [name]);
}

export function variables(): [VariableName, Variable][] {
  return Object.entries(VARIABLES).map(([name, variable]) => [name as VariableName, variable]);
}

/** An empty variable counts as not set, as it comes out of `${NAME:-}` in compose files. */
export function valueOf(environment: Environment, name: string, variable: Variable): string | undefined {
  const text = environment[name] || undefined;
  const file = variable.secret ? environment[`${name}_FILE`] || undefined : undefined;
  if (file === undefined) return text;
  if (text !== undefined) throw new Error(`${name} and ${name}_FILE are both set. Keep one of them.`);
  try {
    return readFileSync(file, "utf8").trim();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Error(
      `${name}_FILE: the file cannot be read (${reason}). Example: ${name}_FILE=/run/secrets/statewright`,
      { cause: thrown },
    );
  }
}

export function check(name: string, variable: Variable, text: string): string {
  const result = variable.schema.safeParse(text);
  if (result.success) return result.data;
  const value = variable.secret ? "the value" : JSON.stringify(text);
  throw new Error(`${name}: ${value} ${result.error.issues[0]?.message}. Example: ${name}=${variable.example}`);
}
