/** `Prefer` (RFC 7240): how long a client would wait, or that it would not. What is not understood is ignored. */
import type { Context } from "hono";

const LONGEST_WAIT_S = 30;

export interface Preference {
  readonly respondAsync: boolean;
  readonly waitMs: number | undefined;
  /** What of it counts, for `Preference-Applied`. */
  readonly applied: string;
}

/** The caller's preference, if it has one. `respond-async` goes before `wait`. */
export function preferenceOf(c: Context): Preference | undefined {
  const wishes = (c.req.header("prefer") ?? "").toLowerCase().split(/[,;]/).map((wish) => wish.trim());
  if (wishes.includes("respond-async")) return { respondAsync: true, waitMs: undefined, applied: "respond-async" };
  const [, seconds] = wishes.map((wish) => /^wait\s*=\s*"?([0-9]{1,4})"?$/.exec(wish)).find(Boolean) ?? [];
  if (seconds === undefined) return undefined;
  const wait = Math.min(Number(seconds), LONGEST_WAIT_S);
  return { respondAsync: false, waitMs: wait * 1_000, applied: `wait=${wait}` };
}
