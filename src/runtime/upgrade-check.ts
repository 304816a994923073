/**
 * The upgrade check: a stored history on a changed machine. It does what waking the actor up would do, and says where
 * the changed machine goes another way, and whether an actor that is still alive could go on.
 */
import type { ActorRef } from "../kernel/ids.ts";
import type { StoredEvent } from "../store/store.ts";
import { type ActorState, type EventMetadata, machineEventOf, upcastData } from "./actor-state.ts";
import type { Effect } from "./effects.ts";
import { MACHINE_CHANGED, OUTCOME_NAMES } from "./outcome-names.ts";
import type { RegisteredActor } from "./register.ts";
import { proveEvent, type ProvenEvent } from "./replay.ts";
import { snapshotHash } from "./snapshot-hash.ts";
import { canonicalSnapshot } from "./step.ts";
import { stuckReason } from "./dead-end.ts";

/** What has become of a history, in the words of the report. */
export const VERDICTS = {
  same: "same",
  otherContext: "same path, other context",
  otherEffects: "same states, other effects",
  otherPath: "other path",
  refused: "event now refused",
  stuck: "stuck",
  throws: "throws",
} as const;

export type Verdict = keyof typeof VERDICTS;

/** Where a machine first goes another way. Free of ids, so that histories can be grouped by it. */
export interface Divergence {
  readonly version: number;
  /** The event, and the stored state before it; empty for the creation. */
  readonly event: string;
  readonly from: string;
  readonly stored: string;
  readonly replayed: string;
}

export interface HistoryVerdict {
  readonly verdict: Verdict;
  /** Undefined when everything is the same. */
  readonly divergence: Divergence | undefined;
  /** False for an actor that has come to its end. */
  readonly live: boolean;
  /** True for a live actor that could not go on. */
  readonly breaks: boolean;
}

/** The machines to compare. `baseline` is the one that runs today; undefined when only what is stored can be asked. */
export interface Upgrade {
  readonly candidate: RegisteredActor;
  readonly baseline: RegisteredActor | undefined;
}

/** @param rows the whole history of one actor */
export function judgeHistory(upgrade: Upgrade, ref: ActorRef, rows: readonly StoredEvent[]): HistoryVerdict {
  return verdictOf(walkHistory(upgrade.candidate, ref, rows), upgrade, ref, rows);
}

/** Histories with the same key have the same thing happen to them at the same place. */
export function groupKey({ verdict, divergence, breaks }: HistoryVerdict): string {
  const { event, from, stored, replayed } = divergence ?? { event: "", from: "", stored: "", replayed: "" };
  return JSON.stringify([verdict, breaks, event, from, stored, replayed]);
}

interface Walk {
  /** After the last row; undefined when the machine threw. */
  readonly end: ActorState | undefined;
  readonly endsAsStored: boolean;
  /** The first of each kind. */
  readonly first: { readonly [Kind in Exclude<Verdict, "same" | "stuck">]?: Divergence };
}

function walkHistory(registered: RegisteredActor, ref: ActorRef, rows: readonly StoredEvent[]): Walk {
  const first: { [Kind in Exclude<Verdict, "same" | "stuck">]?: Divergence } = {};
  let before: ActorState | undefined;
  let endsAsStored = false;
  for (const row of rows) {
    const at = { version: row.version, event: row.type, from: rows[row.version - 2]?.state ?? "" };
    let proven: ProvenEvent;
    try {
      proven = proveEvent(registered, ref, before, row);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      first.throws = { ...at, stored: row.state, replayed: message.split("\n", 1)[0]!.replaceAll(ref.id, "<id>") };
      return { end: undefined, endsAsStored: false, first };
    }
    const { after, differences, effects } = proven;
    if (isIgnored(registered, before, row, proven)) {
      first.refused ??= { ...at, stored: row.state, replayed: `refused in "${after.path}"` };
    }
    for (const { what, stored, replayed } of differences) {
      if (what === "state") first.otherPath ??= { ...at, stored, replayed };
      else if (what === "effects") {
        first.otherEffects ??= { ...at, ...describeBoth(JSON.parse(stored) as Effect[], effects) };
      } else first.otherContext ??= { ...at, stored: "a context", replayed: "another one" };
    }
    endsAsStored = !differences.some(({ what }) => what === "snapshot");
    before = after;
  }
  return { end: before, endsAsStored, first };
}

