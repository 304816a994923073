/** Errors as GraphQL carries them: the one table's code in `extensions`, and nothing of our inside. */
import { GraphQLError } from "graphql";
import { ERROR_CODES, type ErrorCode, StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import { describeError } from "../describe-error.ts";
import { isOurFault, toProblem } from "../problems.ts";

const DEFAULT_RETRY_AFTER_MS = 1_000;

const UNKNOWN =
  /^(Cannot query field|Unknown (argument|type|directive)|Field ".*" is not defined)|is not defined by type/;

/** HTTP's part, as the library that answers takes it. */
interface HttpExtension {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** True: the status is for clients that accept `application/graphql-response+json`; others get 200. */
  readonly spec?: boolean;
}

/** The code of an error that is ours already. */
export function codeOf({ extensions }: GraphQLError): ErrorCode | undefined {
  return ERROR_CODES.find((code) => code === extensions["code"]);
}

/** Whatever was thrown, for the caller. What comes out of it comes out again as it is. */
export function toGraphQLError(thrown: unknown): GraphQLError {
  const at = thrown instanceof GraphQLError ? thrown : undefined;
  if (at && codeOf(at) !== undefined) return at;
  const error = toStatewrightError(thrown);
  const { code, detail, state, event, allowed, errors } = toProblem(error, "", "");
  const http = httpOf(error, at);
  return new GraphQLError(detail, {
    ...placeOf(at),
    originalError: error,
    extensions: {
      code,
      ...(state !== undefined && { state }),
      ...(event !== undefined && { event }),
      ...(allowed !== undefined && { allowedEvents: allowed }),
      ...(errors !== undefined && { errors }),
      ...(http && { http }),
    },
  });
}

/** The error with what the caller gives the operator. What is our fault is logged under the same. */
export function traced(thrown: unknown, traceId: string, logger: Logger): GraphQLError {
  const error = toGraphQLError(thrown);
  if (error.extensions["traceId"] !== undefined) return error;
  const { message, path, originalError, extensions } = error;
  const code = codeOf(error) ?? "INTERNAL";
  if (isOurFault(code)) {
    const ours = StatewrightError.from(originalError);
    logger.error({ traceId, code, path: path?.join("."), error: describeError(ours) }, "operation failed");
  }
  return new GraphQLError(message, {
    ...placeOf(error),
    originalError: originalError ?? null,
    extensions: { ...extensions, traceId },
  });
}

/** Where in the document and in the answer. */
function placeOf(at: GraphQLError | undefined) {
  return {
    nodes: at?.nodes ?? null,
    source: at?.source ?? null,
    positions: at?.positions ?? null,
    path: at?.path ?? null,
  };
}

/** The error where HTTP has no part in it. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  const { http: _, ...extensions } = error.extensions;
  return new GraphQLError(error.message, {
    ...placeOf(error),
    originalError: error.originalError ?? null,
    extensions,
  });
}

/** How soon the same may be asked again. */
function retryHeader({ details: { retryAfterMs = DEFAULT_RETRY_AFTER_MS } }: StatewrightError) {
  return { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) };
}

function toStatewrightError(thrown: unknown): StatewrightError {
  if (!(thrown instanceof GraphQLError)) return StatewrightError.from(thrown);
  const { originalError, path, message } = thrown;
  if (originalError instanceof StatewrightError) return originalError;
  // With a path it comes from a resolver; without, the library says what is wrong with the request.
  if (path !== undefined) return StatewrightError.from(originalError ?? thrown);
  if (isMethodFault(thrown)) return new StatewrightError("METHOD_NOT_ALLOWED", message, { allowed: ["POST"] });
  return new StatewrightError(UNKNOWN.test(message) ? "UNKNOWN_FIELD" : "MALFORMED", message.toWellFormed());
}

/** Undefined within an answer's data: that is 200. */
function httpOf(error: StatewrightError, at: GraphQLError | undefined): HttpExtension | undefined {
  if (at?.path !== undefined) return undefined;
  const { status } = toProblem(error, "", "");
  if (error.code === "METHOD_NOT_ALLOWED") {
    return { status, headers: { allow: (error.details.allowed ?? []).join(", ") } };
  }
  if (error.code === "UNAUTHENTICATED") {
    return { status, headers: { "www-authenticate": 'Bearer realm="statewright"' } };
  }
  if (error.retryable) return { status, headers: retryHeader(error) };
  // What the library finds wrong is the document's fault; before that it is the request's.
  return { status: at || status === 422 ? 400 : status, spec: at !== undefined };
}

function isMethodFault({ extensions }: GraphQLError): boolean {
  return (extensions["http"] as HttpExtension | undefined)?.status === 405;
}
