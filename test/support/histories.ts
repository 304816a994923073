/** What must hold for every history, whatever happened while it was written. */
import type { EventMetadata } from "../../src/runtime/actor-state.ts";
import type { RegisteredActor } from "../../src/runtime/register.ts";
import { replayEvents } from "../../src/runtime/replay.ts";
import { refOf } from "../../src/kernel/ids.ts";
import { type Store, type StoredEvent } from "../../src/store/store.ts";

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

/** Everything that is wrong with the log; [] when each history is dense, in order, told once, and proven by its replay. */
export async function flawsOf(store: Store, registered: Registered): Promise<string[]> {
  const flaws: string[] = [];
  for (const [stream, rows] of await histories(store)) {
    flaws.push(
      ...[...flawsOfHistory(rows), ...await differences(registered, rows)].map((flaw) => `${stream}: ${flaw}`),
    );
  }
  return flaws;
}

function flawsOfHistory(rows: readonly StoredEvent[]): string[] {
  const flaws: string[] = [];
  const about = rows.map(({ metadata }) => JSON.parse(metadata) as EventMetadata);
  rows.forEach(({ version, type }, i) => {
    const { node, settles, id } = about[i]!;
    if (version !== i + 1) flaws.push(`version ${version} stands in place ${i + 1}`);
    if (node < (about[i - 1]?.node ?? 0)) flaws.push(`${version} was written by ${node} after ${about[i - 1]?.node}`);
    const twice = about.findIndex((other) =>
      (settles !== undefined && other.settles === settles) || (id !== undefined && other.id === id)
    );
    if (twice !== i && (settles ?? id) !== undefined) {
      flaws.push(`${version} (${type}) tells again what ${twice + 1} told`);
    }
  });
  return flaws;
}

async function differences(registered: Registered, rows: readonly StoredEvent[]): Promise<string[]> {
  const ref = refOf(rows[0]!.stream);
  const found: string[] = [];
  let replayed = 0;
  for await (const { row, differences } of replayEvents(registered.get(ref.type)!, ref, rows)) {
    replayed++;
    for (const { what, stored, replayed } of differences) found.push(`${row.version} ${what}: ${stored} ≠ ${replayed}`);
  }
  return replayed === rows.length ? found : [...found, `only ${replayed} of ${rows.length} events replay`];
}
