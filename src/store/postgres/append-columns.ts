/** How the calls that append carry many rows: one text a column. */
import { StatewrightError } from "../../kernel/errors.ts";

/** Joins the values of a column: much cheaper on both sides than an array of quoted texts. */
const SEPARATOR = "\x1e";

export interface Statement {
  readonly text: string;
  readonly parameters: readonly (string | boolean | null)[];
}

/** @throws StatewrightError `INVALID` when a text holds what Postgres cannot keep */
export function texts<Item>(items: readonly Item[], of: (item: Item) => string | null | undefined): string {
  let column = "";
  for (let i = 0; i < items.length; i++) {
    if (i > 0) column += SEPARATOR;
    column += of(items[i]!) ?? "";
  }
  if (column.includes("\0")) throw new StatewrightError("INVALID", "A text holds the NUL character; leave it out");
  if (!column.isWellFormed()) throw new StatewrightError("INVALID", "A text holds half a surrogate pair; leave it out");
  return column;
}

/** @throws StatewrightError `INVALID` when a text holds what Postgres cannot keep, escaped or not */
export function jsonTexts<Item>(items: readonly Item[], of: (item: Item) => string | null | undefined): string {
  const column = texts(items, of);
  // Most columns hold no escape at all, which is found out at the speed of memory.
  if (column.includes("\\u") && items.some((item) => holdsForbiddenEscape(of(item) ?? ""))) {
    throw new StatewrightError("INVALID", "A JSON text holds \\u0000 or half a surrogate pair; leave it out");
  }
  return column;
}

/** Postgres keeps such escapes in `json`, but fails whenever somebody looks inside. */
function holdsForbiddenEscape(json: string): boolean {
  const withoutPairs = json.replaceAll("\\\\", "").replace(/\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}/gi, "");
  return /\\u(0000|d[89a-f][0-9a-f]{2})/i.test(withoutPairs);
}

/** An array of numbers or truth values. */
export function values<Item>(items: readonly Item[], of: (item: Item) => number | boolean | null | undefined): string {
  let column = "{";
  for (let i = 0; i < items.length; i++) column += `${i > 0 ? "," : ""}${of(items[i]!) ?? "null"}`;
  return `${column}}`;
}
