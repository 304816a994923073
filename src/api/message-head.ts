/** The head of a request as it came over the wire, before any door looks at it. */
import { StatewrightError } from "../kernel/errors.ts";

/** Of HTTP/1 and HTTP/2. */
export interface MessageHead {
  readonly url?: string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** 24 KiB for the names and values of all header fields; over HTTP/1 the address is among it. */
export const MAX_HEADER_BYTES = 24_576;
const MAX_HEADER_FIELDS = 100;
/** 16 KiB. */
const MAX_ADDRESS = 16_384;

/** `..` and its encodings as a path segment. Doors are given addresses resolved, so it is only seen here. */
const DOT_SEGMENT = /^[^?#]*\/(?:\.|%2e){1,2}(?:[/?#]|$)/i;

/** @throws StatewrightError `MALFORMED` for a path that climbs, `HEADERS_TOO_LARGE` */
export function requireModestHead({ url = "", rawHeaders }: MessageHead): void {
  if (DOT_SEGMENT.test(url)) throw new StatewrightError("MALFORMED", "A path has no . or .. in it here");
  if (url.length > MAX_ADDRESS) {
    throw new StatewrightError("HEADERS_TOO_LARGE", `An address may have ${MAX_ADDRESS} characters`);
  }
  if (rawHeaders.length > 2 * MAX_HEADER_FIELDS) {
    throw new StatewrightError("HEADERS_TOO_LARGE", `A request may have ${MAX_HEADER_FIELDS} header fields`);
  }
  if (rawHeaders.reduce((sum, { length }) => sum + length, 0) > MAX_HEADER_BYTES) {
    throw new StatewrightError("HEADERS_TOO_LARGE", `Header fields may have ${MAX_HEADER_BYTES} bytes together`);
  }
}
