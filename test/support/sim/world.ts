/**
 * Virtual time in one thread. Whatever happens is an entry in one queue; after each, everything that it has set going is
 * let run until nothing moves any more, and only then does time go on. At the same moment the seed decides who is first.
 */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers";
import { Chance } from "./chance.ts";

/** Where the store's clock begins: 2026-01-01. */
export const EPOCH_MS = 1_767_225_600_000;

/** Something that must not be: which rule it breaks, and how. */
export interface Flaw {
  readonly name: string;
  readonly sentence: string;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  /** Undefined once it was cancelled. */
  run: (() => void) | undefined;
}

export class World {
  readonly seed: number;
  readonly #order: Chance;
  readonly #queue: Entry[] = [];
  readonly #trace = createHash("sha256");
  readonly #tell: ((line: string) => void) | undefined;
  #now = 0;
  /** What could not be: the run has failed. */
  readonly mishaps: Flaw[] = [];
  readonly counts = new Map<string, number>();

  /** @param tell hears every line of the trace */
  constructor(seed: number, tell?: (line: string) => void) {
    this.seed = seed;
    this.#order = Chance.of(seed, "order");
    this.#tell = tell;
  }

  /** Ms since the beginning. */
  get now(): number {
    return this.#now;
  }

  chance(name: string): Chance {
    return Chance.of(this.seed, name);
  }

  /** Notes what happens; two runs are the same when their traces are. */
  trace(line: string): void {
    const text = `${this.#now.toFixed(3)} ${line}`;
    this.#trace.update(`${text}\n`);
    this.#tell?.(text);
  }

  /** The trace so far, in 16 hex digits. */
  hash(): string {
    return this.#trace.copy().digest("hex").slice(0, 16);
  }

  mishap(name: string, sentence: string): void {
    this.mishaps.push({ name, sentence });
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  after(delayMs: number, run: () => void): () => void {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), order: this.#order.next(), run };
    push(this.#queue, entry);
    return () => void (entry.run = undefined);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** Lets time pass until something is so. False: it was not within `limitMs`. */
  async until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    const limit = this.#now + limitMs;
    while (!isSo()) {
      const entry = pop(this.#queue);
      if (entry === undefined) return false;
      if (entry.run === undefined) continue;
      if (entry.at > limit) {
        push(this.#queue, entry);
        this.#now = limit;
        return isSo();
      }
      this.#now = entry.at;
      entry.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return true;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Onto a binary heap. */
function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(entry, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
