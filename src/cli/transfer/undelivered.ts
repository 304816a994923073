/** Which messages were on their way at a position of the log, though nodes go on delivering while it is read. */
import type { EventMetadata } from "../../runtime/actor-state.ts";
import type { Effect, Message } from "../../runtime/effects.ts";
import { undeliveredOf } from "../../runtime/actor-state.ts";
import type { EventLog, NodeRegistry, StoredEvent } from "../../store/store.ts";

const PAGE = 5_000;

export class Undelivered {
  readonly #store: Pick<EventLog, "readAll"> & Pick<NodeRegistry, "waiting">;
  /** What has come of messages since: `<target> <why>`. */
  readonly #since = new Set<string>();
  #readTo: number;

  constructor(store: Pick<EventLog, "readAll"> & Pick<NodeRegistry, "waiting">, head: number) {
    this.#store = store;
    this.#readTo = head;
  }

  /** Of a history that ends at the head: `<version>/<n>` each. */
  async of(rows: readonly StoredEvent[]): Promise<string[]> {
    const sent = rows.flatMap(messagesOf);
    if (sent.length === 0) return [];
    // In this order: what is delivered in between is met in the log.
    const waiting = await this.#store.waiting(rows[0]!.stream);
    await this.#readOn();
    const open = undeliveredOf(waiting);
    return sent.filter(({ id, marks }) => open.has(id) || marks.some((mark) => this.#since.has(mark))).map(({ id }) =>
      id
    );
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const page = await this.#store.readAll({ after: this.#readTo, limit: PAGE });
      for (const { stream, metadata } of page) {
        const { id, causation, settles } = JSON.parse(metadata) as EventMetadata;
        for (const mark of [id, causation, settles]) if (mark !== undefined) this.#since.add(`${stream} ${mark}`);
      }
      this.#readTo = page.at(-1)?.position ?? this.#readTo;
      if (page.length < PAGE) return;
    }
  }
}

/** A row's messages, each with what its delivery leaves in an event of the target: see `runtime/delivery.ts`. */
function messagesOf({ stream, version, effects }: StoredEvent): { id: string; marks: string[] }[] {
  if (effects === null || !effects.includes('"message"')) return [];
  return (JSON.parse(effects) as Effect[]).flatMap((effect, n) => {
    if (effect.kind !== "message") return [];
    const id = `${version}/${n}`;
    return [{ id, marks: marksOf(effect, `${stream}/${id}`, `${stream}/${version}`) }];
  });
}

function marksOf({ to, link }: Message, id: string, event: string): string[] {
  const target = `${to.type}/${to.id}`;
  if (link?.as === "outcome") return [`${target} ${link.effect}`];
  return [`${target} ${link?.as === "stop" ? event : id}`];
}
