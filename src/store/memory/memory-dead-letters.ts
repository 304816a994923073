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
    async deadLetters({ limit, after = "0" }) {
      return [...letters.values()].filter(({ id }) => Number(id) > Number(after)).slice(0, limit);
    },
    replace,
    dismiss: (source, reason) => void letters.delete(nameOf(source, reason)),
  };
}
