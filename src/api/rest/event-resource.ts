import type { StoredEvent } from "../../projection/projection.ts";

/** What is shown of an event's metadata; the rest is bookkeeping. */
const SHOWN_METADATA = ["id", "correlation", "causation", "settles", "machine"];

/** An event as it is in the log. */
export function eventResource(event: StoredEvent) {
  const { type, version, position, data, state, effects, snapshotHash, metadata, recordedAt } = event;
  const known = JSON.parse(metadata) as Record<string, unknown>;
  return {
    type,
    version,
    position,
    data: JSON.parse(data) as unknown,
    state,
    recordedAt: new Date(recordedAt).toISOString(),
    effects: effects === null ? [] : JSON.parse(effects) as unknown,
    snapshotHash,
    metadata: Object.fromEntries(
      SHOWN_METADATA.flatMap((name) => known[name] === undefined ? [] : [[name, known[name]]]),
    ),
  };
}
