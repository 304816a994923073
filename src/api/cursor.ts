/**
 * Where a list goes on. Opaque to clients: the key of the last element and a check over it and the list it belongs
 * to, so that a cursor that was made up, cut, or taken from another list is refused and does not silently read
 * elsewhere. It protects from mistakes, not from an attacker: a cursor gives access to nothing.
 */
import { createHash } from "node:crypto";
import { StatewrightError } from "../kernel/errors.ts";

const CURSOR = /^([0-9a-z]{1,11})-([0-9a-f]{16})$/;

/** @param list names the list with its filter: `orders?status=shipped` */
export function encodeCursor(list: string, key: number): string {
  const text = key.toString(36);
  return `${text}-${check(list, text)}`;
}

/** @throws StatewrightError `MALFORMED` */
export function decodeCursor(list: string, cursor: string): number {
  const [, text, sum] = CURSOR.exec(cursor) ?? [];
  if (text === undefined || sum !== check(list, text)) {
    throw new StatewrightError(
      "MALFORMED",
      "`after` is not a cursor of this list; take it from `next`, with the same filter",
    );
  }
  return Number.parseInt(text, 36);
}

function check(list: string, text: string): string {
  return createHash("sha256").update(`${list}\n${text}`).digest("hex").slice(0, 16);
}
