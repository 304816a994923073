/** Actors that nobody can wake, or that are long overdue. */
import type { Clock } from "../../kernel/clock.ts";
import { type ActorRef, streamOf } from "../../kernel/ids.ts";
import type { Operations, StuckActor } from "../../runtime/operations.ts";
import type { HeadCache } from "./head-cache.ts";

/** Pages of the search are small and may be empty: it goes on until there is something to show. */
const MAX_PAGES = 20;
const ENOUGH = 50;
/** What stands still is looked at again after so long, though nothing is appended. */
const KEEP_MS = 5_000;

export interface StuckList {
  readonly items: readonly (ActorRef & Omit<StuckActor, "actor"> & { readonly stream: string })[];
  readonly next: string | null;
  readonly count: number;
  /** False when the search has not come to its end. */
  readonly complete: boolean;
}

export function listStuck(
  operations: Operations,
  { cache, clock }: { readonly cache: HeadCache; readonly clock: Clock },
  after?: string,
): Promise<StuckList> {
  const bucket = Math.floor(clock.now() / KEEP_MS);
  return cache.get(`stuck ${bucket} ${after ?? ""}`, () => find(operations, after));
}

async function find(operations: Operations, after: string | undefined): Promise<StuckList> {
  const items = [];
  let next = after;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await operations.stuck({ after: next });
    items.push(...page.items.map(({ actor, ...stuck }) => ({ stream: streamOf(actor), ...actor, ...stuck })));
    next = page.next;
    if (next === undefined || items.length >= ENOUGH) break;
  }
  return { items, next: next ?? null, count: items.length, complete: next === undefined };
}
