import { refOf } from "../../kernel/ids.ts";
import { groupKey, judgeHistory, type Upgrade } from "../../runtime/upgrade-check.ts";
import { type Histories, historiesOf, type HistorySlice } from "../../store/histories.ts";
import type { CheckedSlice, HistoryGroup } from "./jobs.ts";

/** Streams that a group names. */
const NAMED = 5;
/** Groups that are kept apart; a change of which more could be said is wrong in every way. */
const MAX_GROUPS = 200;

/** Compares a slice's histories with the changed machines. Types without one are left out. */
export async function checkSlice(
  store: Histories,
  upgrades: ReadonlyMap<string, Upgrade>,
  slice: HistorySlice,
): Promise<CheckedSlice> {
  const groups = new Map<string, HistoryGroup>();
  const unknown: Record<string, number> = {};
  let [histories, events] = [0, 0];
  for await (const rows of historiesOf(store, slice)) {
    const { stream } = rows[0]!;
    const ref = refOf(stream);
    const upgrade = upgrades.get(ref.type);
    if (upgrade === undefined) {
      unknown[ref.type] = (unknown[ref.type] ?? 0) + 1;
      continue;
    }
    histories++;
    events += rows.length;
    const verdict = judgeHistory(upgrade, ref, rows);
    const live = verdict.live ? 1 : 0;
    addGroup(groups, { type: ref.type, verdict, histories: 1, live, streams: [stream], example: rows });
  }
  return { histories, events, unknown, groups };
}

/** Adds a group to those of the same key; what is too much goes with the first of its verdict. */
export function addGroup(groups: Map<string, HistoryGroup>, group: HistoryGroup): void {
  const key = `${group.type} ${groupKey(group.verdict)}`;
  const known = groups.get(key) ?? (groups.size < MAX_GROUPS ? undefined : alike(groups, group));
  if (known === undefined) {
    groups.set(key, group);
    return;
  }
  known.histories += group.histories;
  known.live += group.live;
  known.streams.push(...group.streams.slice(0, NAMED - known.streams.length));
  if (group.example.length < known.example.length) known.example = group.example;
}

function alike(groups: ReadonlyMap<string, HistoryGroup>, { type, verdict }: HistoryGroup): HistoryGroup | undefined {
  return [...groups.values()].find((each) =>
    each.type === type && each.verdict.verdict === verdict.verdict && each.verdict.breaks === verdict.breaks
  );
}
