/**
 * The one table of errors: what a code is called and answered with. REST reads the HTTP column, Connect and gRPC the rpc
 * column; a door with another protocol adds its own here, so that a code means the same through every door.
 */
import type { ErrorCode, FieldError, StatewrightError } from "../kernel/errors.ts";

/** The codes of Connect and gRPC that errors of ours have. */
export type RpcCode =
  | "aborted"
  | "already_exists"
  | "deadline_exceeded"
  | "failed_precondition"
  | "internal"
  | "invalid_argument"
  | "not_found"
  | "permission_denied"
  | "resource_exhausted"
  | "unauthenticated"
  | "unavailable"
  | "unimplemented";

interface ProblemKind {
  readonly http: number;
  readonly rpc: RpcCode;
  readonly title: string;
  /**
   * What a caller reads instead of the error's own message. Present where that message is about our inside
   * (a database's words, a bug) and none of the caller's business.
   */
  readonly publicDetail?: string;
}

export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  MALFORMED: { http: 400, rpc: "invalid_argument", title: "The request cannot be read" },
  TOO_DEEP: { http: 400, rpc: "invalid_argument", title: "The JSON is nested too deeply" },
  UNKNOWN_FIELD: { http: 400, rpc: "invalid_argument", title: "The request has a field that does not exist" },
  INVALID: { http: 422, rpc: "invalid_argument", title: "A value breaks a rule" },
  OUT_OF_RANGE: { http: 422, rpc: "invalid_argument", title: "A number is out of range" },
  AMOUNT_TOO_LARGE: { http: 422, rpc: "invalid_argument", title: "The amount is too large" },
  LIMIT: { http: 422, rpc: "invalid_argument", title: "There are too many elements" },
  TOO_LARGE: { http: 413, rpc: "resource_exhausted", title: "The request is too large" },
  HEADERS_TOO_LARGE: { http: 431, rpc: "resource_exhausted", title: "The request's header is too large" },
  UNSUPPORTED_MEDIA_TYPE: { http: 415, rpc: "unimplemented", title: "The body's media type is not understood" },
  NOT_ACCEPTABLE: { http: 406, rpc: "unimplemented", title: "No representation that the client accepts" },
  METHOD_NOT_ALLOWED: { http: 405, rpc: "unimplemented", title: "The resource does not have this method" },
  UNAUTHENTICATED: { http: 401, rpc: "unauthenticated", title: "It is not known who asks" },
  FORBIDDEN: { http: 403, rpc: "permission_denied", title: "This is not for the caller" },
  RATE_LIMITED: { http: 429, rpc: "resource_exhausted", title: "Too many requests" },
  NOT_FOUND: { http: 404, rpc: "not_found", title: "There is no such resource" },
  ALREADY_EXISTS: { http: 409, rpc: "already_exists", title: "It exists already" },
  TRANSITION_NOT_ALLOWED: { http: 409, rpc: "failed_precondition", title: "The state does not allow this" },
  MACHINE_ERROR: {
    http: 500,
    rpc: "internal",
    title: "The state machine failed",
    publicDetail: "The machine failed on this event and nothing was written. Give the trace id to the operator.",
  },
  EVENT_NOT_PUBLIC: { http: 403, rpc: "permission_denied", title: "The event is not for this caller" },
  VERSION_CONFLICT: { http: 412, rpc: "aborted", title: "The resource has changed" },
  IDEMPOTENCY_KEY_REUSED: {
    http: 422,
    rpc: "failed_precondition",
    title: "The idempotency key belongs to another request",
  },
  OVERLOADED: {
    http: 503,
    rpc: "unavailable",
    title: "Too much to do at the moment",
    publicDetail: "A queue is full and nothing was written. Send the same request again after the given time.",
  },
  UNAVAILABLE: {
    http: 503,
    rpc: "unavailable",
    title: "Not available at the moment",
    publicDetail:
      "The service is stopping, or something it needs does not answer. Send the same request again after the given time.",
  },
  DEADLINE_EXCEEDED: { http: 504, rpc: "deadline_exceeded", title: "It did not happen in time" },
  UPSTREAM_FAILED: { http: 502, rpc: "unavailable", title: "A service that this one has to ask failed" },
  HISTORY_MISMATCH: {
    http: 500,
    rpc: "internal",
    title: "The stored history does not fit",
    publicDetail:
      "The stored history cannot be replayed by the machine that runs now. Give the trace id to the operator.",
  },
  USAGE: {
    http: 500,
    rpc: "internal",
    title: "The service is set up wrongly",
    publicDetail: "The service is set up wrongly. Give the trace id to the operator.",
  },
  INTERNAL: {
    http: 500,
    rpc: "internal",
    title: "An unexpected error",
    publicDetail: "Something unexpected went wrong. Give the trace id to the operator.",
  },
};

/** RFC 9457, with the members that every problem of ours has besides. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The path of the request. */
  readonly instance: string;
  readonly code: ErrorCode;
  readonly traceId: string;
  readonly errors?: readonly FieldError[];
  /** Where the actor stands, what it refused, and what it would accept. */
  readonly state?: string;
  readonly event?: string;
  readonly allowed?: readonly string[];
}

/** What a caller may know of an error. */
export function toProblem({ code, message, details }: StatewrightError, instance: string, traceId: string): Problem {
  const { http, title, publicDetail } = PROBLEMS[code];
  const { state, event, allowed, errors } = details;
  return {
    type: `/problems/${slugOf(code)}`,
    title,
    status: http,
    detail: publicDetail ?? message,
    instance,
    code,
    traceId,
    ...(errors !== undefined && errors.length > 0 && { errors }),
    ...(state !== undefined && { state }),
    ...(event !== undefined && { event }),
    ...(allowed !== undefined && { allowed }),
  };
}

/** `/problems/<slug>` is the page about a code. */
export function slugOf(code: ErrorCode): string {
  return code.toLowerCase().replaceAll("_", "-");
}

/** True when the operator has to hear of it: the fault is ours, not the caller's. */
export function isOurFault(code: ErrorCode): boolean {
  return PROBLEMS[code].http >= 500;
}
