/**
 * The one error class and its closed set of codes. The doors translate a code once, in `api/problems.ts`;
 * nothing else decides what a failure means.
 */

/** Every code, and whether repeating the very same request can succeed without anybody changing anything. */
const RETRYABLE = {
  /** The request cannot be read at all. */
  MALFORMED: false,
  /** JSON nested deeper than the limit. */
  TOO_DEEP: false,
  /** A field nobody declared. */
  UNKNOWN_FIELD: false,
  /** Well formed, but a value breaks a rule; `errors` has a JSON pointer for each. */
  INVALID: false,
  /** As `INVALID`, when nothing is wrong but a number outside its bounds. */
  OUT_OF_RANGE: false,
  /** As `INVALID`: prices and quantities are fine each, but come to more than an amount can be. */
  AMOUNT_TOO_LARGE: false,
  /** A list with more elements than a documented bound allows. */
  LIMIT: false,
  /** More bytes than a request's body may have. */
  TOO_LARGE: false,
  /** More header fields, or longer ones, than a request may have. */
  HEADERS_TOO_LARGE: false,
  UNSUPPORTED_MEDIA_TYPE: false,
  NOT_ACCEPTABLE: false,
  METHOD_NOT_ALLOWED: false,
  /** Nobody knows who asks. */
  UNAUTHENTICATED: false,
  /** It is known who asks, and it is not for them. */
  FORBIDDEN: false,
  /** This caller asks too often; nothing was done. */
  RATE_LIMITED: true,
  NOT_FOUND: false,
  /** The actor exists already; a creation event was proposed again under another message id. */
  ALREADY_EXISTS: false,
  /** The state does not accept the event. */
  TRANSITION_NOT_ALLOWED: false,
  /** The machine itself threw, or never came to rest. */
  MACHINE_ERROR: false,
  /** The event is declared, but not for this caller. */
  EVENT_NOT_PUBLIC: false,
  /** `expectedVersion` is not the actor's version. */
  VERSION_CONFLICT: false,
  IDEMPOTENCY_KEY_REUSED: false,
  /** A bounded queue is full; nothing was written. */
  OVERLOADED: true,
  /** The process is draining, or a dependency does not answer. */
  UNAVAILABLE: true,
  /** What was asked for did not happen within its deadline; it may still happen. */
  DEADLINE_EXCEEDED: true,
  /** Somebody else's service, which this one has to ask, failed. */
  UPSTREAM_FAILED: true,
  /** A stored history cannot be replayed by the machine that runs now. */
  HISTORY_MISMATCH: false,
  /** Configuration or command line that cannot work. */
  USAGE: false,
  INTERNAL: false,
} as const satisfies Record<string, boolean>;

export type ErrorCode = keyof typeof RETRYABLE;

/** One field that is wrong: where (RFC 6901 pointer into the body) and why. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

export interface ErrorDetails {
  /** Where an actor stands, for refusals. */
  readonly state?: string;
  /** The event that was refused. */
  readonly event?: string;
  /** What the actor would accept instead. */
  readonly allowed?: readonly string[];
  readonly errors?: readonly FieldError[];
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class StatewrightError extends Error {
  override readonly name = "StatewrightError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  /** True when the same request may simply be sent again. */
  get retryable(): boolean {
    return RETRYABLE[this.code];
  }

  /** Turns anything thrown into one of ours; what is unknown becomes `INTERNAL` and keeps its cause. */
  static from(thrown: unknown): StatewrightError {
    if (thrown instanceof StatewrightError) return thrown;
    return new StatewrightError("INTERNAL", thrown instanceof Error ? thrown.message : String(thrown), {
      cause: thrown,
    });
  }
}

export const ERROR_CODES = Object.keys(RETRYABLE) as readonly ErrorCode[];

/** An error as it is kept in events and dead letters: no stack, no class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

/** True for an error that says `retryable: false`: trying again is no use. */
export function wouldFailAgain(thrown: unknown): boolean {
  return thrown instanceof Error && "retryable" in thrown && thrown.retryable === false;
}

/** Characters of an error's text that are kept: enough to understand it, and no upstream's whole answer. */
const MAX_TEXT = 2_000;

/** Reduces anything thrown, or an error that was reduced before, to what may be stored. */
export function plainError(thrown: unknown): PlainError {
  if (typeof thrown !== "object" || thrown === null || !("message" in thrown)) {
    return { name: "Error", message: storable(thrown), code: "" };
  }
  const { name, message, code }: { name?: unknown; message: unknown; code?: unknown } = thrown;
  return {
    name: typeof name === "string" ? storable(name) : "Error",
    message: storable(message),
    code: typeof code === "string" ? storable(code) : "",
  };
}

/** No database text can hold NUL or half a surrogate pair, and an error must never be what cannot be recorded. */
function storable(said: unknown): string {
  const text = typeof said === "object" && said !== null ? "something that is no error" : String(said);
  return text.slice(0, MAX_TEXT).toWellFormed().replaceAll("\0", "\uFFFD");
}
