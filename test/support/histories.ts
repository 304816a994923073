/** What must hold for every history, whatever happened while it was written. */
import type { EventMetadata } from "../../src/runtime/actor-state.ts";
import type { RegisteredActor } from "../../src/runtime/register.ts";
import type { Store, StoredEvent } from "../../src/store/store.ts";
import { ask } from "../invariants/invariant.ts";
import { livesOf } from "../invariants/lives.ts";
import { LOG_INVARIANTS } from "../invariants/log.ts";
import { MESSAGE_INVARIANTS } from "../invariants/messages.ts";

export type Registered = ReadonlyMap<string, RegisteredActor>;

/** The whole log, by stream. */
export async function histories(store: Store): Promise<Map<string, StoredEvent[]>> {
  const streams = new Map<string, StoredEvent[]>();
  for (let after = 0;;) {
    const page = await store.readAll({ after, limit: 5_000 });
    for (const row of page) streams.set(row.stream, [...streams.get(row.stream) ?? [], row]);
    if (page.length === 0) return streams;
    after = page.at(-1)!.position;
  }
}

export const types = (rows: readonly StoredEvent[] = []): string[] => rows.map(({ type }) => type);

/** Everything that is wrong with the log of nodes that lived one after the other; [] when it is as it should be. */
export async function flawsOf(store: Store, registered: Registered): Promise<string[]> {
  const streams = await histories(store);
  const events = [...streams.values()].flat().toSorted((a, b) => a.position - b.position);
  const books = { events, deadLetters: [], requests: [], now: 0, atRest: false };
  const violations = ask([...LOG_INVARIANTS, ...MESSAGE_INVARIANTS], books, livesOf(events, registered));
  return [
    ...violations.map(({ stream, sentence }) => `${stream}: ${sentence}`),
    ...[...streams].flatMap(([stream, rows]) => writersOf(rows).map((flaw) => `${stream}: ${flaw}`)),
  ];
}

/** A node that was taken for dead writes nothing any more. */
function writersOf(rows: readonly StoredEvent[]): string[] {
  const nodes = rows.map(({ metadata }) => (JSON.parse(metadata) as EventMetadata).node);
  return nodes.flatMap((node, i) =>
    node < (nodes[i - 1] ?? 0) ? [`${i + 1} was written by ${node} after ${nodes[i - 1]}`] : []
  );
}
