/** The event store in memory: for unit tests and simulation. Nothing of it outlives the process. */
import type { Clock } from "../../kernel/clock.ts";
import type { Store, StoredEvent } from "../store.ts";
import { createMemoryAudit } from "./memory-audit.ts";
import { createMemoryDeadLetters } from "./memory-dead-letters.ts";
import { createMemoryLeases } from "./memory-leases.ts";
import { createMemoryLog } from "./memory-log.ts";
import { createMemoryMachines } from "./memory-machines.ts";
import { createMemoryParking } from "./memory-parking.ts";
import { createMemoryStanding } from "./memory-standing.ts";
import { createMemoryRegistry, type WaitingEntry } from "./memory-registry.ts";
import { createMemorySubscriptions } from "./memory-subscriptions.ts";

/** @param options.clock the store's one clock */
export function createMemoryStore({ clock }: { clock: Clock }): Store {
  const waiting = new Map<string, WaitingEntry>();
  const listeners = new Set<() => void>();
  const streams = new Map<string, StoredEvent[]>();
  const log = createMemoryLog(clock, waiting, streams);
  const deadLetters = createMemoryDeadLetters(clock);
  const parking = createMemoryParking(deadLetters);
  return {
    description: "memory",
    ...log,
    async append(node, runs) {
      const head = await log.head();
      const results = await log.append(node, runs);
      if (await log.head() > head) { for (const listener of listeners) queueMicrotask(listener); }
      return results;
    },
    ...createMemoryRegistry(clock, waiting),
    ...createMemoryLeases(clock),
    ...createMemoryMachines(streams),
    ...createMemoryAudit(clock),
    ...createMemoryStanding(clock, streams, waiting),
    ...deadLetters,
    ...parking,
    ...createMemorySubscriptions(clock, parking),
    async onAppended(callback) {
      listeners.add(callback);
      return async () => void listeners.delete(callback);
    },
    ping: async () => {},
    close: async () => listeners.clear(),
  };
}
