/** What a failure of Postgres means for what was asked of it. */
import postgres from "postgres";
import { type ErrorCode, StatewrightError } from "../../kernel/errors.ts";

export type Failure =
  /** The values cannot be stored, now or later. Nothing was stored. */
  | "data"
  /** The server said no. Nothing was stored. */
  | "refused"
  /** It did not come to it: no connection yet, or a clash with another transaction. Nothing was stored. */
  | "notReached"
  /** The connection was lost after the statement may have been sent. */
  | "unknown";

/** Errors of the network before a connection stands; all others may come after the statement was sent. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "CONNECT_TIMEOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "CONNECTION_ENDED",
]);
/** Fatal errors that only the beginning of a connection has: starting up, too many connections, no such user or database. */
const STARTING = new Set(["57P03", "53300"]);
const NO_ENTRY = /^(28|3D)/;
const BAD_DATA = /^(21|22|23|54)/;
const CLASH = /^40/;
const NOT_MIGRATED = new Set(["42883", "42P01"]);
const OUT_OF_RESOURCES = /^(53|57|58|25006)/;

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof StatewrightError) return failureOfOurs(thrown);
  if (!(thrown instanceof postgres.PostgresError)) {
    return NEVER_CONNECTED.has(codeOf(thrown)) ? "notReached" : "unknown";
  }
  if (STARTING.has(thrown.code)) return "notReached";
  if (NO_ENTRY.test(thrown.code)) return "refused";
  // A session that is ended from outside may have committed just before.
  if (thrown.severity === "FATAL" || thrown.severity === "PANIC") return "unknown";
  if (BAD_DATA.test(thrown.code)) return "data";
  return CLASH.test(thrown.code) ? "notReached" : "refused";
}

function failureOfOurs({ code, retryable }: StatewrightError): Failure {
  if (code === "INVALID") return "data";
  return retryable ? "notReached" : "refused";
}

/** Turns what the driver throws into one of our errors; the driver's own stays inside as the cause. */
export function storeError(thrown: unknown): StatewrightError {
  if (thrown instanceof StatewrightError) return thrown;
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const [code, message] = meaning(failureOf(thrown), codeOf(thrown), said);
  return new StatewrightError(code, message, { cause: thrown });
}

function meaning(failure: Failure, code: string, said: string): [ErrorCode, string] {
  if (failure === "data") return ["INVALID", `The database does not take a value: ${said}`];
  if (failure !== "refused") return ["UNAVAILABLE", `The database does not answer (${said}); try again`];
  if (code === "55P03") {
    return ["OVERLOADED", "A lock of the database was not free in time; nothing was written, try again"];
  }
  if (OUT_OF_RESOURCES.test(code)) {
    return ["UNAVAILABLE", `The database cannot do it now (${said}); nothing was written, try again`];
  }
  if (NOT_MIGRATED.has(code)) return ["INTERNAL", `The database is not migrated (${said}); run: npm run migrate`];
  return ["INTERNAL", `The database refuses: ${said}`];
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
