/**
 * The message ids of an actor's last committed events: what makes a repeated proposal answer with its first receipt.
 * Bounded; rebuilt from the events' metadata when the actor wakes up. Of those before its snapshot there are marks only.
 */
import type { EventLog, StoredEvent } from "../store/store.ts";
import { MessageMarks } from "./message-marks.ts";
import type { ProposalEntry } from "./run.ts";

const REMEMBERED = 1_024;

export class RecentMessages {
  /** Made with the first message: most actors in memory are told nothing for long. */
  #positions: Map<string, number> | undefined;
  /** Goes on from where it forgot last: a new iterator looks at all that was deleted from the front before. */
  #oldest: MapIterator<[string, number]> | undefined;
  #forgottenTo: number;
  readonly #startsAtVersion: number;
  /** Of the events up to the one it starts at. */
  readonly #marks: MessageMarks | undefined;

  /** @param snapshot the event of the snapshot from which the actor was woken up */
  constructor(
    snapshot: { readonly version: number; readonly position: number } = { version: 0, position: 0 },
    marks?: MessageMarks,
  ) {
    this.#startsAtVersion = snapshot.version;
    this.#forgottenTo = snapshot.position;
    this.#marks = marks;
  }

  /** For a snapshot at this version, the newest. */
  marks(version: number): MessageMarks {
    const before = this.#marks ?? MessageMarks.from(this.#startsAtVersion + 1);
    return before.with([...this.#positions?.keys() ?? []], version, REMEMBERED);
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
    const from = lookedUp ? undefined : this.#searchFrom(messageId, sentAt, version);
    return from === undefined ? undefined : log.findMessage(stream, messageId, from);
  }

  /**
   * The version from which on a message has to be looked for, if it has. An event that accepts a message is younger than
   * the one that sent it, so of messages between actors only those are in question that are older than what was forgotten.
   */
  #searchFrom(messageId: string, sentAt: number | undefined, version: number): number | undefined {
    if (sentAt !== undefined) return sentAt < this.#forgottenTo ? 1 : undefined;
    const oldest = Math.max(1, version - REMEMBERED + 1);
    if (oldest > this.#startsAtVersion) return undefined;
    const isNew = this.#marks && this.#marks.fromVersion <= oldest && !this.#marks.mayHave(messageId);
    return isNew ? undefined : oldest;
  }
}
