/**
 * Pseudonyms of the same shape: a letter for a letter, a digit for a digit, everything else as it was, so that they fit
 * the schemas that the values fitted. The same value gets the same one under the same key, and nobody without the key
 * can try values out.
 */
import { createHmac } from "node:crypto";

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const DIGITS = "0123456789";

export class Pseudonyms {
  readonly #key: string | Uint8Array;

  constructor(key: string | Uint8Array) {
    this.#key = key;
  }

  /** Of everything in a value; keys, `null` and truth values stay. */
  of(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") return Number(this.text(String(value)));
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => this.of(each));
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.of(field)]));
  }

  text(text: string): string {
    const noise = this.#noise(text);
    let n = 0;
    return text.replaceAll(/[\p{L}\p{M}\p{N}]/gu, (character) => alike(character, noise[n++]!));
  }

  /** A byte for each character at least. */
  #noise(text: string): Buffer {
    const blocks: Buffer[] = [];
    for (let n = 0; n * 32 < text.length; n++) {
      blocks.push(createHmac("sha256", this.#key).update(`${n} ${text}`).digest());
    }
    return Buffer.concat(blocks);
  }
}

function alike(character: string, noise: number): string {
  if (/\p{N}/u.test(character)) return DIGITS[noise % 10]!;
  return (/\p{Lu}/u.test(character) ? UPPER : LOWER)[noise % 26]!;
}
