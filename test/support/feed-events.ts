/** Events as they travel, for tests of buses. */
import type { FeedEvent } from "../../src/messaging/bus.ts";

export function feedEvent(position: number, more: Partial<FeedEvent> = {}): FeedEvent {
  return {
    position,
    stream: "actor/a",
    version: position,
    type: "ThingHappened",
    data: JSON.stringify({ n: position, note: 'ä, 😀 and \\ " %' }),
    metadata: JSON.stringify({ id: `m "${position}"`, correlation: "c-1", machine: "m@1#0", node: 7 }),
    state: "open.here | also.there",
    recordedAt: Date.UTC(2026, 0, 1) + position,
    ...more,
  };
}

/** Events with the positions `from` to `to`, inclusive. */
export function feedEvents(from: number, to: number): FeedEvent[] {
  return Array.from({ length: to - from + 1 }, (_, i) => feedEvent(from + i));
}

/** The parts of a received event, read out. */
export function partsOf(event: FeedEvent): FeedEvent {
  const { position, stream, version, type, data, metadata, state, recordedAt } = event;
  return { position, stream, version, type, data, metadata, state, recordedAt };
}
