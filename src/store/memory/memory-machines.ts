import type { MachineRegistry, StoredEvent } from "../store.ts";

/** The machines that have run on a log in memory. */
export function createMemoryMachines(streams: ReadonlyMap<string, readonly StoredEvent[]>): MachineRegistry {
  const machines = new Map<string, Set<string>>();
  return {
    async meetMachine(type, identity) {
      const known = machines.get(type) ?? new Set<string>();
      const earlier = [...known].filter((each) => each !== identity);
      machines.set(type, known.add(identity));
      return earlier;
    },
    async standingStates(type) {
      const counts = new Map<string, number>();
      for (const [stream, rows] of streams) {
        const { state } = rows.at(-1)!;
        if (stream.startsWith(`${type}/`)) counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      return [...counts].sort(([a], [b]) => a < b ? -1 : 1).map(([state, count]) => ({ state, count }));
    },
  };
}
