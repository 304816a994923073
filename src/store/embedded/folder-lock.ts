/**
 * One process at a time uses a data folder. The lock is the file `instance.<n>.json` with the highest n, and it is
 * held while the process named in it lives.
 *
 * Invariants:
 *  1. A file appears under its number with its content, at once, and only if the number was free (`link`).
 *  2. The highest number is never removed, only rewritten by its holder; so numbers never start again, and of two
 *     processes that find the same holder dead only one can make the next number.
 *  3. Whoever made a number that turns out not to be the highest takes it away again and starts over.
 */
import { linkSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../../kernel/assert.ts";
import { processStart } from "./process-identity.ts";

/** The process that uses a data folder. */
export interface Holder {
  readonly pid: number;
  /** When it started, to tell it from a later process of the same id. */
  readonly start: string;
  /** What it was called as: `npm start`. */
  readonly command: string;
  /** Where it serves, once it does. */
  readonly url: string | null;
}

export interface FolderLock {
  /** Lets others know where this process serves. */
  announce(url: string): void;
  /** Lets the folder go. It goes by itself when the process dies. */
  release(): void;
}

export type Claim =
  | { readonly outcome: "claimed"; readonly lock: FolderLock }
  | { readonly outcome: "held"; readonly holder: Holder };

/** Claims a data folder for this process, or answers who has it. */
export function claimFolder(folder: string, command: string): Claim {
  const start = processStart(process.pid);
  assert(start !== undefined, "a process can see its own start");
  const self: Holder = { pid: process.pid, start, command, url: null };
  for (let attempt = 0; attempt < 100; attempt++) {
    const newest = lockNumbers(folder).at(-1) ?? 0;
    const holder = livingHolder(folder, newest);
    if (holder !== undefined) return { outcome: "held", holder };
    const mine = newest + 1;
    if (!writeNew(folder, mine, self)) continue;
    const numbers = lockNumbers(folder);
    if (numbers.at(-1) === mine) {
      for (const older of numbers.slice(0, -1)) unlinkIfThere(lockFile(folder, older));
      return { outcome: "claimed", lock: heldLock(folder, mine, self) };
    }
    unlinkIfThere(lockFile(folder, mine));
  }
  throw new Error(`The lock in ${folder} changed hands 100 times while it was claimed`);
}

/** Who uses the folder now, if anybody. */
export function holderOf(folder: string): Holder | undefined {
  return livingHolder(folder, lockNumbers(folder).at(-1) ?? 0);
}

function heldLock(folder: string, number: number, self: Holder): FolderLock {
  return {
    announce: (url) => overwrite(folder, number, { ...self, url }),
    release() {
      try {
        // No process has id 0.
        overwrite(folder, number, { ...self, pid: 0 });
      } catch {
        // The folder is gone or full; the lock goes with this process.
      }
    },
  };
}

function livingHolder(folder: string, number: number): Holder | undefined {
  if (number === 0) return undefined;
  try {
    const holder: Holder = JSON.parse(readFileSync(lockFile(folder, number), "utf8"));
    return holder.pid > 0 && processStart(holder.pid) === holder.start ? holder : undefined;
  } catch {
    // Superseded meanwhile, or cut short by a full disk: nobody who lives wrote it.
    return undefined;
  }
}

function lockNumbers(folder: string): number[] {
  const numbers = readdirSync(folder).map((name) => Number(/^instance\.(\d+)\.json$/.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

function lockFile(folder: string, number: number): string {
  return join(folder, `instance.${number}.json`);
}

/** False when the number is taken. */
function writeNew(folder: string, number: number, holder: Holder): boolean {
  const draft = writeDraft(folder, holder);
  try {
    linkSync(draft, lockFile(folder, number));
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  } finally {
    unlinkIfThere(draft);
  }
}

function overwrite(folder: string, number: number, holder: Holder): void {
  renameSync(writeDraft(folder, holder), lockFile(folder, number));
}

function writeDraft(folder: string, holder: Holder): string {
  const draft = join(folder, `instance.${process.pid}.draft`);
  writeFileSync(draft, `${JSON.stringify(holder)}\n`);
  return draft;
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Somebody else cleaned up first.
  }
}
