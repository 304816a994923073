/**
 * The message ids of an actor's last committed events: what makes a repeated proposal answer with its first receipt.
 * Bounded; rebuilt from the events' metadata when the actor wakes up.
 */
import type { EventLog, StoredEvent } from "../store/store.ts";
import type { ProposalEntry } from "./run.ts";

const REMEMBERED = 1_024;

export class RecentMessages {
  /** Made with the first message: most actors in memory are told nothing for long. */
  #positions: Map<string, number> | undefined;
  /** Goes on from where it forgot last: a new iterator looks at all that was deleted from the front before. */
  #oldest: MapIterator<[string, number]> | undefined;
  #forgottenTo: number;
  readonly #startsAtVersion: number;

  /** @param snapshot where nothing is known before, because the actor was woken up from there */
  constructor(snapshot: { readonly version: number; readonly position: number } = { version: 0, position: 0 }) {
    this.#startsAtVersion = snapshot.version;
    this.#forgottenTo = snapshot.position;
  }

  /** Remembers the message that became the event at `position`; called in position order. */
  remember(messageId: string, position: number): void {
    this.#positions ??= new Map();
    this.#positions.set(messageId, position);
    if (this.#positions.size <= REMEMBERED) return;
    this.#oldest ??= this.#positions.entries();
    const [oldest, oldestPosition] = this.#oldest.next().value!;
    this.#positions.delete(oldest);
    this.#forgottenTo = oldestPosition;
  }

  /**
   * The event that a proposal became when it was made before; undefined when it is new, for all that is promised to be
   * remembered.
   * @param version the actor's
   */
  lookUp(
    log: Pick<EventLog, "findMessage" | "readAll">,
    stream: string,
    { proposal: { messageId }, sentAt, lookedUp }: ProposalEntry,
    version: number,
  ): Promise<StoredEvent | undefined> | undefined {
    if (messageId === undefined) return undefined;
    const position = this.#positions?.get(messageId);
    if (position !== undefined) return log.readAll({ after: position - 1, limit: 1 }).then(([row]) => row);
    const from = lookedUp ? undefined : this.#searchFrom(sentAt, version);
    return from === undefined ? undefined : log.findMessage(stream, messageId, from);
  }

  /**
   * The version from which on a message has to be looked for, if it has. An event that accepts a message is younger than
   * the one that sent it, so of messages between actors only those are in question that are older than what was forgotten.
   */
  #searchFrom(sentAt: number | undefined, version: number): number | undefined {
    if (sentAt !== undefined) return sentAt < this.#forgottenTo ? 1 : undefined;
    const oldest = Math.max(1, version - REMEMBERED + 1);
    return oldest <= this.#startsAtVersion ? oldest : undefined;
  }
}
