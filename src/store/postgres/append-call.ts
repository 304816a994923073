/** The call of `append_runs`: runs into its parameters, its row into results. */
import { StatewrightError } from "../../kernel/errors.ts";
import type { AppendRun, RunResult } from "../store.ts";

/** Joins the values of a column: much cheaper on both sides than an array of quoted texts. */
const SEPARATOR = "\x1e";

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

export interface Statement {
  readonly text: string;
  readonly parameters: readonly (string | boolean | null)[];
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
    // Null for the row of a run without events, which is to be exact.
    values(runs, ({ events, waiting }) => waiting?.busy || (events.length > 0 ? false : null)),
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

function texts<Item>(items: readonly Item[], of: (item: Item) => string | null | undefined): string {
  let column = "";
  for (let i = 0; i < items.length; i++) {
    if (i > 0) column += SEPARATOR;
    column += of(items[i]!) ?? "";
  }
  if (column.includes("\0")) throw new StatewrightError("INVALID", "A text holds the NUL character; leave it out");
  if (!column.isWellFormed()) throw new StatewrightError("INVALID", "A text holds half a surrogate pair; leave it out");
  return column;
}

function jsonTexts<Item>(items: readonly Item[], of: (item: Item) => string | null | undefined): string {
  const column = texts(items, of);
  // Most columns hold no escape at all, which is found out at the speed of memory.
  if (column.includes("\\u") && items.some((item) => holdsForbiddenEscape(of(item) ?? ""))) {
    throw new StatewrightError("INVALID", "A JSON text holds \\u0000 or half a surrogate pair; leave it out");
  }
  return column;
}

/** Postgres keeps such escapes in `json`, but fails whenever somebody looks inside. */
function holdsForbiddenEscape(json: string): boolean {
  const withoutPairs = json.replaceAll("\\\\", "").replace(/\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}/gi, "");
  return /\\u(0000|d[89a-f][0-9a-f]{2})/i.test(withoutPairs);
}

function values<Item>(items: readonly Item[], of: (item: Item) => number | boolean | null | undefined): string {
  let column = "{";
  for (let i = 0; i < items.length; i++) column += `${i > 0 ? "," : ""}${of(items[i]!) ?? "null"}`;
  return `${column}}`;
}
