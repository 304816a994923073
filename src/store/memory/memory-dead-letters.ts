import type { Clock } from "../../kernel/clock.ts";
import type { DeadLetter, DeadLetters } from "../store.ts";

type NewLetter = Omit<DeadLetter, "id" | "recordedAt">;

/** Dead letters in memory. */
export interface MemoryDeadLetters extends DeadLetters {
  /** Buries a letter, or puts it in the place of the one before. */
  replace(letter: NewLetter): void;
  dismiss(source: string, reason: string): void;
}

export function createMemoryDeadLetters(clock: Clock): MemoryDeadLetters {
  const letters = new Map<string, DeadLetter>();
  let lastId = 0;
  const nameOf = (source: string, reason: string) => `${source} ${reason}`;
  const replace = (letter: NewLetter) => {
    const name = nameOf(letter.source, letter.reason);
    const { id, recordedAt } = letters.get(name) ?? { id: String(++lastId), recordedAt: clock.now() };
    letters.set(name, { ...letter, id, recordedAt });
  };
  return {
    async bury(letter) {
      if (!letters.has(nameOf(letter.source, letter.reason))) replace(letter);
    },
    async deadLetters({ limit, after = "0", reason, stream }) {
      return [...letters.values()].filter((letter) =>
        Number(letter.id) > Number(after) && (reason ?? letter.reason) === letter.reason &&
        (stream ?? letter.stream) === letter.stream
      ).slice(0, limit);
    },
    deadLetter: async (id) => [...letters.values()].find((letter) => letter.id === id),
    async removeDeadLetter(id) {
      const letter = [...letters.values()].find((one) => one.id === id);
      return letter !== undefined && letters.delete(nameOf(letter.source, letter.reason));
    },
    async deadLetterReasons() {
      const byReason = Map.groupBy(letters.values(), ({ reason }) => reason);
      return [...byReason].map(([reason, { length: count }]) => ({ reason, count }))
        .toSorted((a, b) => a.reason.localeCompare(b.reason));
    },
    replace,
    dismiss: (source, reason) => void letters.delete(nameOf(source, reason)),
  };
}
