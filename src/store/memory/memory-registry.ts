import type { Clock } from "../../kernel/clock.ts";
import { refOf } from "../../kernel/ids.ts";
import type { Member, NodeInfo, NodeRegistry, WaitingRow } from "../store.ts";

const DEAD_AFTER_MS = 8_000;

export interface WaitingEntry extends WaitingRow {
  /** The epoch of the node that looks after it. */
  readonly claimedBy: number | null;
}

export function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

type Members = Pick<NodeRegistry, "join" | "beat" | "retire" | "leave" | "onMembersChanged"> & {
  isAlive(epoch: number | null): boolean;
  runs(epoch: number, row: WaitingRow): boolean;
};

function createMembers(clock: Clock): Members {
  const nodes = new Map<number, Member & { readonly seenAt: number }>();
  const listeners = new Set<() => void>();
  let lastEpoch = 0;

  const isAlive = (epoch: number | null) =>
    epoch !== null && (nodes.get(epoch)?.seenAt ?? -Infinity) > clock.now() - DEAD_AFTER_MS;
  const change = (epoch: number, to: NodeInfo | undefined) => {
    if (to) nodes.set(epoch, { ...to, epoch, seenAt: clock.now() });
    else nodes.delete(epoch);
    for (const listener of listeners) queueMicrotask(listener);
  };

  return {
    isAlive,
    runs: (epoch, { stream }) => nodes.get(epoch)?.types.includes(refOf(stream).type) ?? false,
    async join(info) {
      for (const [epoch, { id }] of nodes) if (id === info.id) nodes.delete(epoch);
      change(++lastEpoch, info);
      return lastEpoch;
    },
    async beat(epoch) {
      const node = nodes.get(epoch);
      if (node === undefined || !isAlive(epoch)) return undefined;
      nodes.set(epoch, { ...node, seenAt: clock.now() });
      const alive = [...nodes.values()].filter((one) => isAlive(one.epoch));
      return alive.map(({ id, epoch, address, types }) => ({ id, epoch, address, types }));
    },
    async retire(epoch) {
      const node = nodes.get(epoch);
      if (node) change(epoch, { ...node, types: [] });
    },
    async leave(epoch) {
      change(epoch, undefined);
    },
    async onMembersChanged(callback) {
      listeners.add(callback);
      return async () => void listeners.delete(callback);
    },
  };
}

/** Nodes and claims in memory. */
export function createMemoryRegistry(clock: Clock, waiting: Map<string, WaitingEntry>): NodeRegistry {
  const { isAlive, runs, ...members } = createMembers(clock);
  const claim = (epoch: number, rows: readonly WaitingEntry[]): WaitingRow[] => {
    for (const row of rows) waiting.set(row.stream, { ...row, claimedBy: epoch });
    return rows.map(rowOf);
  };

  return {
    ...members,
    async claimDue(epoch, limit) {
      const now = clock.now();
      const timers = [...waiting.values()].filter((row) => row.dueAt !== null && runs(epoch, row))
        .sort((a, b) => a.dueAt! - b.dueAt!);
      const due = timers.filter(({ dueAt, claimedBy }) =>
        dueAt! <= now && (claimedBy === epoch || !isAlive(claimedBy))
      );
      const nextDueAt = timers.find(({ dueAt }) => dueAt! > now)?.dueAt ?? null;
      return { now, rows: claim(epoch, due.slice(0, limit)), nextDueAt };
    },
    async claimOrphans(epoch, limit) {
      const orphans = [...waiting.values()].filter((row) =>
        row.claimedBy !== null && row.claimedBy !== epoch && !isAlive(row.claimedBy) && runs(epoch, row)
      );
      return claim(epoch, orphans.slice(0, limit));
    },
    async claims(epoch, limit, after = "") {
      return [...waiting.values()].filter(({ claimedBy, stream }) => claimedBy === epoch && stream > after)
        .toSorted((a, b) => (a.stream < b.stream ? -1 : 1)).slice(0, limit).map(rowOf);
    },
    async takeOver(epoch, from, streams) {
      return claim(
        epoch,
        streams.flatMap((stream) => waiting.get(stream) ?? []).filter((row) => row.claimedBy === from),
      );
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

export function rowOf({ stream, dueAt, open }: WaitingEntry): WaitingRow {
  return { stream, dueAt, open };
}
