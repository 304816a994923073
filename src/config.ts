/** The environment, read once into one frozen value. Nothing else reads it. */
import { isIP } from "node:net";
import {
  apiKeyLines,
  check,
  type Environment,
  type SAMPLERS,
  valueOf,
  type VariableName,
  variables,
} from "./environment.ts";
import { assert } from "./kernel/assert.ts";
import { StatewrightError } from "./kernel/errors.ts";

export interface Config {
  readonly host: string;
  /** How callers say who they are; undefined: they need not, and all of them are staff. */
  readonly auth: AuthConfig | undefined;
  /** The origins whose pages may call. */
  readonly corsOrigins: readonly string[];
  /** 0 asks for any free port. */
  readonly httpPort: number;
  /** True when the port was asked for by variable, so that no other will do. */
  readonly httpPortIsFixed: boolean;
  /** As with `httpPort`. */
  readonly grpcPort: number;
  readonly grpcPortIsFixed: boolean;
  /** Undefined: the embedded PostgreSQL. A secret. */
  readonly databaseUrl: string | undefined;
  /** Servers of one NATS cluster, comma separated; undefined: the in-process bus. A secret. */
  readonly natsUrl: string | undefined;
  /** The text of a NATS credentials file. A secret. */
  readonly natsCredentials: string | undefined;
  /** The program that `npm run cluster` starts; undefined: one is looked for. */
  readonly natsServerBin: string | undefined;
  /** How long the feed keeps events. */
  readonly feedMaxAgeMs: number;
  /** The actor types that this node runs; undefined: all. */
  readonly hostTypes: readonly string[] | undefined;
  /** Where the embedded PostgreSQL keeps its data; relative to the working directory. */
  readonly dataFolder: string;
  readonly logLevel: string;
  /** Undefined: named after the machine and the port. */
  readonly nodeId: string | undefined;
  /** Undefined: the demo provider. */
  readonly paymentProviderUrl: string | undefined;
  readonly tracing: {
    /** Undefined: traces go nowhere. */
    readonly url: string | undefined;
    readonly serviceName: string | undefined;
    readonly sampler: (typeof SAMPLERS)[number];
    /** 0 to 1. */
    readonly sampledShare: number;
  };
  /** True when npm or deno task started this process, as both tell by INIT_CWD. */
  readonly hasTaskRunner: boolean;
}

export interface AuthConfig {
  /** Whose tokens count; undefined: none do. */
  readonly tokens:
    | { readonly issuer: string; readonly audience: string; readonly jwks: string | undefined }
    | undefined;
  readonly apiKeys: readonly ApiKeyConfig[];
  /** For each caller. */
  readonly requestsPerSecond: number;
}

interface ApiKeyConfig {
  readonly name: string;
  readonly role: "customer" | "operator" | "admin";
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly customerId?: string | undefined;
}

const DEFAULT_HTTP_PORT = 8080;
const DEFAULT_GRPC_PORT = 9090;

/**
 * Reads and checks the environment.
 * @throws StatewrightError `USAGE` with one line for each variable that is wrong
 */
