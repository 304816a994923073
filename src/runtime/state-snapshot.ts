/**
 * Snapshots of an actor's state, so that waking it up does not cost its whole history. A cache: it is checked against
 * the event at its version, and anything that does not fit means a full replay.
 */
import type { StoredEvent, StoredSnapshot } from "../store/store.ts";
import type { ActorState } from "./actor-state.ts";
import type { OpenEffect } from "./effects.ts";
import { type MarksJson, MessageMarks } from "./message-marks.ts";
import { versionOf } from "./machine-versions.ts";
import type { ParentLink } from "./parent-link.ts";
import type { RegisteredActor } from "./register.ts";
import { snapshotHash } from "./snapshot-hash.ts";
import { canonicalSnapshot, pathOf, reviveSnapshot } from "./step.ts";

/** Events between two snapshots of one actor. */
export const SNAPSHOT_EVERY = 100;

interface Body {
  /** The canonical snapshot, as text, so that its hash can be compared. */
  readonly snapshot: string;
  readonly open: readonly OpenEffect[];
  readonly parent: ParentLink | null;
  readonly createdAt: number;
  /** Absent in snapshots of the version before. */
  readonly messages?: MarksJson;
  /** Over everything else, since the event's hash covers the machine's snapshot only. */
  readonly seal: string;
}

/** @returns undefined for an actor that has ended: nobody wakes it up for work */
export function takeSnapshot(
  registered: RegisteredActor,
  stream: string,
  state: ActorState,
  createdAt: number,
  marks: MessageMarks,
): StoredSnapshot | undefined {
  const { version, snapshot, open } = state;
  const parent = state.parent ?? null;
  if (snapshot.status !== "active") return undefined;
  const canonical = canonicalSnapshot(snapshot);
  const messages = marks.toJSON();
  const seal = sealOf(canonical, open, parent, createdAt, messages);
  const body: Body = { snapshot: canonical, open, parent, createdAt, messages, seal };
  return { stream, version, machine: versionOf(registered, snapshot).identity, body: JSON.stringify(body) };
}

function sealOf(...content: unknown[]): string {
  return snapshotHash(JSON.stringify(content));
}

export interface RevivedState {
  readonly state: ActorState;
  readonly createdAt: number;
  readonly marks: MessageMarks | undefined;
}

/** Why a snapshot is of no use: it is not of this event, or it cannot be read. */
export type SnapshotFlaw = "mismatch" | "unreadable";

/**
 * The state that a snapshot holds, or what is wrong with it.
 * @param row the event at the snapshot's version
 * @param undelivered the messages that are still open
 */
export function reviveState(
  { machine }: RegisteredActor,
  { body, version }: StoredSnapshot,
  row: StoredEvent | undefined,
  undelivered: ReadonlySet<string>,
): RevivedState | SnapshotFlaw {
  try {
    const { snapshot: canonical, open, parent, createdAt, messages, seal } = JSON.parse(body) as Body;
    const fits = row?.version === version && row.snapshotHash === snapshotHash(canonical) &&
      seal === sealOf(canonical, open, parent, createdAt, ...messages ? [messages] : []);
    if (!fits) return "mismatch";
    const snapshot = reviveSnapshot(machine, canonical);
    const stillOpen = open.filter(({ id, kind }) => kind !== "message" || undelivered.has(id));
    const state = { version, snapshot, path: pathOf(snapshot.value), open: stillOpen, parent: parent ?? undefined };
    return { state, createdAt, marks: messages && MessageMarks.parse(messages) };
  } catch {
    return "unreadable";
  }
}
