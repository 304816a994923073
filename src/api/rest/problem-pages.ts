/** `/problems/{code}`: what the `type` of a problem leads to. */
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import { ERROR_CODES, type ErrorCode, StatewrightError } from "../../kernel/errors.ts";
import { PAGE_HEADERS, renderPage, renderTable } from "../page.ts";
import { PROBLEMS, slugOf } from "../problems.ts";
import { resource } from "./resource.ts";
import { respond } from "./respond.ts";

const BY_SLUG = new Map(ERROR_CODES.flatMap((code): [string, ErrorCode][] => [[slugOf(code), code], [code, code]]));

/** What it means, and what to do. */
const REMEDIES: Readonly<Record<ErrorCode, string>> = {
  MALFORMED: "The request is not what it says it is: broken JSON, a wrong type, an id or a parameter in another form.",
  TOO_DEEP: "JSON may be nested 32 levels deep.",
  UNKNOWN_FIELD: "Leave out what the API does not know; `errors` or `detail` names it.",
  INVALID: "It can be read, but a value breaks a rule. `errors` points to each one.",
  OUT_OF_RANGE: "A number is too small or too large. `errors` points to it.",
  AMOUNT_TOO_LARGE: "Price times quantity, or the sum of the lines, is more than an amount can be.",
  LIMIT: "A list has more elements than it may. Split it.",
  TOO_LARGE: "A request's body may have 1 MiB.",
  HEADERS_TOO_LARGE: "A request may have 100 header fields, 24 KiB of them with its address, and 16 KiB of address.",
  UNSUPPORTED_MEDIA_TYPE: "Send JSON in UTF-8, as `Content-Type: application/json`, without a Content-Encoding.",
  NOT_ACCEPTABLE:
    "Ask for what is offered: application/json, application/xml or text/html; text/event-stream for streams.",
  METHOD_NOT_ALLOWED: "`Allow` names the methods that the resource has.",
  UNAUTHENTICATED:
    "Send `Authorization: Bearer <token>`, with a token of the issuer that this service trusts, or an API key. It may have expired.",
  FORBIDDEN: "It is known who you are, and this is for others: the shop's staff, or its administrators.",
  RATE_LIMITED:
    "Each caller has so many requests a second, and so many streams at once. `Retry-After` says when to go on.",
  NOT_FOUND: "There is nothing by this name, or nothing for you.",
  ALREADY_EXISTS: "Something was created under this id before.",
  TRANSITION_NOT_ALLOWED:
    "The state machine does not take this event now. `state` says where it stands, `allowed` what it would take.",
  MACHINE_ERROR: "The state machine itself failed on the event; nothing was written.",
  EVENT_NOT_PUBLIC: "Only the shop's own code, or an operator, may propose this event.",
  VERSION_CONFLICT:
    "Somebody else was faster. Read it again, look whether your change still makes sense, and take the new ETag.",
  IDEMPOTENCY_KEY_REUSED: "The Idempotency-Key was used for another request within 24 hours. Take a new one.",
  OVERLOADED: "A queue is full and nothing was written.",
  UNAVAILABLE: "The service is stopping, or something that it needs does not answer.",
  DEADLINE_EXCEEDED: "It was not done in time; it may still be done.",
  UPSTREAM_FAILED: "The payment provider gave no answer that could be used. Nothing was changed.",
  HISTORY_MISMATCH: "What is stored cannot be replayed by the machine that runs now. An operator has to look.",
  USAGE: "The service is set up wrongly. An operator has to look.",
  INTERNAL: "A fault of ours. An operator finds it by the trace id.",
};

export function problemRoutes(app: Hono): void {
  resource(app, "/problems", { get: (c) => page(c, "Problems", renderTable(ERROR_CODES.map(lineOf))) });
  resource(app, "/problems/:code", {
    get(c) {
      const code = BY_SLUG.get(c.req.param("code") ?? "");
      if (code === undefined) throw new StatewrightError("NOT_FOUND", "There is no such problem");
      const { http, title } = PROBLEMS[code];
      const again = new StatewrightError(code, "").retryable;
      const facts = renderTable([
        ["Code", code],
        ["HTTP status", http],
        ["Send it again?", again ? "Yes, after the time in Retry-After." : "Not as it is; it would fail again."],
      ]);
      return page(c, title, html`<p>${REMEDIES[code]}</p>${facts}`);
    },
  });
}

function lineOf(code: ErrorCode) {
  const { http, title } = PROBLEMS[code];
  return [html`<a href="/problems/${slugOf(code)}">${code}</a>`, http, title];
}

function page(c: Context, title: string, body: Parameters<typeof renderPage>[1]): Response {
  return respond(c, 200, renderPage(title, body), PAGE_HEADERS);
}
