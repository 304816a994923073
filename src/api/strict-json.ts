/**
 * JSON as a stranger may send it. `JSON.parse` alone lets through what later reads differently in two places:
 * duplicate keys, `__proto__`, half characters, nesting that overflows a recursion.
 */
import { StatewrightError } from "../kernel/errors.ts";

export const MAX_DEPTH = 32;

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d;

/**
 * Reads one JSON text; strings come out in Unicode's composed form (NFC).
 * @throws StatewrightError `MALFORMED` (syntax, a key twice, NUL or half a surrogate pair in a string), `TOO_DEEP`
 *   (more than {@link MAX_DEPTH} levels), `UNKNOWN_FIELD` (the key `__proto__`)
 */
export function readJson(text: string): unknown {
  scan(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StatewrightError(
      "MALFORMED",
      text.trim() === "" ? "The body is empty; send a JSON object" : "The body is not JSON",
    );
  }
  // Only an escape or a character beyond ASCII can bring in what `composed` looks for.
  return isPlain(text) ? value : composed(value);
}

/** Looks at structure only, and takes any text: what is not JSON is left for `JSON.parse` to refuse. */
function scan(text: string): void {
  // One entry a level: the keys seen so far, or null for an array.
  const levels: (Set<string> | null)[] = [];
  let keyNext = false;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (keyNext) takeKey(text, at, end, levels.at(-1));
        keyNext = false;
        at = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_ARRAY: {
        const isObject = text.charCodeAt(at) === OPEN_OBJECT;
        if (levels.push(isObject ? new Set() : null) > MAX_DEPTH) {
          throw new StatewrightError("TOO_DEEP", `JSON may be nested ${MAX_DEPTH} levels deep`);
        }
        keyNext = isObject;
        break;
      }
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        levels.pop();
        keyNext = false;
        break;
      case COMMA:
        keyNext = levels.at(-1) instanceof Set;
        break;
    }
  }
}

/** The place of the closing quote of the string that opens at `open`; the text's end when there is none. */
function endOfString(text: string, open: number): number {
  for (let quote = text.indexOf('"', open + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
}

function takeKey(text: string, open: number, close: number, keys: Set<string> | null | undefined): void {
  const key = decodedKey(text.slice(open + 1, close));
  if (key === "__proto__") throw new StatewrightError("UNKNOWN_FIELD", 'No object here has a field "__proto__"');
  if (keys?.has(key)) {
    throw new StatewrightError("MALFORMED", `The key "${key.slice(0, 80).toWellFormed()}" occurs twice in one object`);
  }
  keys?.add(key);
}

/** `qt\u0079` is the key `qty` too. */
function decodedKey(raw: string): string {
  if (!raw.includes("\\")) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

function isPlain(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- ASCII as a whole is meant.
  return !/[^\x00-\x7f]|\\u/.test(text);
}

/** A copy with every string in NFC. Depth is bounded by {@link scan}. */
function composed(value: unknown): unknown {
  if (typeof value === "string") return composedText(value);
  if (Array.isArray(value)) return value.map(composed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [composedText(key), composed(field)]));
}

/** @throws StatewrightError `MALFORMED` for what no database keeps: NUL, half a surrogate pair */
export function composedText(text: string): string {
  if (!text.isWellFormed()) {
    throw new StatewrightError("MALFORMED", "A string holds half a surrogate pair (U+D800 to U+DFFF alone)");
  }
  if (text.includes("\0")) throw new StatewrightError("MALFORMED", "A string holds the character NUL (U+0000)");
  return text.normalize("NFC");
}
