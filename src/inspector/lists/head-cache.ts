import type { Transaction } from "../../projection/projection.ts";

/** So many answers are kept; a machine has a handful. */
const MAX_KEPT = 64;

export interface HeadCache {
  /** What `work` made of the log as it stands: made once, until the log has grown. */
  get<Value>(key: string, work: () => Promise<Value>): Promise<Value>;
  head(): Promise<number>;
}

/** Answers that follow from the log alone, kept for as long as nothing is appended. */
export function createHeadCache(readModels: Transaction): HeadCache {
  const kept = new Map<string, { readonly head: number; readonly value: Promise<unknown> }>();
  const head = async () => {
    const [row] = await readModels.query("select coalesce(max(position), 0)::text as head from events");
    return Number(row!["head"]);
  };
  return {
    head,
    async get<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
      const now = await head();
      const before = kept.get(key);
      if (before?.head === now) return await (before.value as Promise<Value>);
      const value = work();
      kept.delete(key);
      kept.set(key, { head: now, value });
      value.catch(() => kept.delete(key));
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
      return await value;
    },
  };
}
