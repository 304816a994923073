/** A store under which the process can be killed at an exact moment of an append: kill -9 where it hurts. */
import type { AppendRun, Store } from "../../src/store/store.ts";

/** Which append it is, and on which side of its commit the process dies. */
export interface Death {
  readonly moment: "before" | "after";
  /** Of the appends that carry events, the n-th of this life; 1 is the first. */
  readonly append: number;
}

export interface MortalStore extends Store {
  /** From now on: dies once all these streams have been appended to, before anybody hears of it. */
  dieAfterAppendTo(streams: readonly string[]): void;
}

/** @param die ends the process; must not return */
export function createMortalStore(store: Store, death: Death | undefined, die: () => never): MortalStore {
  let appends = 0;
  let awaited: Set<string> | undefined;

  function dieAfter(runs: readonly AppendRun[]): void {
    if (awaited === undefined) return;
    for (const { stream } of runs) awaited.delete(stream);
    if (awaited.size === 0) die();
  }

  return {
    ...store,
    async append(node, runs) {
      const withEvents = runs.filter(({ events }) => events.length > 0);
      if (withEvents.length === 0) return store.append(node, runs);
      const isLast = ++appends === death?.append;
      if (isLast && death?.moment === "before") die();
      const results = await store.append(node, runs);
      if (isLast) die();
      dieAfter(withEvents);
      return results;
    },
    dieAfterAppendTo: (streams) => void (awaited = new Set(streams)),
  };
}
