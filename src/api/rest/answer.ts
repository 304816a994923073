/** How this door answers: JSON, and problems as JSON. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { isOurFault, toProblem } from "../problems.ts";
import { traceIdOf } from "./trace.ts";

/** What an API needs: nobody guesses a type, frames it, keeps it, or learns where the user came from. */
export const SECURE_HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

const DEFAULT_RETRY_AFTER_MS = 1_000;

/** Characters that turn text around or hide in it: harmless as JSON escapes, whoever pastes the answer where. */
const INVISIBLE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function answerJson(
  c: Context,
  status: ContentfulStatusCode,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return c.body(toJson(value), status, { "content-type": "application/json", ...SECURE_HEADERS, ...headers });
}

/** Turns anything thrown into a problem; what is our fault is logged with the trace id that the caller sees. */
export function answerProblem(c: Context, thrown: unknown, logger: Logger): Response {
  const error = StatewrightError.from(thrown);
  const traceId = traceIdOf(c);
  if (isOurFault(error.code)) {
    logger.error(
      { traceId, code: error.code, method: c.req.method, route: c.req.routePath, error: describe(error) },
      "request failed",
    );
  }
  const problem = toProblem(error, c.req.path, traceId);
  return c.body(toJson(problem), problem.status as ContentfulStatusCode, {
    "content-type": "application/problem+json",
    ...SECURE_HEADERS,
    ...(error.code === "METHOD_NOT_ALLOWED" && { allow: (error.details.allowed ?? []).join(", ") }),
    ...(error.retryable &&
      { "retry-after": String(Math.ceil((error.details.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1_000)) }),
  });
}

/** For the operator's log: the whole story, causes included. */
function describe(error: StatewrightError): string {
  const cause = error.details.cause instanceof Error ? error.details.cause.stack : error.details.cause;
  return `${error.stack ?? error.message}${cause === undefined ? "" : `\ncaused by ${String(cause)}`}`;
}
