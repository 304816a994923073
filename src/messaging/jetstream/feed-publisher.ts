/**
 * Puts events on the feed, fast and exactly. Every message says after which message of the stream it has to come, so
 * the stream takes them as one chain: what follows a lost message is refused, and so is what a publisher sends who does
 * not know the end of the chain. Hence only the last of a group needs an answer.
 */
import { JetStreamApiCodes, type PubAck } from "@nats-io/jetstream";
import type { MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { CounterMetric } from "../../kernel/metrics.ts";
import { type FeedEvent, feedId, type FeedMark } from "../bus.ts";
import { encodeEvent, type EventMessage, headersOf } from "./cloud-events.ts";
import { busError } from "./failures.ts";

/** What is sent before an answer is awaited. */
const GROUP_EVENTS = 500;
const GROUP_BYTES = 1_048_576;
const ACK_TIMEOUT_MS = 3_000;

const AFTER_SEQUENCE = "Nats-Expected-Last-Sequence";
/** What JetStream knows of the last message only for a while, so that the first of a group cannot ask for it. */
const AFTER_EVENT = "Nats-Expected-Last-Msg-Id";
/** The stream's last message is another one: by the id, by the sequence. */
const ENDS_ELSEWHERE: readonly number[] = [10_070, JetStreamApiCodes.StreamWrongLastSequence];

export interface FeedPublisherOptions {
  client(): NatsConnection;
  /** Where the stream's end is. */
  end(): Promise<FeedMark>;
  readonly logger: Logger;
  /** Counts the events that are too large for the server. */
  readonly skipped: CounterMetric;
}

interface Group {
  readonly messages: EventMessage[];
  bytes: number;
}

export class FeedPublisher {
  readonly #options: FeedPublisherOptions;
  /** The end of the chain; undefined: to be asked for. */
  #end: FeedMark | undefined;
  /** After a refusal one event at a time is sent, because the stream leaves out what it took a short while ago. */
  #carefully = false;

  constructor(options: FeedPublisherOptions) {
    this.#options = options;
  }

  /** Another end of the chain, as the stream has just told. */
  standsAt(end: FeedMark): void {
    this.#end = { incarnation: end.incarnation, taken: end.taken };
  }

  /** @throws StatewrightError `UNAVAILABLE`: any number of the first events may have been taken */
  async publish(events: readonly FeedEvent[], after: number): Promise<FeedMark> {
    try {
      const client = this.#options.client();
      let end = this.#end ?? await this.#options.end();
      this.#end = undefined;
      const store = this.#carefully ? storeSingly : storeAtOnce;
      this.#carefully = true;
      for (const messages of this.#groups(client, events, after)) end = await store(client, messages, end);
      this.#carefully = false;
      this.#end = end;
      return end;
    } catch (thrown) {
      throw busError(thrown);
    }
  }

  *#groups(client: NatsConnection, events: readonly FeedEvent[], after: number): Generator<EventMessage[]> {
    let group: Group = { messages: [], bytes: 0 };
    let previous = after;
    for (const event of events) {
      const message = encodeEvent(event, previous);
      previous = event.position;
      const size = sizeOf(message);
      if (size > (client.info?.max_payload ?? GROUP_BYTES)) {
        this.#skip(event, size);
        continue;
      }
      group.messages.push(message);
      group.bytes += size;
      if (group.messages.length < GROUP_EVENTS && group.bytes < GROUP_BYTES) continue;
      yield group.messages;
      group = { messages: [], bytes: 0 };
    }
    if (group.messages.length > 0) yield group.messages;
  }

  /** The server would cut the connection. The event is in the log, and its absence shows in `ce-prevposition`. */
  #skip(event: FeedEvent, bytes: number): void {
    this.#options.skipped.add();
    this.#options.logger.error(
      { event: feedId(event), position: event.position, bytes },
      "an event is too large for this NATS server (max_payload); it is left out of the feed",
    );
  }
}

/** Room for the header that is added at the sending. */
const MORE_BYTES = 64;

function sizeOf({ head, data }: EventMessage): number {
  // A character of the metadata can be more than a byte.
  return Buffer.byteLength(head) + data.length + MORE_BYTES;
}

async function storeAtOnce(
  client: NatsConnection,
  messages: readonly EventMessage[],
  end: FeedMark,
): Promise<FeedMark> {
  const chain = messages.map((message, i) => {
    const before = messages[i - 1];
    const headers = before === undefined
      ? headersOf(message, AFTER_SEQUENCE, end.taken)
      : headersOf(message, AFTER_EVENT, before.id);
    return { ...message, headers };
  });
  const last = chain.pop()!;
  for (const { subject, data, headers } of chain) client.publish(subject, data, { headers });
  const ack = await acked(client, last);
  const taken = end.taken + messages.length;
  if (!ack.duplicate && ack.seq === taken) return { ...end, taken };
  throw new StatewrightError("UNAVAILABLE", "The stream has not taken all events of a batch; they are sent again");
}

/** What the stream already took within its duplicate window is on it, wherever that is. */
async function storeSingly(
  client: NatsConnection,
  messages: readonly EventMessage[],
  end: FeedMark,
): Promise<FeedMark> {
  let { taken } = end;
  for (const message of messages) {
    const ack = await acked(client, { ...message, headers: headersOf(message, AFTER_SEQUENCE, taken) });
    if (!ack.duplicate) taken = ack.seq;
  }
  return { ...end, taken };
}

/** What JetStream answers to a publish. */
type Answer = PubAck & { readonly error?: { readonly err_code: number; readonly description: string } };

async function acked(client: NatsConnection, message: EventMessage & { headers: MsgHdrs }): Promise<PubAck> {
  const { subject, data, headers } = message;
  const answer = await client.request(subject, data, { headers, timeout: ACK_TIMEOUT_MS });
  const { error, ...ack } = answer.json<Answer>();
  if (error === undefined) return ack;
  const reason = ENDS_ELSEWHERE.includes(error.err_code)
    ? "The stream ends elsewhere than expected; where to go on is asked anew"
    : `The stream does not take an event: ${error.description}`;
  throw new StatewrightError("UNAVAILABLE", reason);
}
