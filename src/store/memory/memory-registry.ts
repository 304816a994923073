import type { Clock } from "../../kernel/clock.ts";
import type { NodeRegistry, WaitingRow } from "../store.ts";

const DEAD_AFTER_MS = 8_000;

export interface WaitingEntry extends WaitingRow {
  /** The epoch of the node that looks after it. */
  readonly claimedBy: number | null;
}

export function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** Nodes and claims in memory. */
export function createMemoryRegistry(clock: Clock, waiting: Map<string, WaitingEntry>): NodeRegistry {
  const nodes = new Map<number, { readonly id: string; seenAt: number }>();
  let lastEpoch = 0;

  const isAlive = (epoch: number | null) =>
    epoch !== null && (nodes.get(epoch)?.seenAt ?? -Infinity) > clock.now() - DEAD_AFTER_MS;
  const claim = (epoch: number, rows: readonly WaitingEntry[]): WaitingRow[] => {
    for (const row of rows) waiting.set(row.stream, { ...row, claimedBy: epoch });
    return rows.map(rowOf);
  };

  return {
    async join(id) {
      for (const [epoch, node] of nodes) if (node.id === id) nodes.delete(epoch);
      nodes.set(++lastEpoch, { id, seenAt: clock.now() });
      return lastEpoch;
    },
    async beat(epoch) {
      const node = nodes.get(epoch);
      if (node === undefined || !isAlive(epoch)) return false;
      node.seenAt = clock.now();
      return true;
    },
    async leave(epoch) {
      nodes.delete(epoch);
    },
    async claimDue(epoch, limit) {
      const now = clock.now();
      const timers = [...waiting.values()].filter(({ dueAt }) => dueAt !== null).sort((a, b) => a.dueAt! - b.dueAt!);
      const due = timers.filter(({ dueAt, claimedBy }) =>
        dueAt! <= now && (claimedBy === epoch || !isAlive(claimedBy))
      );
      const nextDueAt = timers.find(({ dueAt }) => dueAt! > now)?.dueAt ?? null;
      return { now, rows: claim(epoch, due.slice(0, limit)), nextDueAt };
    },
    async claimOrphans(epoch, limit) {
      const orphans = [...waiting.values()].filter(({ claimedBy }) =>
        claimedBy !== null && claimedBy !== epoch && !isAlive(claimedBy)
      );
      return claim(epoch, orphans.slice(0, limit));
    },
    async postpone(epoch, stream, delayMs) {
      const row = waiting.get(stream);
      if (row?.claimedBy === epoch && row.dueAt !== null) waiting.set(stream, { ...row, dueAt: clock.now() + delayMs });
    },
    async waiting(stream) {
      const row = waiting.get(stream);
      return row && rowOf(row);
    },
  };
}

function rowOf({ stream, dueAt, open }: WaitingEntry): WaitingRow {
  return { stream, dueAt, open };
}
