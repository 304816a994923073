import type { Context } from "hono";
import { newId } from "../../kernel/ids.ts";
import { traceIdIn } from "../../kernel/tracing.ts";

/** The trace id of this request, as its line in the log has it: the caller's when it sent one. 32 hex digits. */
export function traceIdOf(c: Context): string {
  const known: unknown = c.get("traceId");
  return typeof known === "string" ? known : traceIdIn(c.req.header("traceparent")) ?? newId().replaceAll("-", "");
}
