/** How the inspector answers: JSON with an ETag, or a problem. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { toProblem } from "../api/problems.ts";
import { readJson } from "../api/strict-json.ts";
import { validate } from "../api/validation.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { z } from "zod";

export const HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

const MAX_BODY_BYTES = 65_536;
const DEFAULT_LIMIT = 50;

/** 304 to who has it already. */
export function answerText(c: Context, text: string, type: string, headers: Record<string, string> = {}): Response {
  const etag = `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
  const all = { ...HEADERS, ...headers, etag, vary: "Authorization, Cookie" };
  if (c.req.header("if-none-match")?.includes(etag)) return c.body(null, 304, all);
  return c.body(text, 200, { ...all, "content-type": type });
}

export function answer(c: Context, value: unknown): Response {
  return answerText(c, JSON.stringify(value), "application/json");
}

export function answerProblem(c: Context, thrown: unknown, logger: Logger): Response {
  const error = StatewrightError.from(thrown);
  const traceId = newId().replaceAll("-", "");
  const problem = toProblem(error, c.req.path, traceId);
  if (problem.status >= 500) logger.error({ traceId, code: error.code, error: String(thrown) }, "the inspector failed");
  const { retryAfterMs } = error.details;
  return c.body(JSON.stringify(problem), problem.status as 400, {
    ...HEADERS,
    "content-type": "application/problem+json",
    // A browser asks for it by itself, and sends it with every request of the page: the password is the key or token.
    ...(error.code === "UNAUTHENTICATED" &&
      { "www-authenticate": 'Basic realm="Statewright inspector", charset="UTF-8"' }),
    ...(retryAfterMs !== undefined && { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) }),
  });
}

/**
 * The body of a POST. A page of another origin cannot set the header without asking, and nobody lets it.
 * @throws StatewrightError `MALFORMED`, `INVALID` …
 */
export async function readBody<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  if (c.req.header("x-inspector") !== "1") throw new StatewrightError("MALFORMED", "Send the header X-Inspector: 1");
  if (!/^application\/json\b/i.test(c.req.header("content-type") ?? "")) {
    throw new StatewrightError("UNSUPPORTED_MEDIA_TYPE", "Send the body as application/json");
  }
  if (Number(c.req.header("content-length") ?? Infinity) > MAX_BODY_BYTES) {
    throw new StatewrightError("TOO_LARGE", `A request may have ${MAX_BODY_BYTES} bytes, and says how many it has`);
  }
  return validate(schema, readJson(await c.req.text()));
}

/** A whole number of a path or a query. @throws StatewrightError `MALFORMED` */
export function readNumber(name: string, text: string | undefined, least = 0): number {
  if (text !== undefined && /^(0|[1-9][0-9]{0,15})$/.test(text) && Number(text) >= least) return Number(text);
  throw new StatewrightError("MALFORMED", `\`${name}\` is a whole number from ${least}`);
}

export interface Slice {
  readonly after: string | undefined;
  readonly limit: number;
}

/** Which part of a list is asked for. */
export function readSlice(c: Context, most = 200, byDefault = DEFAULT_LIMIT): Slice {
  const limit = c.req.query("limit");
  return {
    after: c.req.query("after"),
    limit: limit === undefined ? byDefault : Math.min(readNumber("limit", limit, 1), most),
  };
}
