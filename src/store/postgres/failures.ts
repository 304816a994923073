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
/** Starting up, too many connections; a clash of transactions. */
const PASSES = /^(57P03|53300|40)/;
const BAD_DATA = /^(21|22|23|54)/;
/** The last two end a transaction that idles or lasts; postgres.js tells it to whoever uses the connection next, too. */
const OUT_OF_RESOURCES = /^(53|57|58|25006|25P03|25P04)/;
/** No such user, password or database. */
const NO_ENTRY = /^(28|3D)/;
const NOT_MIGRATED = /^(42883|42P01)/;

/** A session that is ended in the middle of a statement shows as a closed connection, so what Postgres says is sure. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof StatewrightError) return failureOfOurs(thrown);
  const code = codeOf(thrown);
  if (!(thrown instanceof postgres.PostgresError)) return NEVER_CONNECTED.has(code) ? "notReached" : "unknown";
  if (BAD_DATA.test(code)) return "data";
  return PASSES.test(code) ? "notReached" : "refused";
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
  if (NO_ENTRY.test(code)) return ["USAGE", `The database does not let us in (${said}); check DATABASE_URL`];
  if (NOT_MIGRATED.test(code)) return ["INTERNAL", `The database is not migrated (${said}); run: npm run migrate`];
  return ["INTERNAL", `The database refuses: ${said}`];
}

/** PostgreSQL's code of an error, or the network's; empty when it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
