import type { Context } from "hono";
import { newId } from "../../kernel/ids.ts";

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace (W3C `traceparent`) when it sent one, else a new one: 32 hex digits. */
export function traceIdOf(c: Context): string {
  return TRACEPARENT.exec(c.req.header("traceparent") ?? "")?.[1] ?? newId().replaceAll("-", "");
}
