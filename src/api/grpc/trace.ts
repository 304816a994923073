import { newId } from "../../kernel/ids.ts";
import { traceIdIn } from "../../kernel/tracing.ts";

/** The trace id of a call that nobody observes: the caller's when it sent one. 32 hex digits. */
export function traceIdOf(header: Headers): string {
  return traceIdIn(header.get("traceparent") ?? undefined) ?? newId().replaceAll("-", "");
}
