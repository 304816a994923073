import { refOf } from "../../kernel/ids.ts";
import type { ActorState } from "../../runtime/actor-state.ts";
import type { Effect } from "../../runtime/effects.ts";
import type { RegisteredActor } from "../../runtime/register.ts";
import { proveEvent, thrownAt } from "../../runtime/replay.ts";
import { type Histories, historiesOf, type HistorySlice } from "../../store/histories.ts";
import type { StoredEvent } from "../../store/store.ts";
import type { ProvenSlice } from "./jobs.ts";

/** Proves each transition of a slice's histories; one that is not proven ends its history. */
export async function proveSlice(
  store: Histories,
  registered: ReadonlyMap<string, RegisteredActor>,
  slice: HistorySlice,
): Promise<ProvenSlice> {
  const unknown: Record<string, number> = {};
  let [histories, events] = [0, 0];
  let broken: ProvenSlice["broken"];
  for await (const rows of historiesOf(store, slice)) {
    const ref = refOf(rows[0]!.stream);
    const actor = registered.get(ref.type);
    if (actor === undefined) {
      unknown[ref.type] = (unknown[ref.type] ?? 0) + 1;
      continue;
    }
    histories++;
    events += rows.length;
    const found = firstBroken(actor, ref, rows);
    if (found && (broken === undefined || found.row.position < broken.row.position)) broken = found;
  }
  return { histories, events, unknown, broken };
}

function firstBroken(
  actor: RegisteredActor,
  ref: ReturnType<typeof refOf>,
  rows: readonly StoredEvent[],
): ProvenSlice["broken"] {
  let before: ActorState | undefined;
  for (const row of rows) {
    const effects = () => row.effects === null ? [] : JSON.parse(row.effects) as Effect[];
    try {
      const { after, differences } = proveEvent(actor, ref, before, row);
      if (differences.length > 0) return { row, effects: effects(), context: after.snapshot.context, differences };
      before = after;
    } catch (thrown) {
      return { row, effects: effects(), context: undefined, differences: [thrownAt(row, thrown)] };
    }
  }
  return undefined;
}
