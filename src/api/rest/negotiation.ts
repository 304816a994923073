import type { Context, Next } from "hono";
import { parseAccept } from "hono/utils/accept";
import { StatewrightError } from "../../kernel/errors.ts";

const OFFERED = ["application/json", "application/*", "*/*"];

/** Lets pass who takes JSON. The most specific range that fits decides (RFC 9110 §12.5.1). */
export async function requireJsonAccepted(c: Context, next: Next): Promise<void> {
  const accept = c.req.header("accept");
  if (accept !== undefined && accept.trim() !== "" && accept !== "*/*") {
    const ranges = parseAccept(accept);
    const fitting = OFFERED.map((type) => ranges.find((range) => range.type.toLowerCase() === type)).find(Boolean);
    if (fitting === undefined || fitting.q === 0) {
      throw new StatewrightError("NOT_ACCEPTABLE", "This is offered as application/json");
    }
  }
  await next();
}
