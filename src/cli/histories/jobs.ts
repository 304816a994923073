/** What threads are asked to do with histories, and what they answer. All of it can be sent from thread to thread. */
import type { ReplayedEvent } from "../../runtime/replay.ts";
import type { HistoryVerdict } from "../../runtime/upgrade-check.ts";
import type { StoredEvent } from "../../store/store.ts";

export type HistoryJob =
  /** Prove each transition; `actors` is the module that exports `steppedActors`. */
  | { readonly kind: "prove"; readonly actors: string }
  /** Compare with a changed machine: the file that exports it, or null for what runs today. */
  | { readonly kind: "check"; readonly machine: string | null };

/** A thread's own beginning. */
export interface ThreadStart<Job extends HistoryJob = HistoryJob> {
  readonly url: string;
  readonly job: Job;
}

export type SliceResult<Job extends HistoryJob> = Job["kind"] extends "prove" ? ProvenSlice : CheckedSlice;

interface SliceCount {
  readonly histories: number;
  readonly events: number;
  /** Histories of types that no machine is registered for, by type. */
  readonly unknown: Readonly<Record<string, number>>;
}

export interface ProvenSlice extends SliceCount {
  /** The event that is not proven, the first by position. */
  readonly broken: Pick<ReplayedEvent, "row" | "effects" | "context" | "differences"> | undefined;
}

/** Histories to which the same happens at the same place. */
export interface HistoryGroup {
  readonly type: string;
  readonly verdict: HistoryVerdict;
  histories: number;
  live: number;
  /** Some of their streams. */
  readonly streams: string[];
  /** The shortest of them. */
  example: readonly StoredEvent[];
}

export interface CheckedSlice extends SliceCount {
  /** By `groupKey`, with the type. */
  readonly groups: ReadonlyMap<string, HistoryGroup>;
}
