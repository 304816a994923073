/** Runs and events for tests of the event store. */
import type { AppendRun, NewEvent, Waiting } from "../../src/store/store.ts";

export function newEvent(type: string, more: Partial<NewEvent> = {}): NewEvent {
  return {
    type,
    data: JSON.stringify({ note: 'ä, 😀 and \\ " \n', amount: "2999" }),
    state: "open",
    effects: null,
    snapshotHash: "0123456789abcdef",
    metadata: JSON.stringify({ id: `message of ${type}` }),
    ...more,
  };
}

/** A run of as many events as there are types. */
export function newRun(
  stream: string,
  expectedVersion: number,
  types: readonly string[],
  more: Partial<AppendRun> = {},
): AppendRun {
  return {
    stream,
    expectedVersion,
    events: types.map((type) => newEvent(type)),
    waiting: null,
    requestKeys: [],
    ...more,
  };
}

export function waitingFor(more: Partial<Waiting> = {}): Waiting {
  return { dueAt: null, dueInMs: null, busy: false, open: "[]", ...more };
}
