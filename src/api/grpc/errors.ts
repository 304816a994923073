/** Errors as Connect and gRPC carry them: the one table's code, and google.rpc details for programs. */
import { Code, ConnectError } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from "../../../proto/gen/google/rpc/error_details_pb.ts";
import { type ErrorCode, type FieldError, StatewrightError } from "../../kernel/errors.ts";
import { PROBLEMS, toProblem } from "../problems.ts";

/** The domain of our reasons in `google.rpc.ErrorInfo`. */
const DOMAIN = "statewright";
const DEFAULT_RETRY_AFTER_MS = 1_000;

/** What the protocol library says by itself, in our words. Bytes that are no message it takes for an error of its own. */
const OF_LIBRARY: { readonly [C in Code]?: ErrorCode } = {
  [Code.InvalidArgument]: "MALFORMED",
  [Code.ResourceExhausted]: "TOO_LARGE",
  [Code.DeadlineExceeded]: "DEADLINE_EXCEEDED",
  [Code.Unavailable]: "UNAVAILABLE",
};
const UNREADABLE = /^(parse binary|protocol error|premature end|invalid compressed)/i;

/**
 * One of ours for whatever was thrown; a call that its client has cancelled, or that nobody implements, keeps the
 * library's own error.
 */
export function toStatewrightError(thrown: unknown): StatewrightError | ConnectError {
  if (!(thrown instanceof ConnectError)) return StatewrightError.from(thrown);
  if (thrown.cause instanceof StatewrightError) return thrown.cause;
  if (thrown.code === Code.Canceled || thrown.code === Code.Unimplemented) return thrown;
  const code = UNREADABLE.test(thrown.rawMessage) ? "MALFORMED" : OF_LIBRARY[thrown.code];
  return code === undefined
    ? StatewrightError.from(thrown)
    : new StatewrightError(code, thrown.rawMessage, { cause: thrown });
}

/** The error as it goes over the wire: nothing of our inside, and the trace id to ask the operator with. */
export function toConnectError(error: StatewrightError, traceId: string): ConnectError {
  const { code, detail, errors = [], state, event, allowed } = toProblem(error, "", traceId);
  const { rpc } = PROBLEMS[code];
  const metadata = {
    traceId,
    ...(state !== undefined && { state }),
    ...(event !== undefined && { event }),
    ...(allowed !== undefined && { allowed: allowed.join(",") }),
  };
  const details: { desc: ConnectErrorDetail["desc"]; value: ConnectErrorDetail["value"] }[] = [
    { desc: ErrorInfoSchema, value: { reason: code, domain: DOMAIN, metadata } },
  ];
  if (errors.length > 0) {
    const fieldViolations = errors.map(({ pointer, detail: description }) => ({
      field: fieldOf(pointer),
      description,
    }));
    details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  if (rpc === "failed_precondition") {
    const violation = { type: code, subject: event ?? "", description: detail };
    details.push({ desc: PreconditionFailureSchema, value: { violations: [violation] } });
  }
  if (error.retryable) {
    details.push({ desc: RetryInfoSchema, value: { retryDelay: duration(error.details.retryAfterMs) } });
  }
  return new ConnectError(detail, codeFromString(rpc), undefined, details, error);
}

type ConnectErrorDetail = Extract<ConnectError["details"][number], { desc: unknown }>;

function duration(ms = DEFAULT_RETRY_AFTER_MS): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
}

/** `/items/0/unitPrice` → `items[0].unit_price`: a JSON pointer as a path of proto fields. What is a path already stays. */
export function fieldOf(pointer: FieldError["pointer"]): string {
  if (!pointer.startsWith("/")) return pointer;
  return pointer.slice(1).split("/").map((part) =>
    /^\d+$/.test(part)
      ? `[${part}]`
      : `.${
        part.replaceAll("~1", "/").replaceAll("~0", "~").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      }`
  ).join("").replace(/^\./, "");
}
