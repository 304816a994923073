/** When an append tells readers that the log has grown: waking them for each commit would cost more than it hurries. */
import type { Clock } from "../../kernel/clock.ts";

/** Readers hear of an event this much later at most, unless the hint is lost. */
const HINT_EVERY_MS = 5;

export interface AppendHints {
  /** Whether the next append is to carry a hint. */
  next(): boolean;
  /** What was appended is committed; appends are, and come to be known, in the order in which they were sent. */
  committed(hinted: boolean): void;
  stop(): void;
}

/** @param tell gives a hint by itself, for the last appends before a rest */
export function createAppendHints(clock: Clock, tell: () => Promise<unknown>): AppendHints {
  let lastAt = -Infinity;
  /** Set while something is committed that readers have not been told of. */
  let cancel: (() => void) | undefined;

  function stop(): void {
    cancel?.();
    cancel = undefined;
  }

  function tellRest(): void {
    cancel = undefined;
    void tell().catch(() => {});
  }

  return {
    next() {
      const now = clock.now();
      if (now - lastAt < HINT_EVERY_MS) return false;
      lastAt = now;
      return true;
    },
    committed(hinted) {
      // It tells of all before it; while appends come, one of them soon carries the next.
      if (hinted) stop();
      else cancel ??= clock.schedule(HINT_EVERY_MS, tellRest);
    },
    stop,
  };
}
