/** Asks a consumer for what it has now, and for nothing that comes later. */
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";

/** A message that a consumer has handed out. */
export interface Pulled {
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly text: string;
  /** How often it was handed out, this time included. */
  readonly delivered: number;
  /** When the stream took it, in ms since the epoch by the broker's clock. */
  readonly storedAt: number;
  /** Where it is answered. */
  readonly reply: string;
}

/** How long the first answer may take, and how long a broker may be silent before it has no more. */
const ANSWER_WITHIN_MS = 5_000;
const QUIET_MS = 20;

/**
 * Pulls up to `wanted` messages of a consumer; each is handed out as it arrives.
 * @returns how many there were
 * @throws StatewrightError `NOT_FOUND` when there is no such consumer, `UNAVAILABLE` when the broker does not answer
 */
export function pull(
  client: NatsConnection,
  clock: Clock,
  { stream, consumer, wanted }: { stream: string; consumer: string; wanted: number },
  handOut: (message: Pulled) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let [count, over] = [0, false];
    let cancel = () => {};
    const end = (failure?: StatewrightError) => {
      if (over) return;
      over = true;
      cancel();
      // What is on its way is still heard, and goes back at once.
      subscription.drain().catch(() => {});
      if (failure) reject(failure);
      else resolve(count);
    };
    const hear = (message: Msg) => {
      const status = message.headers?.code ?? 0;
      if (status > 0 && message.data.length === 0) return end(failureOf(status));
      const { pulled, pending } = parse(message);
      if (over) return client.publish(pulled.reply, nak(1));
      count++;
      cancel();
      handOut(pulled);
      if (count >= wanted || (pending === 0 && pulled.delivered === 1)) end();
      else cancel = clock.schedule(QUIET_MS, () => end());
    };
    const inbox = createInbox();
    const subscription = client.subscribe(inbox, {
      callback: (error, message) => (error === null ? hear(message) : end(unavailable(error.message))),
    });
    cancel = clock.schedule(ANSWER_WITHIN_MS, () => end(unavailable("no answer to a pull")));
    client.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
      JSON.stringify({ batch: wanted, no_wait: true }),
      { reply: inbox },
    );
  });
}

/** Puts a message off. */
export function nak(delayMs: number): string {
  return `-NAK ${JSON.stringify({ delay: Math.ceil(delayMs * 1_000_000) })}`;
}

/** `$JS.ACK.<domain>.<account>.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>…`; old servers leave the first two out. */
function parse(message: Msg): { pulled: Pulled; pending: number } {
  const reply = message.reply ?? "";
  const tokens = reply.split(".");
  const [, , delivered, , , storedAt, pending] = tokens.length === 9 ? tokens.slice(2) : tokens.slice(4);
  const { subject, headers } = message;
  return {
    pulled: {
      subject,
      headers,
      text: message.string(),
      delivered: Number(delivered),
      storedAt: Number(storedAt) / 1_000_000,
      reply,
    },
    pending: Number(pending),
  };
}

/** 404: nothing there; 408, 409: no more may be out now. 503: nobody knows the consumer. */
function failureOf(status: number): StatewrightError | undefined {
  if (status === 404 || status === 408 || status === 409) return undefined;
  if (status === 503) return new StatewrightError("NOT_FOUND", "There is no such consumer, or no JetStream");
  return unavailable(`status ${status}`);
}

function unavailable(why: string): StatewrightError {
  return new StatewrightError("UNAVAILABLE", `The broker does not hand out tasks (${why})`);
}
