import { refOf } from "../../kernel/ids.ts";
import type { StoredEvent } from "../../projection/projection.ts";

/** What a batch of events makes of one actor. */
export interface ActorChange {
  readonly id: string;
  /** Its first event, when that is in the batch. */
  readonly created: StoredEvent | undefined;
  readonly latest: StoredEvent;
  /** What the events after the first one change, the last word counting. */
  readonly changes: Readonly<Record<string, unknown>>;
}

/**
 * One change an actor: within a batch only the last state can be seen afterwards, so one row each is written once.
 * @param changesOf what an event after the first one changes in the row; `{}` for most
 */
export function byActor(events: readonly StoredEvent[], changesOf: (event: StoredEvent) => object): ActorChange[] {
  const found = new Map<string, ActorChange>();
  for (const event of events) {
    const before = found.get(event.stream);
    found.set(event.stream, {
      id: refOf(event.stream).id,
      created: event.version === 1 ? event : before?.created,
      latest: event,
      changes: event.version === 1 ? {} : { ...before?.changes, ...changesOf(event) },
    });
  }
  return [...found.values()];
}

/** The members that every summary has of an actor's latest event. */
export function standingOf({ id, latest: { version, recordedAt } }: ActorChange) {
  return { id, version, updated_at: new Date(recordedAt).toISOString() };
}

/** The column in an update: the row's change, where there is one; a change to null takes the value away. */
export function changed(column: string, field: string): string {
  return `case when r.changes->'${field}' is null then t.${column} else r.changes->>'${field}' end`;
}
