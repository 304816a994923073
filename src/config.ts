/**
 * The environment, read once into one frozen value. Nothing else reads it. A bad value is one line that names the
 * variable, says what is wrong and shows one that would do.
 */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { assert } from "./kernel/assert.ts";
import { StatewrightError } from "./kernel/errors.ts";

export interface Config {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly httpPort: number;
  /** True when the port was asked for by variable, so that no other will do. */
  readonly httpPortIsFixed: boolean;
  /** Undefined: the embedded PostgreSQL. A secret. */
  readonly databaseUrl: string | undefined;
  /** Where the embedded PostgreSQL keeps its data; relative to the working directory. */
  readonly dataFolder: string;
  readonly logLevel: string;
  /** Undefined: named after the machine and the port. */
  readonly nodeId: string | undefined;
  /** Undefined: the demo provider. */
  readonly paymentProviderUrl: string | undefined;
  /** True when npm or deno task started this process, as both tell by INIT_CWD. */
  readonly hasTaskRunner: boolean;
}

/** The environment as it comes: `process.env`, or something like it in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable {
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

/** Every variable there is. `--help` prints this table. */
const VARIABLES = {
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
  HTTP_PORT: {
    meaning: "the port of the web server; 0: any free one",
    otherwise: "8080, or the next free one",
    example: "8081",
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
    meaning: "a NATS server; not supported yet",
    otherwise: "the in-process bus",
    example: "nats://localhost:4222",
    secret: true,
    schema: url(["nats:", "tls:"]),
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
  PAYMENT_PROVIDER_URL: {
    meaning: "where payments are captured and refunded",
    otherwise: "the demo provider",
    example: "https://payments.example.com",
    schema: url(["http:", "https:"]),
  },
} as const satisfies Record<string, Variable>;

type VariableName = keyof typeof VARIABLES;

const DEFAULT_PORT = 8080;

/**
 * Reads and checks the environment.
 * @throws StatewrightError `USAGE` with one line for each variable that is wrong
 */
export function readConfig(environment: Environment = process.env): Config {
  const values = new Map<VariableName, string>();
  const complaints: string[] = [];
  for (const [name, variable] of entries()) {
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
  return Object.freeze({
    host: given("HOST"),
    httpPort: httpPort === undefined ? DEFAULT_PORT : Number(httpPort),
    httpPortIsFixed: httpPort !== undefined,
    databaseUrl: values.get("DATABASE_URL"),
    dataFolder: given("STATEWRIGHT_DATA"),
    logLevel: given("LOG_LEVEL"),
    nodeId: values.get("NODE_ID"),
    paymentProviderUrl: values.get("PAYMENT_PROVIDER_URL"),
    hasTaskRunner: environment["INIT_CWD"] !== undefined,
  });
}

/** The variables for `--help`, one line each: name, meaning, default. */
export function describeVariables(): string {
  const width = Math.max(...Object.keys(VARIABLES).map((name) => name.length));
  const lines = entries().map(([name, { meaning, fallback, otherwise, secret }]) =>
    `  ${name.padEnd(width)}  ${meaning} (default: ${fallback ?? otherwise})${
      secret ? `; may lie in a file: ${name}_FILE` : ""
    }`
  );
  return lines.join("\n");
}

/** All names that are read, for tests that hold other files (compose.yaml) against them. */
export function variableNames(): string[] {
  return entries().flatMap(([name, { secret }]) => secret ? [name, `${name}_FILE`] : [name]);
}

function entries(): [VariableName, Variable][] {
  return Object.entries(VARIABLES).map(([name, variable]) => [name as VariableName, variable]);
}

/** An empty variable counts as not set, as it comes out of `${NAME:-}` in compose files. */
function valueOf(environment: Environment, name: string, variable: Variable): string | undefined {
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

function check(name: string, variable: Variable, text: string): string {
  const result = variable.schema.safeParse(text);
  if (result.success) return result.data;
  const value = variable.secret ? "the value" : JSON.stringify(text);
  throw new Error(`${name}: ${value} ${result.error.issues[0]?.message}. Example: ${name}=${variable.example}`);
}

/** Values that are fine by themselves, but not together or not yet. */
function contradictions(values: ReadonlyMap<VariableName, string>): string[] {
  const found: string[] = [];
  const host = values.get("HOST") ?? "";
  if (!isLoopback(host) && values.get("ALLOW_ANONYMOUS") !== "1") {
    found.push(
      `HOST: ${host} lets others in, and nobody has to log in. Leave HOST at 127.0.0.1, or say that you mean it: ALLOW_ANONYMOUS=1`,
    );
  }
  if (values.has("NATS_URL")) {
    found.push(
      "NATS_URL: this version has only its in-process bus and will not pretend otherwise. Leave NATS_URL unset.",
    );
  }
  return found;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
