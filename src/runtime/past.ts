/** Actors as they were: their histories folded up to a version. */
import { StatewrightError } from "../kernel/errors.ts";
import { streamOf } from "../kernel/ids.ts";
import { type EventLog, readStream } from "../store/store.ts";
import { allowedEvents } from "./acceptance.ts";
import { type ActorState, type EventMetadata, foldEvent } from "./actor-state.ts";
import type { ActorDefinition, Proposer } from "./definition.ts";
import type { ActorPast, ActorSnapshot } from "./receipt.ts";
import { registerActors } from "./register.ts";

/** A look back folds so many events at most. */
const MAX_VERSION = 100_000;

const NOTHING_UNDER_WAY: ReadonlySet<string> = new Set();

export function createPast(actors: readonly ActorDefinition[], log: EventLog): ActorPast {
  const registry = registerActors(actors);
  return {
    async at(ref, version): Promise<ActorSnapshot | undefined> {
      const registered = registry.get(ref.type);
      if (registered === undefined) throw new StatewrightError("NOT_FOUND", `There is no actor type ${ref.type}`);
      if (version > MAX_VERSION) {
        throw new StatewrightError("LIMIT", `A look back goes as far as version ${MAX_VERSION}`);
      }
      let state: ActorState | undefined;
      let createdAt = 0;
      for await (const row of readStream(log, streamOf(ref))) {
        state = foldEvent(registered, ref, state, row, JSON.parse(row.metadata) as EventMetadata, NOTHING_UNDER_WAY);
        createdAt ||= row.recordedAt;
        if (row.version < version) continue;
        const { path, snapshot: { status, tags, context } } = state;
        const { position, recordedAt: updatedAt } = row;
        const allowed = (by: Proposer) => allowedEvents(registered, state!, by);
        return { ref, version, position, state: path, status, tags: [...tags], context, allowed, createdAt, updatedAt };
      }
      return undefined;
    },
  };
}