export function readConfig(environment: Environment = process.env): Config {
  const values = new Map<VariableName, string>();
  const complaints: string[] = [];
  for (const [name, variable] of variables()) {
    try {
      const text = valueOf(environment, name, variable) ?? variable.fallback;
      if (text !== undefined) values.set(name, check(name, variable, text));
    } catch (thrown) {
      complaints.push(StatewrightError.from(thrown).message);
    }
  }
  if (complaints.length === 0) complaints.push(...contradictions(values));
  if (complaints.length > 0) throw new StatewrightError("USAGE", complaints.join("\n"));

  const given = (name: VariableName) => {
    const value = values.get(name);
    assert(value !== undefined, `${name} has a fallback`);
    return value;
  };
  const httpPort = values.get("HTTP_PORT");
  const grpcPort = values.get("GRPC_PORT");
  const otlp = values.get("OTEL_EXPORTER_OTLP_ENDPOINT");
  return Object.freeze({
    host: given("HOST"),
    auth: authOf(values),
    corsOrigins: values.get("CORS_ORIGINS")?.split(",") ?? [],
    httpPort: Number(httpPort ?? DEFAULT_HTTP_PORT),
    httpPortIsFixed: httpPort !== undefined,
    grpcPort: Number(grpcPort ?? DEFAULT_GRPC_PORT),
    grpcPortIsFixed: grpcPort !== undefined,
    databaseUrl: values.get("DATABASE_URL"),
    natsUrl: values.get("NATS_URL"),
    natsCredentials: values.get("NATS_CREDENTIALS"),
    natsServerBin: values.get("NATS_SERVER_BIN"),
    feedMaxAgeMs: milliseconds(given("FEED_MAX_AGE")),
    hostTypes: values.get("HOST_TYPES")?.split(","),
    dataFolder: given("STATEWRIGHT_DATA"),
    logLevel: given("LOG_LEVEL"),
    nodeId: values.get("NODE_ID"),
    paymentProviderUrl: values.get("PAYMENT_PROVIDER_URL"),
    tracing: Object.freeze({
      url: values.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ?? (otlp && `${otlp.replace(/\/$/, "")}/v1/traces`),
      serviceName: values.get("OTEL_SERVICE_NAME"),
      sampler: given("OTEL_TRACES_SAMPLER") as (typeof SAMPLERS)[number],
      sampledShare: Number(given("OTEL_TRACES_SAMPLER_ARG")),
    }),
    hasTaskRunner: environment["INIT_CWD"] !== undefined,
  });
}

/** All of this process's environment, for processes that it starts. */
export function inheritedEnvironment(): Environment {
  return { ...process.env };
}

/** Values that are fine by themselves, but not together. */
function contradictions(values: ReadonlyMap<VariableName, string>): string[] {
  const found: string[] = [];
  const host = values.get("HOST") ?? "";
  const [issuer, audience] = [values.get("AUTH_ISSUER"), values.get("AUTH_AUDIENCE")];
  if (!isLoopback(host) && values.get("ALLOW_ANONYMOUS") !== "1" && authOf(values) === undefined) {
    found.push(
      `HOST: ${host} lets others in, and nobody has to log in. Leave HOST at 127.0.0.1, set AUTH_ISSUER or API_KEYS, or say that you mean it: ALLOW_ANONYMOUS=1`,
    );
  }
  if ((issuer === undefined) !== (audience === undefined)) {
    found.push(
      "AUTH_ISSUER, AUTH_AUDIENCE: one is no use without the other, because a token counts for one issuer and one audience",
    );
  }
  if (values.has("AUTH_JWKS") && issuer === undefined) {
    found.push("AUTH_JWKS: whose keys are these? Set AUTH_ISSUER and AUTH_AUDIENCE too");
  }
  if (values.has("NATS_URL") && !values.has("DATABASE_URL")) {
    found.push(
      "NATS_URL: nodes that share a NATS server share a database too. Set DATABASE_URL, or try: npm run cluster -- 3",
    );
  }
  return found;
}

function authOf(values: ReadonlyMap<VariableName, string>): AuthConfig | undefined {
  const [issuer, audience, keys] = [values.get("AUTH_ISSUER"), values.get("AUTH_AUDIENCE"), values.get("API_KEYS")];
  if (issuer === undefined && keys === undefined) return undefined;
  return Object.freeze({
    tokens: issuer !== undefined && audience !== undefined
      ? { issuer, audience, jwks: values.get("AUTH_JWKS") }
      : undefined,
    apiKeys: apiKeyLines(keys ?? "").map((line) => {
      const [name = "", role, hash = "", customerId] = line.split(":");
      return { name, role: role as ApiKeyConfig["role"], hash, customerId };
    }),
    requestsPerSecond: Number(values.get("RATE_LIMIT")),
  });
}

/** `90s`, `15m`, `12h`, `7d`. */
function milliseconds(text: string): number {
  const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1)!] ?? 0;
  return Number.parseInt(text, 10) * unitMs;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
