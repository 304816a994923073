/** Recovery: an actor's snapshot, if there is one that fits, and the stored rows after it through the step that made them. */
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { EventLog, LoadedActor, WaitingRow } from "../store/store.ts";
import { type ActorState, type EventMetadata, foldEvent, undeliveredOf } from "./actor-state.ts";
import { type OpenEffect, waitingFor } from "./effects.ts";
import { RecentMessages } from "./recent-messages.ts";
import type { RegisteredActor } from "./register.ts";
import { type RevivedState, reviveState, type SnapshotFlaw } from "./state-snapshot.ts";

/** An actor as it is durable. */
export interface Committed {
  state: ActorState;
  position: number;
  createdAt: number;
  updatedAt: number;
}

export interface Recovered {
  /** Undefined when there is no such actor. */
  readonly committed: Committed | undefined;
  readonly recent: RecentMessages;
  /** The epoch of the node that wrote its newest event; 0 when there is none. */
  readonly writtenBy: number;
  /** The version of the snapshot it was recovered from; 0 for none. */
  readonly snapshotVersion: number;
  /** False when its waiting row is of an earlier moment, or was put off. */
  readonly isRowExact: boolean;
}

/**
 * @param snapshotIgnored is told that a snapshot did not fit, and the whole history is replayed instead
 * @throws StatewrightError `HISTORY_MISMATCH` when today's machine does not arrive where the history was left
 */
export async function recover(
  log: Pick<EventLog, "load">,
  registered: RegisteredActor,
  ref: ActorRef,
  stream: string,
  snapshotIgnored: (flaw: SnapshotFlaw) => void = () => {},
): Promise<Recovered> {
  const loaded = await log.load(stream, registered.identity);
  const revived = loaded.snapshot &&
    reviveState(registered, loaded.snapshot, loaded.events[0], undeliveredOf(loaded.waiting));
  if (typeof revived !== "string") return replay(loaded, revived, registered, ref, stream);
  snapshotIgnored(revived);
  return replay(await log.load(stream, null), undefined, registered, ref, stream);
}

/** @param revived what the snapshot holds; the first event is the one that led to it */
function replay(
  loaded: LoadedActor,
  revived: RevivedState | undefined,
  registered: RegisteredActor,
  ref: ActorRef,
  stream: string,
): Recovered {
  const undelivered = undeliveredOf(loaded.waiting);
  const [first] = loaded.events;
  if (first === undefined) {
    return { committed: undefined, recent: new RecentMessages(), writtenBy: 0, snapshotVersion: 0, isRowExact: true };
  }
  const recent = new RecentMessages(revived && first, revived?.marks);
  let state = revived?.state;
  for (const row of revived ? loaded.events.slice(1) : loaded.events) {
    const metadata = JSON.parse(row.metadata) as EventMetadata;
    state = foldEvent(registered, ref, state, row, metadata, undelivered);
    if (metadata.id !== undefined) recent.remember(metadata.id, row.position);
  }
  const newest = loaded.events.at(-1)!;
  if (state?.path !== newest.state) {
    throw new StatewrightError(
      "HISTORY_MISMATCH",
      `${stream} was left in "${newest.state}", but today's machine arrives at "${state?.path}": replay it to see where they part`,
    );
  }
  const createdAt = revived?.createdAt ?? first.recordedAt;
  const committed = { state, position: newest.position, createdAt, updatedAt: newest.recordedAt };
  const { node: writtenBy } = JSON.parse(newest.metadata) as EventMetadata;
  const isRowExact = isOf(loaded.waiting, state.open);
  return { committed, recent, writtenBy, snapshotVersion: revived?.state.version ?? 0, isRowExact };
}

function isOf(row: WaitingRow | undefined, open: readonly OpenEffect[]): boolean {
  const exact = waitingFor(open);
  return row?.open === exact?.open && row?.dueAt === exact?.dueAt;
}
