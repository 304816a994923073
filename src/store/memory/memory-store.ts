/** The event store in memory: for unit tests and simulation. Nothing of it outlives the process. */
import type { Clock } from "../../kernel/clock.ts";
import type {
  AnsweredRequest,
  AppendRun,
  DeadLetter,
  RequestKey,
  RunResult,
  Store,
  StoredEvent,
  WaitingRow,
} from "../store.ts";

const DEAD_AFTER_MS = 8_000;
const KEYS_KEPT_MS = 24 * 60 * 60 * 1_000;

interface WaitingEntry extends WaitingRow {
  readonly claimedBy: number | null;
}

/** @param options.clock the store's one clock */
export function createMemoryStore({ clock }: { clock: Clock }): Store {
  const log: StoredEvent[] = [];
  const streams = new Map<string, StoredEvent[]>();
  const waiting = new Map<string, WaitingEntry>();
  const requests = new Map<string, AnsweredRequest & { recordedAt: number }>();
  const nodes = new Map<number, { id: string; seenAt: number }>();
  const letters = new Map<string, DeadLetter>();
  let lastEpoch = 0;

  const alive = (epoch: number | null) => {
    const node = epoch === null ? undefined : nodes.get(epoch);
    return node !== undefined && node.seenAt > clock.now() - DEAD_AFTER_MS;
  };
  const keyOf = ({ principal, operation, key }: Pick<RequestKey, "principal" | "operation" | "key">) =>
    JSON.stringify([principal, operation, key]);
  const findRequest = (key: Pick<RequestKey, "principal" | "operation" | "key">) => {
    const found = requests.get(keyOf(key));
    return found && found.recordedAt > clock.now() - KEYS_KEPT_MS ? found : undefined;
  };
  const rowOf = (stream: string, { dueAt, open }: WaitingEntry): WaitingRow => ({ stream, dueAt, open });

  function appendRun(node: number, run: AppendRun): RunResult {
    const stream = streams.get(run.stream) ?? [];
    if (stream.length !== run.expectedVersion) return { outcome: "conflict" };
    if (run.requestKeys.some(findRequest)) return { outcome: "keyTaken" };
    const firstPosition = log.length + 1;
    const recordedAt = clock.now();
    for (const event of run.events) {
      const row = { ...event, stream: run.stream, version: stream.length + 1, position: log.length + 1, recordedAt };
      log.push(row);
      stream.push(row);
    }
    if (stream.length > 0) streams.set(run.stream, stream);
    for (const key of run.requestKeys) {
      const version = run.expectedVersion + key.eventIndex + 1;
      requests.set(keyOf(key), { stream: run.stream, version, requestHash: key.requestHash, recordedAt });
    }
    if (run.waiting === null) waiting.delete(run.stream);
    else {
      const { dueAt, dueInMs, busy, open } = run.waiting;
      const due = Math.min(dueAt ?? Infinity, dueInMs === null ? Infinity : recordedAt + dueInMs);
      waiting.set(run.stream, {
        stream: run.stream,
        dueAt: due === Infinity ? null : due,
        open,
        claimedBy: busy ? node : null,
      });
    }
    return { outcome: "appended", firstPosition, recordedAt };
  }

  return {
    description: "memory",
    append: async (node, runs) => runs.map((run) => appendRun(node, run)),
    async read(stream, { fromVersion = 1, limit = 1_000 } = {}) {
      return (streams.get(stream) ?? []).slice(fromVersion - 1, fromVersion - 1 + limit);
    },
    async load(stream, fromVersion) {
      return { events: (streams.get(stream) ?? []).slice(fromVersion - 1), open: waiting.get(stream)?.open ?? null };
    },
    readAll: async ({ after, limit }) => log.slice(after, after + limit),
    head: async () => log.length,
    async findMessage(stream, messageId) {
      return streams.get(stream)?.find(({ metadata }) => (JSON.parse(metadata) as { id?: string }).id === messageId);
    },
    findRequest: async (key) => findRequest(key),
    async join(id) {
      for (const [epoch, node] of nodes) if (node.id === id) nodes.delete(epoch);
      nodes.set(++lastEpoch, { id, seenAt: clock.now() });
      return lastEpoch;
    },
    async beat(epoch) {
      const node = nodes.get(epoch);
      if (node === undefined || !alive(epoch)) return false;
      node.seenAt = clock.now();
      return true;
    },
    async leave(epoch) {
      nodes.delete(epoch);
    },
    async claimDue(epoch, limit) {
      const now = clock.now();
      const timers = [...waiting].filter(([, row]) => row.dueAt !== null).toSorted(([, a], [, b]) =>
        a.dueAt! - b.dueAt!
      );
      const free = ([, row]: [string, WaitingEntry]) => row.claimedBy === epoch || !alive(row.claimedBy);
      const due = timers.filter(([, row]) => row.dueAt! <= now).filter(free).slice(0, limit);
      for (const [stream, row] of due) waiting.set(stream, { ...row, claimedBy: epoch });
      const nextDueAt = timers.find(([, row]) => row.dueAt! > now)?.[1].dueAt ?? null;
      return { now, rows: due.map(([stream, row]) => rowOf(stream, row)), nextDueAt };
    },
    async claimOrphans(epoch, limit) {
      const orphans = [...waiting].filter(([, { claimedBy }]) =>
        claimedBy !== null && claimedBy !== epoch && !alive(claimedBy)
      ).slice(0, limit);
      for (const [stream, row] of orphans) waiting.set(stream, { ...row, claimedBy: epoch });
      return orphans.map(([stream, row]) => rowOf(stream, row));
    },
    async postpone(epoch, stream, delayMs) {
      const row = waiting.get(stream);
      if (row?.claimedBy === epoch && row.dueAt !== null) waiting.set(stream, { ...row, dueAt: clock.now() + delayMs });
    },
    async waiting(stream) {
      const row = waiting.get(stream);
      return row && rowOf(stream, row);
    },
    async bury(letter) {
      const id = `${letter.source} ${letter.reason}`;
      if (!letters.has(id)) letters.set(id, { ...letter, id, recordedAt: clock.now() });
    },
    async deadLetters({ limit, after }) {
      const all = [...letters.values()];
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      return all.slice(from, from + limit);
    },
    ping: async () => {},
    close: async () => {},
  };
}
