/** Following an actor from a position of the log: whoever was cut off goes on exactly where it was. */
import type { ActorRef } from "../kernel/ids.ts";
import type { StoredEvent } from "../projection/projection.ts";
import type { ActorHandle, ActorSystem } from "../runtime/receipt.ts";

export interface FollowOptions {
  /** The position of the last event that was heard. Default 0: the whole history, then what comes. */
  readonly after?: number | undefined;
  /** Aborting it ends the following, without an error. */
  readonly signal?: AbortSignal | undefined;
}

/** The actor's events after a position, each once and in order, as they are committed; see `ActorHandle.subscribe`. */
export async function followActor(
  system: ActorSystem,
  { type, id }: ActorRef,
  { after = 0, signal }: FollowOptions = {},
): Promise<AsyncIterableIterator<StoredEvent>> {
  const actor = system.actor(type, id);
  const fromVersion = await versionAfter(actor, after);
  return actor.subscribe({ fromVersion, ...(signal && { signal }) });
}

/** The version of the first event after a position. Positions rise with versions, so halving finds it. */
export async function versionAfter(actor: ActorHandle, position: number): Promise<number> {
  if (position <= 0) return 1;
  let low = 1;
  let high = ((await actor.snapshot())?.version ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [event] = await actor.events({ fromVersion: middle, limit: 1 });
    if (event !== undefined && event.position <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
