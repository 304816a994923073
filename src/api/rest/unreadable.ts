/** Answers for requests that never become one: the server's parser gives up before the door is reached. */
import { type ErrorCode, StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { MAX_HEADER_BYTES } from "../message-head.ts";
import { type Problem, PROBLEMS, toProblem } from "../problems.ts";
import { SECURE_HEADERS } from "../secure-headers.ts";

interface Unreadable {
  readonly status: number;
  readonly reason: string;
  readonly code: ErrorCode;
  readonly detail: string;
}

const MALFORMED: Unreadable = {
  status: 400,
  reason: "Bad Request",
  code: "MALFORMED",
  detail: "This is no HTTP/1.1 request that can be read",
};

/** By the codes of Node's HTTP parser. */
const BY_PARSER_CODE: Readonly<Record<string, Unreadable>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: "Request Header Fields Too Large",
    code: "HEADERS_TOO_LARGE",
    detail: `The address and the header fields of a request may have ${MAX_HEADER_BYTES} bytes together`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: "Request Timeout",
    code: "DEADLINE_EXCEEDED",
    detail: "The request did not arrive in time; send it again",
  },
};

/**
 * The bytes to answer a server's `clientError` with, before its connection is closed:
 * `server.on("clientError", (error, socket) => socket.writable && socket.end(answerToUnreadable(error.code)))`
 */
export function answerToUnreadable(parserCode: string | undefined): string {
  const unreadable = BY_PARSER_CODE[parserCode ?? ""] ?? MALFORMED;
  const body = JSON.stringify(problemOf(unreadable));
  const headers = {
    ...SECURE_HEADERS,
    "content-type": "application/problem+json",
    "content-length": String(body.length),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${unreadable.status} ${unreadable.reason}\r\n${lines.join("")}connection: close\r\n\r\n${body}`;
}

/** The answer when its head is refused, or when the address or the `Host` cannot be read. */
export function responseToUnreadable(thrown: unknown): Response {
  const { code, message } = thrown instanceof StatewrightError
    ? thrown
    : new StatewrightError(MALFORMED.code, MALFORMED.detail);
  const problem = problemOf({ status: PROBLEMS[code].http, code, detail: message });
  return Response.json(problem, {
    status: problem.status,
    headers: { ...SECURE_HEADERS, "content-type": "application/problem+json" },
  });
}

function problemOf({ status, code, detail }: Omit<Unreadable, "reason">): Problem {
  const problem = toProblem(new StatewrightError(code, detail), "", newId().replaceAll("-", ""));
  return { ...problem, status };
}
