import { newId } from "../../kernel/ids.ts";
import { traceIdIn } from "../../kernel/tracing.ts";

/** The trace id of a request that nobody observes: the caller's when it sent one. 32 hex digits. */
export function newTraceId(traceparent: string | undefined): string {
  return traceIdIn(traceparent) ?? newId().replaceAll("-", "");
}
