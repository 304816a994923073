/** Recovery: the stored rows of an actor through the same step that made them. */
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { EventLog } from "../store/store.ts";
import { type ActorState, type EventMetadata, foldEvent, undeliveredOf } from "./actor-state.ts";
import { RecentMessages } from "./recent-messages.ts";
import type { RegisteredActor } from "./register.ts";

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
}

/** @throws StatewrightError `HISTORY_MISMATCH` when today's machine does not arrive where the history was left */
export async function recover(
  log: Pick<EventLog, "load">,
  registered: RegisteredActor,
  ref: ActorRef,
  stream: string,
): Promise<Recovered> {
  const { events, open } = await log.load(stream, 1);
  const recent = new RecentMessages();
  const undelivered = undeliveredOf(open);
  let state: ActorState | undefined;
  for (const row of events) {
    state = foldEvent(registered, ref, state, row, undelivered);
    const { id } = JSON.parse(row.metadata) as EventMetadata;
    if (id !== undefined) recent.remember(id, row.position);
  }
  const newest = events.at(-1);
  if (state === undefined || newest === undefined) return { committed: undefined, recent };
  if (state.path !== newest.state) {
    throw new StatewrightError(
      "HISTORY_MISMATCH",
      `${stream} was left in "${newest.state}", but today's machine arrives at "${state.path}": replay it to see where they part`,
    );
  }
  const { recordedAt: createdAt } = events[0]!;
  return { committed: { state, position: newest.position, createdAt, updatedAt: newest.recordedAt }, recent };
}
