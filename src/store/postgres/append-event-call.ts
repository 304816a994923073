/** The call of `append_event`: what a node sends that has one event to append. It costs half of what a group's call does. */
import type { AppendRun, RunResult } from "../store.ts";
import type { AppendCall, Statement } from "./append-call.ts";

const TEXT = `select append_event(${Array.from({ length: 15 }, (_, i) => `$${i + 1}`).join(", ")}) as placed`;

/** NUL and the group call's separator, and what may be an escaped NUL or half a surrogate pair. */
// oxlint-disable-next-line no-control-regex -- those are what is looked for
const SUSPICIOUS = /[\0\x1e]|\\u/;

/** The statement, unless the group's call has to be made: for other runs, and to judge texts that may be odd. */
export function appendEventStatement(call: AppendCall, runs: readonly AppendRun[]): Statement | undefined {
  const [run] = runs;
  if (run === undefined || runs.length > 1 || run.events.length !== 1 || run.requestKeys.length > 0) return undefined;
  const { stream, expectedVersion, waiting } = run;
  const { type, data, state, effects, snapshotHash, metadata } = run.events[0]!;
  const open = waiting?.open ?? null;
  const texts = `${stream}${type}${data}${state}${effects}${snapshotHash}${metadata}${open}`;
  if (SUSPICIOUS.test(texts) || !texts.isWellFormed()) return undefined;
  return {
    text: TEXT,
    parameters: [
      String(call.node),
      call.appendId,
      call.hint,
      stream,
      String(expectedVersion),
      textOf(waiting?.dueAt),
      textOf(waiting?.dueInMs),
      waiting?.busy ?? null,
      open,
      type,
      data,
      state,
      effects,
      snapshotHash,
      metadata,
    ],
  };
}

/** What became of it, or undefined when the group's call has to tell. */
export function appendEventResult(row: Record<string, unknown>): RunResult | undefined {
  const placed = row["placed"] as string | null;
  if (placed === null) return undefined;
  const blank = placed.indexOf(" ");
  return {
    outcome: "appended",
    firstPosition: Number(placed.slice(0, blank)),
    recordedAt: Date.parse(placed.slice(blank + 1)),
  };
}

function textOf(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
