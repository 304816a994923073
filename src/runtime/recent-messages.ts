/**
 * The message ids of an actor's last committed events: what makes a repeated proposal answer with its first receipt.
 * Bounded; rebuilt from the events' metadata when the actor wakes up.
 */
const REMEMBERED = 1_024;

export class RecentMessages {
  /** Made with the first message: most actors in memory are told nothing for long. */
  #positions: Map<string, number> | undefined;
  #forgottenTo: number;
  readonly #startsAt: number;

  /** @param startsAt the position before which nothing is known, because the actor was woken up from a snapshot */
  constructor(startsAt = 0) {
    this.#startsAt = startsAt;
    this.#forgottenTo = startsAt;
  }

  /** Remembers the message that became the event at `position`; called in position order. */
  remember(messageId: string, position: number): void {
    this.#positions ??= new Map();
    this.#positions.set(messageId, position);
    if (this.#positions.size <= REMEMBERED) return;
    for (const [oldest, oldestPosition] of this.#positions) {
      this.#positions.delete(oldest);
      this.#forgottenTo = oldestPosition;
      return;
    }
  }

  has(messageId: string): boolean {
    return this.#positions?.has(messageId) ?? false;
  }

  /**
   * True when a message could have been accepted and forgotten. An event that accepts a message is younger than the one
   * that sent it, so of messages between actors only those are in question that are older than what was forgotten.
   * @param sentAt the position of the event that sent it; undefined for a message from outside
   */
  mayHaveForgotten(sentAt: number | undefined): boolean {
    return sentAt === undefined ? this.#startsAt > 0 : sentAt < this.#forgottenTo;
  }
}
