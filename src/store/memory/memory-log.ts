import type { Clock } from "../../kernel/clock.ts";
import type {
  AnsweredRequest,
  AppendRun,
  EventLog,
  RequestKey,
  RunResult,
  StoredEvent,
  StoredSnapshot,
} from "../store.ts";
import { earliest, rowOf, type WaitingEntry } from "./memory-registry.ts";

const KEYS_KEPT_MS = 24 * 60 * 60 * 1_000;

/** The log in memory. Appending also writes the rows of `waiting`. */
export function createMemoryLog(
  clock: Clock,
  waiting: Map<string, WaitingEntry>,
  streams: Map<string, StoredEvent[]>,
): EventLog {
  const log: StoredEvent[] = [];
  const requests = new Map<string, AnsweredRequest & { readonly recordedAt: number }>();

  const findRequest = (key: Pick<RequestKey, "principal" | "operation" | "key">): AnsweredRequest | undefined => {
    const { recordedAt = -Infinity, ...found } = requests.get(nameOf(key)) ?? {};
    return recordedAt > clock.now() - KEYS_KEPT_MS ? found as AnsweredRequest : undefined;
  };

  function appendRun(node: number, run: AppendRun): RunResult {
    const stream = streams.get(run.stream) ?? [];
    const fault = faultOf(run);
    if (fault !== undefined) return { outcome: "invalid", detail: fault };
    if (stream.length !== run.expectedVersion) return { outcome: "conflict" };
    if (run.requestKeys.some(findRequest)) return { outcome: "keyTaken" };
    const [firstPosition, recordedAt] = [log.length + 1, clock.now()];
    for (const event of run.events) {
      const row = { ...event, stream: run.stream, version: stream.length + 1, position: log.length + 1, recordedAt };
      log.push(row);
      stream.push(row);
    }
    if (stream.length > 0) streams.set(run.stream, stream);
    for (const key of run.requestKeys) {
      const version = run.expectedVersion + key.eventIndex + 1;
      requests.set(nameOf(key), { stream: run.stream, version, requestHash: key.requestHash, recordedAt });
    }
    writeWaiting(waiting, run, node, recordedAt);
    return { outcome: "appended", firstPosition, recordedAt };
  }

  return {
    append: async (node, runs) => runs.map((run) => appendRun(node, run)),
    async read(stream, { fromVersion = 1, limit = 1_000 } = {}) {
      return (streams.get(stream) ?? []).slice(fromVersion - 1, fromVersion - 1 + limit);
    },
    ...createSnapshots(streams, waiting),
    readAll: async ({ after, limit }) => log.slice(after, after + limit),
    head: async () => log.length,
    positionAt: async (time) => log.findLast(({ recordedAt }) => recordedAt < time)?.position ?? 0,
    async findMessage(stream, messageId, fromVersion) {
      return streams.get(stream)?.find(({ metadata, version }) =>
        version >= fromVersion && (JSON.parse(metadata) as { id?: string }).id === messageId
      );
    },
    findRequest: async (key) => findRequest(key),
  };
}

function createSnapshots(
  streams: ReadonlyMap<string, readonly StoredEvent[]>,
  waiting: ReadonlyMap<string, WaitingEntry>,
): Pick<EventLog, "load" | "saveSnapshot"> {
  const snapshots = new Map<string, StoredSnapshot>();
  return {
    async load(stream, machine) {
      const found = snapshots.get(stream);
      const snapshot = found?.machine === machine ? found : undefined;
      const events = (streams.get(stream) ?? []).slice((snapshot?.version ?? 1) - 1);
      const row = waiting.get(stream);
      return { snapshot, events, waiting: row && rowOf(row) };
    },
    async saveSnapshot(snapshot) {
      snapshots.set(snapshot.stream, snapshot);
    },
  };
}

function writeWaiting(
  rows: Map<string, WaitingEntry>,
  { stream, leavesRow, waiting }: AppendRun,
  node: number,
  now: number,
): void {
  if (leavesRow) return;
  if (waiting === null) {
    rows.delete(stream);
    return;
  }
  const { dueAt, dueInMs, busy, open } = waiting;
  const due = earliest(dueAt, dueInMs === null ? null : now + dueInMs);
  rows.set(stream, { stream, dueAt: due, open, claimedBy: busy ? node : null });
}

function nameOf({ principal, operation, key }: Pick<RequestKey, "principal" | "operation" | "key">): string {
  return JSON.stringify([principal, operation, key]);
}

/** What Postgres could not keep, so that nobody meets it only there. */
function faultOf({ events, waiting }: AppendRun): string | undefined {
  const jsons = [
    ...events.flatMap(({ data, metadata, effects }) => [data, metadata, effects ?? "null"]),
    waiting?.open ?? "null",
  ];
  const texts = [...jsons, ...events.flatMap(({ type, state }) => [type, state])];
  for (const text of texts) {
    if (text.includes("\0") || !text.isWellFormed()) return "A text holds NUL or half a surrogate pair";
  }
  for (const json of jsons) {
    try {
      const plain = JSON.stringify(JSON.parse(json)).replaceAll("\\\\", "");
      if (/\\u(0000|d[89a-f])/.test(plain)) return "A JSON text holds \\u0000 or half a surrogate pair";
    } catch {
      return "A text is no JSON";
    }
  }
  return undefined;
}
