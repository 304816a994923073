/**
 * Which messages an actor may have met, as a snapshot keeps it: 32 bits of each id. What has no mark here is new; what
 * has one is to be looked for in the log.
 */

export class MessageMarks {
  /** From this version on, every event's message has its mark. */
  readonly fromVersion: number;
  /** In the order of the events. */
  readonly #marks: Uint32Array;

  private constructor(fromVersion: number, marks: Uint32Array) {
    this.fromVersion = fromVersion;
    this.#marks = marks;
  }

  /** None, for an actor of which nothing is known before that version. */
  static from(version: number): MessageMarks {
    return new MessageMarks(version, new Uint32Array());
  }

  static parse({ fromVersion, marks }: MarksJson): MessageMarks {
    const bytes = Uint8Array.from(Buffer.from(marks, "base64"));
    return new MessageMarks(fromVersion, new Uint32Array(bytes.buffer));
  }

  mayHave(messageId: string): boolean {
    return this.#marks.includes(markOf(messageId));
  }

  /**
   * With the messages of the events behind them.
   * @param limit of the events that are kept, the newest of which is `version`
   */
  with(messageIds: readonly string[], version: number, limit: number): MessageMarks {
    const marks = Uint32Array.from([...this.#marks, ...messageIds.map(markOf)]);
    if (marks.length <= limit) return new MessageMarks(this.fromVersion, marks);
    return new MessageMarks(Math.max(this.fromVersion, version - limit + 1), marks.slice(-limit));
  }

  toJSON(): MarksJson {
    const { buffer, byteOffset, byteLength } = this.#marks;
    return { fromVersion: this.fromVersion, marks: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
  }
}

export interface MarksJson {
  readonly fromVersion: number;
  /** Base64. */
  readonly marks: string;
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), over UTF-16 units. */
function markOf(text: string): number {
  let mark = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) mark = Math.imul(mark ^ text.charCodeAt(i), 0x01000193);
  return mark >>> 0;
}
