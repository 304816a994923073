/** The call of `append_runs`, which looks at every run by itself: runs into its parameters, its row into results. */
import type { AppendRun, RunResult } from "../store.ts";
import { jsonTexts, type Statement, texts, values } from "./append-columns.ts";

const TEXT = `select position_before, committed_at, left_out
  from append_runs(${Array.from({ length: 24 }, (_, i) => `$${i + 1}`).join(", ")})`;

/** What a call says beside its runs. */
export interface AppendCall {
  readonly node: number;
  /** The same when the call is made again. */
  readonly appendId: string;
  /** Whether readers are to be told. */
  readonly hint: boolean;
}

/**
 * The statement that appends a group.
 * @throws StatewrightError `INVALID` when a text holds what Postgres cannot keep
 */
export function appendStatement(call: AppendCall, runs: readonly AppendRun[]): Statement {
  const events = runs.flatMap(({ stream, expectedVersion, events }, i) =>
    events.map((event, n) => ({ event, stream, run: i + 1, version: expectedVersion + n + 1 }))
  );
  const keys = runs.flatMap(({ expectedVersion, requestKeys }, i) =>
    requestKeys.map((key) => ({ key, run: i + 1, version: expectedVersion + key.eventIndex + 1 }))
  );
  const parameters = [
    String(call.node),
    call.appendId,
    call.hint,
    texts(runs, ({ stream }) => stream),
    values(runs, ({ expectedVersion }) => expectedVersion),
    values(runs, ({ waiting }) => waiting?.dueAt),
    values(runs, ({ waiting }) => waiting?.dueInMs),
    // Null for a row that is replaced whatever it tells; false for one that may stay.
    values(runs, ({ leavesRow, waiting }) => waiting?.busy || (leavesRow ? false : null)),
    jsonTexts(runs, ({ waiting }) => waiting?.open),
    values(events, ({ run }) => run),
    values(events, ({ version }) => version),
    texts(events, ({ stream }) => stream),
    texts(events, ({ event }) => event.type),
    jsonTexts(events, ({ event }) => event.data),
    texts(events, ({ event }) => event.state),
    jsonTexts(events, ({ event }) => event.effects),
    texts(events, ({ event }) => event.snapshotHash),
    jsonTexts(events, ({ event }) => event.metadata),
    values(keys, ({ run }) => run),
    values(keys, ({ version }) => version),
    texts(keys, ({ key }) => key.principal),
    texts(keys, ({ key }) => key.operation),
    texts(keys, ({ key }) => key.key),
    texts(keys, ({ key }) => key.requestHash),
  ];
  return { text: TEXT, parameters };
}

/** What became of each run. */
export function appendResults(row: Record<string, unknown>, runs: readonly AppendRun[]): RunResult[] {
  let position = Number(row["position_before"]) + 1;
  const recordedAt = (row["committed_at"] as Date).getTime();
  const results = runs.map((run): RunResult => {
    const firstPosition = position;
    position += run.events.length;
    return { outcome: "appended", firstPosition, recordedAt };
  });
  for (const left of (row["left_out"] ?? []) as LeftOut[]) results[left.run - 1] = resultOf(left);
  return results;
}

/** A run that this call did not store; `appended` when an earlier try of the same call did. */
interface LeftOut {
  readonly run: number;
  readonly outcome: RunResult["outcome"];
  readonly position: number;
  readonly recordedAt: string;
}

function resultOf({ outcome, position, recordedAt }: LeftOut): RunResult {
  if (outcome === "appended") return { outcome, firstPosition: position, recordedAt: Date.parse(recordedAt) };
  return { outcome: outcome === "conflict" ? "conflict" : "keyTaken" };
}
