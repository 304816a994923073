/** Recovery: an actor's snapshot, if there is one that fits, and the stored rows after it through the step that made them. */
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { EventLog, LoadedActor } from "../store/store.ts";
import { type ActorState, type EventMetadata, foldEvent, undeliveredOf } from "./actor-state.ts";
import { RecentMessages } from "./recent-messages.ts";
import type { RegisteredActor } from "./register.ts";
import { stateOf } from "./state-snapshot.ts";

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
}

/** @throws StatewrightError `HISTORY_MISMATCH` when today's machine does not arrive where the history was left */
export async function recover(
  log: Pick<EventLog, "load">,
  registered: RegisteredActor,
  ref: ActorRef,
  stream: string,
): Promise<Recovered> {
  const loaded = await log.load(stream, registered.identity);
  const fromSnapshot = loaded.snapshot && recoverFrom(loaded, registered, ref, stream);
  if (fromSnapshot) return fromSnapshot;
  const whole = loaded.snapshot ? await log.load(stream, null) : loaded;
  return recoverFrom(whole, registered, ref, stream) ??
    { committed: undefined, recent: new RecentMessages(), writtenBy: 0, snapshotVersion: 0 };
}

function recoverFrom(
  loaded: LoadedActor,
  registered: RegisteredActor,
  ref: ActorRef,
  stream: string,
): Recovered | undefined {
  const undelivered = undeliveredOf(loaded.open);
  const [first] = loaded.events;
  const revived = loaded.snapshot && stateOf(registered, loaded.snapshot, first, undelivered);
  if (first === undefined || (loaded.snapshot && !revived)) return undefined;
  const recent = new RecentMessages(revived ? first.position : 0);
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
  return { committed, recent, writtenBy, snapshotVersion: loaded.snapshot?.version ?? 0 };
}
