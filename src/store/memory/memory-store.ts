/** The event store in memory: for unit tests and simulation. Nothing of it outlives the process. */
import type { Clock } from "../../kernel/clock.ts";
import type { DeadLetter, DeadLetters, Store, StoredEvent } from "../store.ts";
import { createMemoryLog } from "./memory-log.ts";
import { createMemoryMachines } from "./memory-machines.ts";
import { createMemoryRegistry, type WaitingEntry } from "./memory-registry.ts";

/** @param options.clock the store's one clock */
export function createMemoryStore({ clock }: { clock: Clock }): Store {
  const waiting = new Map<string, WaitingEntry>();
  const listeners = new Set<() => void>();
  const streams = new Map<string, StoredEvent[]>();
  const log = createMemoryLog(clock, waiting, streams);
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
    ...createMemoryMachines(streams),
    ...createDeadLetters(clock),
    async onAppended(callback) {
      listeners.add(callback);
      return async () => void listeners.delete(callback);
    },
    ping: async () => {},
    close: async () => listeners.clear(),
  };
}

function createDeadLetters(clock: Clock): DeadLetters {
  const letters = new Map<string, DeadLetter>();
  return {
    async bury(letter) {
      const known = `${letter.source} ${letter.reason}`;
      if (!letters.has(known)) letters.set(known, { ...letter, id: String(letters.size + 1), recordedAt: clock.now() });
    },
    async deadLetters({ limit, after = "0" }) {
      return [...letters.values()].slice(Number(after), Number(after) + limit);
    },
  };
}
