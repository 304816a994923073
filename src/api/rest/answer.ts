/** How this door answers: as JSON, as XML or as a page, and with problems as the same. */
import type { Context } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { describeError } from "../describe-error.ts";
import { PAGE_HEADERS, renderPage, renderValue } from "../page.ts";
import { isOurFault, toProblem } from "../problems.ts";
import { representationOf } from "./negotiation.ts";
import { type AnswerHeaders, respond } from "./respond.ts";
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

/** Answers as what was negotiated. */
export function answer(c: Context, status: number, value: unknown, headers: AnswerHeaders = {}): Response {
  return written(c, status, value, { title: c.req.path, root: "answer", json: "application/json" }, headers);
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
  status: number,
  value: unknown,
  { title, root, json }: Wording,
  headers: AnswerHeaders,
): Response {
  const all = { vary: "Accept", ...headers };
  const representation = representationOf(c);
  if (representation === "html") {
    return respond(c, status, visible(renderPage(title, renderValue(value))), { ...all, ...PAGE_HEADERS });
  }
  if (representation === "json") return respond(c, status, toJson(value), { "content-type": json, ...all });
  return respond(c, status, visible(toXml(root, value)), { "content-type": json.replace("json", "xml"), ...all });
}

/** Answers with JSON, whatever was negotiated: for documents that are JSON by their nature. */
export function answerJson(
  c: Context,
  status: number,
  value: unknown,
  headers: AnswerHeaders = {},
): Response {
  return respond(c, status, toJson(value), { "content-type": "application/json", ...headers });
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
  return written(c, problem.status, problem, wording, {
    ...(error.code === "METHOD_NOT_ALLOWED" && { allow: (error.details.allowed ?? []).join(", ") }),
    ...(error.code === "UNAUTHENTICATED" && { "www-authenticate": 'Bearer realm="statewright"' }),
    ...(error.retryable &&
      { "retry-after": String(Math.ceil((error.details.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1_000)) }),
  });
}