/** True when the event was proposed and accepted, and is one that the machine would now refuse. */
function isIgnored(
  registered: RegisteredActor,
  before: ActorState | undefined,
  row: StoredEvent,
  { step, after }: ProvenEvent,
): boolean {
  if (before === undefined || after.path !== before.path || step.requests.length > 0) return false;
  if (after.snapshot.context !== before.snapshot.context) return false;
  const metadata = JSON.parse(row.metadata) as EventMetadata;
  if (metadata.settles !== undefined || OUTCOME_NAMES.has(row.type) || row.type === MACHINE_CHANGED) return false;
  if (before.snapshot.status !== "active") return true;
  const data = upcastData(registered, row.type, JSON.parse(row.data) as object, metadata);
  return !before.snapshot.can(machineEventOf(row.type, data));
}

function verdictOf(
  { end, endsAsStored, first }: Walk,
  { candidate, baseline }: Upgrade,
  ref: ActorRef,
  rows: readonly StoredEvent[],
): HistoryVerdict {
  const last = rows.at(-1)!;
  const original = endsAsStored || baseline === undefined ? undefined : originalEnd(baseline, ref, rows);
  const live = endsAsStored ? end!.snapshot.status === "active" : isLive(end, original, last);
  const before = baseline && (original ?? end) && { registered: baseline, end: original ?? end! };
  const stuck = live && end !== undefined ? stuckReason(candidate, ref, rows, end, before) : undefined;
  const breaks = live && (stuck !== undefined || end?.path !== last.state || first.refused !== undefined);
  const answer = (verdict: Verdict, divergence?: Divergence) => ({ verdict, divergence, live, breaks });

  const parted = earliest(first);
  if (parted === "otherPath" && stuck !== undefined) {
    return answer("stuck", { ...first.otherPath!, replayed: `${first.otherPath!.replayed}: ${stuck}` });
  }
  if (parted !== undefined) return answer(parted, first[parted]);
  if (stuck !== undefined) {
    const from = rows.at(-2)?.state ?? "";
    return answer("stuck", { version: last.version, event: last.type, from, stored: last.state, replayed: stuck });
  }
  if (first.otherEffects) return answer("otherEffects", first.otherEffects);
  return first.otherContext ? answer("otherContext", first.otherContext) : answer("same");
}

/** What makes a history go another way, where that first happens: all after it follows from it. */
function earliest(first: Walk["first"]): "refused" | "throws" | "otherPath" | undefined {
  const at = (kind: "refused" | "throws" | "otherPath") => first[kind]?.version ?? Infinity;
  const kinds = (["refused", "throws", "otherPath"] as const).toSorted((a, b) => at(a) - at(b));
  return first[kinds[0]!] && kinds[0];
}

/** The end on the machine that is said to have written the history; undefined when it has not. */
function originalEnd(baseline: RegisteredActor, ref: ActorRef, rows: readonly StoredEvent[]): ActorState | undefined {
  const { end, endsAsStored } = walkHistory(baseline, ref, rows);
  return endsAsStored ? end : undefined;
}

/** Whether the actor was alive when its last event was stored. In doubt it was. */
function isLive(end: ActorState | undefined, original: ActorState | undefined, last: StoredEvent): boolean {
  if (original !== undefined) return original.snapshot.status === "active";
  if (end === undefined || end.path !== last.state || end.snapshot.status === "active") return true;
  if (end.open.some(({ kind }) => kind !== "message")) return true;
  // A state that has become final since: everything is as stored but the end.
  const goingOn = { ...end.snapshot, status: "active", output: undefined };
  return snapshotHash(canonicalSnapshot(goingOn as typeof end.snapshot)) === last.snapshotHash;
}

function describeBoth(stored: readonly Effect[], replayed: readonly Effect[]) {
  const [before, now] = [describe(stored), describe(replayed)];
  return { stored: before, replayed: before === now ? `${now}, with other details` : now };
}

/** Effects without ids, amounts and times. */
function describe(effects: readonly Effect[]): string {
  return effects.length === 0 ? "nothing" : [...new Set(effects.map(nameOf))].join(", ");
}

function nameOf(effect: Effect): string {
  switch (effect.kind) {
    case "activity":
      return `activity ${effect.src}`;
    case "timer":
      return `timer ${effect.send ?? effect.event.type}`;
    case "message":
      return `${effect.event.type} → ${effect.to.type}`;
    case "child":
      return `child ${effect.child}`;
    case "emit":
      return `emit ${effect.event.type}`;
    default:
      return "close";
  }
}
