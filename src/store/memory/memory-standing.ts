import type { Clock } from "../../kernel/clock.ts";
import { refOf } from "../../kernel/ids.ts";
import type { Standing } from "../standing.ts";
import type { StoredEvent, WaitingRow } from "../store.ts";

export function createMemoryStanding(
  clock: Clock,
  streams: ReadonlyMap<string, readonly StoredEvent[]>,
  waiting: ReadonlyMap<string, WaitingRow>,
): Standing {
  return {
    now: async () => clock.now(),
    async standing({ type, before, limit }) {
      const found = [...streams.keys()].filter((stream) =>
        (type === undefined || refOf(stream).type === type) && (before === undefined || stream < before)
      ).toSorted().toReversed().slice(0, limit);
      return found.map((stream) => {
        const { version, type, state, recordedAt } = streams.get(stream)!.at(-1)!;
        const { dueAt = null, open = null } = waiting.get(stream) ?? {};
        return { stream, version, type, state, recordedAt, dueAt, open };
      });
    },
  };
}
