/** How this door answers: as JSON, as XML or as a page, and with problems as the same. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { describeError } from "../describe-error.ts";
import { PAGE_HEADERS, renderPage, renderValue } from "../page.ts";
import { isOurFault, toProblem } from "../problems.ts";
import { SECURE_HEADERS } from "../secure-headers.ts";
import { representationOf } from "./negotiation.ts";
import { traceIdOf } from "./trace.ts";
import { toXml } from "./xml.ts";

const DEFAULT_RETRY_AFTER_MS = 1_000;

/** Characters that turn text around or hide in it: harmless as JSON escapes, whoever pastes the answer where. */
const INVISIBLE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function toJson(value: unknown): string {
  return visible(JSON.stringify(value));
}

/** In JSON an escape for the character itself; in a page and in XML what people see in its place. */
function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

type Headers = Readonly<Record<string, string>>;

/** Answers as what was negotiated. */
export function answer(c: Context, status: ContentfulStatusCode, value: unknown, headers: Headers = {}): Response {
  return c.body(...written(c, status, value, { title: c.req.path, root: "answer", json: "application/json" }, headers));
}

interface Wording {
  readonly title: string;
  /** The outermost element in XML. */
  readonly root: string;
  /** What JSON is called; what XML is called follows from it. */
  readonly json: string;
}

function written(
  c: Context,
  status: ContentfulStatusCode,
  value: unknown,
  { title, root, json }: Wording,
  headers: Headers,
): [body: string, status: ContentfulStatusCode, headers: Record<string, string>] {
  const all = { ...SECURE_HEADERS, vary: "Accept", ...headers };
  const representation = representationOf(c);
  if (representation === "html") {
    return [visible(renderPage(title, renderValue(value))), status, { ...all, ...PAGE_HEADERS }];
  }
  if (representation === "json") return [toJson(value), status, { "content-type": json, ...all }];
  return [visible(toXml(root, value)), status, { "content-type": json.replace("json", "xml"), ...all }];
}

/** Answers with JSON, whatever was negotiated: for documents that are JSON by their nature. */
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
      { traceId, code: error.code, method: c.req.method, route: c.req.routePath, error: describeError(error) },
      "request failed",
    );
  }
  const problem = toProblem(error, c.req.path, traceId);
  const wording = { title: problem.title, root: "problem", json: "application/problem+json" };
  return c.body(...written(c, problem.status as ContentfulStatusCode, problem, wording, {
    ...(error.code === "METHOD_NOT_ALLOWED" && { allow: (error.details.allowed ?? []).join(", ") }),
    ...(error.code === "UNAUTHENTICATED" && { "www-authenticate": 'Bearer realm="statewright"' }),
    ...(error.retryable &&
      { "retry-after": String(Math.ceil((error.details.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1_000)) }),
  }));
}
