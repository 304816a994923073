/**
 * What may be stored: JSON that comes back as it went in, and that every reader of the log can read.
 */
import { StatewrightError } from "../kernel/errors.ts";

export const MAX_EVENT_BYTES = 256 * 1024;
const MAX_DEPTH = 32;

/** NUL, or a lone surrogate, as `JSON.stringify` writes them: an odd number of backslashes before the `u`. */
const UNREADABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/**
 * The JSON text of a value that may be stored.
 * @throws StatewrightError `INVALID` or `LIMIT`, saying what about `what` cannot be kept
 */
export function toDurableJson(value: unknown, what: string): string {
  const depth = depthOf(value, 0);
  if (depth > MAX_DEPTH) throw new StatewrightError("TOO_DEEP", `${what} is nested deeper than ${MAX_DEPTH} levels`);
  const text = JSON.stringify(value);
  if (text === undefined) throw new StatewrightError("INVALID", `${what} has no JSON form`);
  if (
    text.length > MAX_EVENT_BYTES || (text.length > MAX_EVENT_BYTES / 3 && Buffer.byteLength(text) > MAX_EVENT_BYTES)
  ) {
    throw new StatewrightError(
      "LIMIT",
      `${what} is larger than ${MAX_EVENT_BYTES / 1024} KiB; keep the bytes elsewhere and their address here`,
    );
  }
  if (text.includes("\\u") && UNREADABLE.test(text)) {
    throw new StatewrightError(
      "INVALID",
      `${what} has a NUL character or half a surrogate pair, which no database text can hold`,
    );
  }
  if (text.includes('"__proto__"')) {
    throw new StatewrightError("INVALID", `${what} has a key __proto__, which readers in JavaScript would misread`);
  }
  if (text.includes('"xstate$$type"')) {
    throw new StatewrightError(
      "INVALID",
      `${what} holds an XState actor reference; keep { type, id } and use actorRef(type, id) at the send`,
    );
  }
  return text;
}

function depthOf(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return depth;
  let deepest = depth + 1;
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === "object" && inner !== null) deepest = Math.max(deepest, depthOf(inner, depth + 1));
  }
  return deepest;
}
