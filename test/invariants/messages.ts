/** What comes of everything that is said: by people over a door, and by actors to each other. */
import { streamOf } from "../../src/kernel/ids.ts";
import type { Message } from "../../src/runtime/effects.ts";
import type { AnsweredRequest, LogBooks } from "./books.ts";
import type { Breach, Invariant } from "./invariant.ts";
import { type Lives, messagesOf, type Moment } from "./lives.ts";

const acknowledgedIsOnce: Invariant<LogBooks> = {
  name: "acknowledged is exactly once, refused is none, unknown is at most once",
  *breaches({ requests }, lives) {
    const times = new Map<string, number>();
    for (const { moments } of lives.values()) {
      for (const { metadata: { id } } of moments) if (id !== undefined) times.set(id, (times.get(id) ?? 0) + 1);
    }
    for (const request of requests) {
      const created = "creates" in request;
      const count = created ? (lives.has(request.creates) ? 1 : 0) : times.get(request.messageId) ?? 0;
      if (isRight(request, count)) continue;
      const name = created ? request.creates : request.messageId;
      yield {
        stream: created ? name : "",
        sentence: `${name} was ${request.outcome} and is ${count} times in the log`,
      };
    }
  },
};

function isRight({ outcome }: AnsweredRequest, count: number): boolean {
  if (outcome === "unknown") return count <= 1;
  return count === (outcome === "acknowledged" ? 1 : 0);
}

interface Sent extends Message {
  /** `<stream>/<version>/<n>` */
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly place: number;
  readonly sentAt: Moment;
}

/** All messages, by their ids, in the order in which each actor sent them. */
function sentMessages(lives: Lives): Map<string, Sent> {
  const sent = new Map<string, Sent>();
  for (const { stream: source, moments } of lives.values()) {
    for (const sentAt of moments) {
      for (const { n, ...message } of messagesOf(sentAt)) {
        const id = `${source}/${sentAt.row.version}/${n}`;
        sent.set(id, { ...message, id, source, target: streamOf(message.to), place: sent.size, sentAt });
      }
    }
  }
  return sent;
}

const isEffectId = (id: string) => /^[^/]+\/[^/]+\/\d+\/\d+$/.test(id);

const messagesAreTakenOnce: Invariant<LogBooks> = {
  name: "a message is taken once, by whom it was for, after it was sent, and in its turn",
  *breaches(_, lives) {
    const sent = sentMessages(lives);
    for (const { stream, moments } of lives.values()) {
      const heard = new Set<string>();
      const latest = new Map<string, number>();
      for (const { row, metadata: { id } } of moments) {
        if (id === undefined) continue;
        if (heard.has(id)) yield { stream, sentence: `version ${row.version} (${row.type}) is ${id} a second time` };
        heard.add(id);
        const message = sent.get(id);
        if (message === undefined) {
          if (isEffectId(id)) yield { stream, sentence: `version ${row.version} (${row.type}) was never sent: ${id}` };
          continue;
        }
        yield* takenWrongly(stream, row, message);
        if (message.place < (latest.get(message.source) ?? -1)) {
          yield { stream, sentence: `version ${row.version} (${row.type}) overtook a message of ${message.source}` };
        }
        latest.set(message.source, message.place);
      }
    }
  },
};

function* takenWrongly(stream: string, row: Moment["row"], { target, event, sentAt, id }: Sent): Generator<Breach> {
  if (target !== stream) yield { stream, sentence: `version ${row.version} took ${id}, which is for ${target}` };
  if (row.position <= sentAt.row.position) {
    yield { stream, sentence: `version ${row.version} took ${id} before it was sent` };
  }
  if (event.type !== row.type) {
    yield { stream, sentence: `version ${row.version} is ${row.type}, but ${id} is ${event.type}` };
  }
}

/** Each message is in its target's stream, in the dead letters, answered to its sender, or in the row of who sends it. */
const noMessageIsLost: Invariant<LogBooks> = {
  name: "no message is lost",
  *breaches({ waiting, deadLetters }, lives) {
    if (waiting === undefined) return;
    const over = new Set(deadLetters.map(({ source }) => source));
    for (const { stream, moments } of lives.values()) {
      for (const { metadata } of moments) {
        if (metadata.id !== undefined) over.add(metadata.id);
        if (metadata.settles !== undefined) over.add(`${stream}/${metadata.settles}`);
      }
    }
    for (const { stream, open } of waiting) {
      for (const { effect } of JSON.parse(open) as { effect: string }[]) over.add(`${stream}/${effect}`);
    }
    for (const { id, source, target, event, link } of sentMessages(lives).values()) {
      // What a child says to its parent, and the word to stop, are no events of their own.
      if (link !== undefined || over.has(id)) continue;
      yield { stream: source, sentence: `${event.type} to ${target} (${id}) is nowhere` };
    }
  },
};

export const MESSAGE_INVARIANTS: readonly Invariant<LogBooks>[] = [
  acknowledgedIsOnce,
  messagesAreTakenOnce,
  noMessageIsLost,
];
