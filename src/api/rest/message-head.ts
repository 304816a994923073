import type { Context, Next } from "hono";
import { StatewrightError } from "../../kernel/errors.ts";

/** The request as it came over the wire, where a Node server is below. */
interface WireRequest {
  readonly url?: string;
  /** Names and values in turn. */
  readonly rawHeaders?: readonly string[];
}

const MAX_HEADER_FIELDS = 100;

/** `..` and its encodings as a path segment. Addresses come here resolved, so it is only seen on the wire. */
const DOT_SEGMENT = /^[^?#]*\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/** @throws StatewrightError `MALFORMED` for a path that climbs, `HEADERS_TOO_LARGE` for too many header fields */
export async function refuseHostileHead(c: Context, next: Next): Promise<void> {
  const wire = (c.env as { incoming?: WireRequest } | undefined)?.incoming;
  if (DOT_SEGMENT.test(wire?.url ?? "")) throw new StatewrightError("MALFORMED", "A path has no . or .. in it here");
  if ((wire?.rawHeaders?.length ?? 0) > 2 * MAX_HEADER_FIELDS) {
    throw new StatewrightError("HEADERS_TOO_LARGE", `A request may have ${MAX_HEADER_FIELDS} header fields`);
  }
  await next();
}
