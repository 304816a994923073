/**
 * The message ids of an actor's last committed events: what makes a repeated proposal answer with its first receipt.
 * Bounded; rebuilt from the events' metadata when the actor wakes up.
 */
const REMEMBERED = 1_024;

export class RecentMessages {
  readonly #positions = new Map<string, number>();
  #forgottenTo = 0;

  /** Remembers the message that became the event at `position`; called in position order. */
  remember(messageId: string, position: number): void {
    this.#positions.set(messageId, position);
    if (this.#positions.size <= REMEMBERED) return;
    for (const [oldest, oldestPosition] of this.#positions) {
      this.#positions.delete(oldest);
      this.#forgottenTo = oldestPosition;
      return;
    }
  }

  has(messageId: string): boolean {
    return this.#positions.has(messageId);
  }

  /**
   * True when a message sent by the event at `sentAt` could have been accepted and forgotten: an event that accepts a
   * message is younger than the one that sent it, so only messages older than what was forgotten are in question.
   */
  mayHaveForgotten(sentAt: number): boolean {
    return sentAt < this.#forgottenTo;
  }
}
