/**
 * What may be stored: JSON that comes back as it went in, and that every reader of the log can read.
 */
import { StatewrightError } from "../kernel/errors.ts";

const MAX_EVENT_BYTES = 256 * 1024;
const MAX_DEPTH = 32;
const MAX_EFFECTS_LENGTH = 1024 * 1024;

/** NUL, or a lone surrogate, as `JSON.stringify` writes them: an odd number of backslashes before the `u`. */
const UNREADABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** As keys: inside a text, a quote after a brace or a comma has a backslash before it. */
const PROTO_KEY = /[{,]"__proto__":/;
const REFERENCE_KEY = /[{,]"xstate\$\$type":/;

/**
 * The JSON text of an event's data.
 * @throws StatewrightError `INVALID`, `TOO_DEEP` or `LIMIT`, saying what about `what` cannot be kept
 */
export function toDurableJson(value: unknown, what: string): string {
  const text = stringify(value, what);
  if (text === undefined) throw new StatewrightError("INVALID", `${what} has no JSON form`);
  if (text.length > MAX_EVENT_BYTES / 3 && Buffer.byteLength(text) > MAX_EVENT_BYTES) {
    const limit = `${MAX_EVENT_BYTES / 1024} KiB`;
    throw new StatewrightError(
      "LIMIT",
      `${what} is larger than ${limit}; keep the bytes elsewhere and their address here`,
    );
  }
  if (text.length > 2 * MAX_DEPTH && isTooDeep(value, 0)) {
    throw new StatewrightError("TOO_DEEP", `${what} is nested deeper than ${MAX_DEPTH} levels`);
  }
  refuseUnreadable(text, what);
  return text;
}

/**
 * Checks the JSON text of what a machine asks for; its events are judged where they are proposed.
 * @throws StatewrightError `INVALID` or `LIMIT`
 */
export function assertStorable(json: string, what: string): void {
  if (json.length > MAX_EFFECTS_LENGTH) {
    throw new StatewrightError("LIMIT", `${what} come to more than ${MAX_EFFECTS_LENGTH / 1024} Ki characters`);
  }
  refuseUnreadable(json, what);
}

function refuseUnreadable(text: string, what: string): void {
  if (text.includes("\\u") && UNREADABLE.test(text)) {
    throw new StatewrightError(
      "INVALID",
      `${what} has a NUL character or half a surrogate pair, which no database text can hold`,
    );
  }
  if (text.includes('"__proto__"') && PROTO_KEY.test(text)) {
    throw new StatewrightError("INVALID", `${what} has a key __proto__, which readers in JavaScript would misread`);
  }
  if (text.includes('"xstate$$type"') && REFERENCE_KEY.test(text)) {
    throw new StatewrightError(
      "INVALID",
      `${what} holds an XState actor reference; keep { type, id } and use actorRef(type, id) at the send`,
    );
  }
}

function stringify(value: unknown, what: string): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      throw new StatewrightError("TOO_DEEP", `${what} is nested deeper than ${MAX_DEPTH} levels`);
    }
    const why = thrown instanceof Error ? thrown.message.split("\n", 1)[0] : String(thrown);
    throw new StatewrightError("INVALID", `${what} has no JSON form: ${why}`);
  }
}

function isTooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth >= MAX_DEPTH || Object.values(value).some((inner) => isTooDeep(inner, depth + 1));
}

/** Objects that were found plain. Contexts share their parts from version to version, so that most are known already. */
const known = new WeakSet<object>();

/**
 * Checks that a context is JSON as it stands, so that a replay, which sees only JSON, arrives at the same one.
 * @throws StatewrightError `INVALID` that names the place
 */
export function assertPlain(value: unknown, path: string): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (Number.isFinite(value)) return;
      throw new StatewrightError(
        "INVALID",
        `${path} is ${value}, which JSON cannot hold; keep a finite number or null`,
      );
    case "object":
      if (value === null || known.has(value)) return;
      assertPlainObject(value, path);
      known.add(value);
      return;
    default:
      throw new StatewrightError(
        "INVALID",
        `${path} is ${value === undefined ? "undefined; keep null" : `a ${typeof value}; keep JSON only`}`,
      );
  }
}

function assertPlainObject(value: object, path: string): void {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) assertPlain(value[i], `${path}[${i}]`);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const { constructor } = value;
    throw new StatewrightError(
      "INVALID",
      `${path} is a ${constructor.name}; keep plain JSON, such as an ISO text for a Date or { type, id } for an actor`,
    );
  }
  for (const key of Object.keys(value)) assertPlain((value as Record<string, unknown>)[key], `${path}.${key}`);
}
