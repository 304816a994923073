/** An event in one line: what it was, where it led, and by which transitions. */
import type { StoredEvent } from "../../projection/projection.ts";
import { type EventMetadata, machineEventOf } from "../../runtime/actor-state.ts";
import type { ChartModel } from "../chart/chart-model.ts";
import { edgesTaken } from "../chart/edges-taken.ts";
import { effectsOfRow } from "./shown-effects.ts";

export type StepKind = "command" | "event" | "timeout" | "failure" | "outcome";

export interface StepRow {
  readonly version: number;
  readonly position: number;
  readonly type: string;
  readonly state: string;
  readonly at: number;
  readonly kind: StepKind;
  /** The ids of the transitions that it took. */
  readonly edges: readonly string[];
  readonly compensating: boolean;
  /** How many it asked for. */
  readonly effects: number;
  readonly causation: string | null;
  readonly correlation: string;
}

/**
 * @param model of the machine that took it
 * @param before the state that the event found; undefined for the first
 * @param metadata the row's own, parsed
 */
export function stepRow(
  model: ChartModel,
  before: string | undefined,
  row: StoredEvent,
  metadata: EventMetadata,
): StepRow {
  const { version, position, type, state, recordedAt: at, stream } = row;
  const event = machineEventOf(type, JSON.parse(row.data) as object);
  return {
    version,
    position,
    type,
    state,
    at,
    kind: kindOf(type, metadata, stream),
    edges: edgesTaken(model, before, event.type, state),
    compensating: isCompensatingState(model, state),
    effects: effectsOfRow(row.effects).length,
    causation: causationOf(stream, metadata) ?? null,
    correlation: metadata.correlation,
  };
}

export function isCompensatingState({ states }: ChartModel, stored: string): boolean {
  const leaves = stored.split(" | ");
  return states.some(({ path, compensating }) => compensating && leaves.includes(path));
}

/** The event that led to it: the one that sent it, or asked for the work whose outcome it is. */
export function causationOf(stream: string, { causation, settles }: EventMetadata): string | undefined {
  return causation ?? (settles && `${stream}/${settles.split("/", 1)[0]!}`);
}

export function kindOf(type: string, { settles, causation }: EventMetadata, stream: string): StepKind {
  if (type === "TimerFired") return "timeout";
  if (["ActivityFailed", "ChildFailed", "MessageRefused"].includes(type)) return "failure";
  if (settles !== undefined) return "outcome";
  return causation === undefined || causation.startsWith(`${stream}/`) ? "command" : "event";
}
