/**
 * Server-sent events: an actor's history and what comes, one message an event. The message's id is the event's position
 * in the log, so that a client that comes back with `Last-Event-ID` goes on exactly where it was cut off.
 */
import type { Context } from "hono";
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { ActorRef } from "../../kernel/ids.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import { followActor } from "../../shop/follow-actor.ts";
import { eventResource } from "./event-resource.ts";
import { readQuery } from "./query.ts";
import { respond } from "./respond.ts";

/** A client that is gone is noticed at the next of these. */
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1_000;

/**
 * Answers with the actor's events; the stream ends with the actor. To who has heard the last one the answer is 204,
 * which tells an `EventSource` not to come back.
 * @throws StatewrightError `NOT_FOUND`, `MALFORMED` for a position that is none, `OVERLOADED`
 */
export async function streamActor(
  c: Context,
  { system, clock }: { readonly system: ActorSystem; readonly clock: Clock },
  ref: ActorRef,
): Promise<Response> {
  const after = positionOf(c);
  const actor = system.actor(ref.type, ref.id);
  const snapshot = await actor.snapshot();
  if (snapshot === undefined) throw new StatewrightError("NOT_FOUND", `There is no such ${ref.type}`);
  if (snapshot.status !== "active" && snapshot.position <= after) return respond(c, 204, null);
  if (c.req.method === "HEAD") return respond(c, 200, null, STREAM_HEADERS);
  const end = new AbortController();
  const events = await followActor(system, ref, { after, signal: end.signal });
  const isLast = async ({ version }: StoredEvent) => {
    const now = await actor.snapshot();
    return now !== undefined && now.status !== "active" && now.version === version;
  };
  return respond(c, 200, messages(events, isLast, clock, end), STREAM_HEADERS);
}

const STREAM_HEADERS = { "content-type": "text/event-stream", "x-accel-buffering": "no" };

/** Where to go on after: the header of a client that comes back, or the query of one that comes. */
function positionOf(c: Context): number {
  const { after } = readQuery(c, ["after"]);
  const text = c.req.header("last-event-id") ?? after ?? "0";
  if (/^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw new StatewrightError("MALFORMED", "Last-Event-ID (or `after`) is the position of an event, as its `id` was");
}

/** One event is read when the client takes one, so that a slow client holds nothing but its place. */
function messages(
  events: AsyncIterableIterator<StoredEvent>,
  isLast: (event: StoredEvent) => Promise<boolean>,
  clock: Clock,
  end: AbortController,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stopHeartbeat = () => {};
  const close = () => {
    stopHeartbeat();
    end.abort();
  };
  return new ReadableStream({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      const beat = () => {
        // To a client that does not read, nothing is piled up.
        if ((controller.desiredSize ?? 0) > 0) send(": still here\n\n");
        stopHeartbeat = clock.schedule(HEARTBEAT_MS, beat);
      };
      send(`retry: ${RECONNECT_MS}\n\n`);
      stopHeartbeat = clock.schedule(HEARTBEAT_MS, beat);
    },
    async pull(controller) {
      // A node that stops ends the stream; the client comes back to another.
      const { value, done } = await events.next().catch(() => ({ value: undefined, done: true }));
      if (!done && value !== undefined) controller.enqueue(encoder.encode(messageOf(value)));
      if (!done && value !== undefined && !await isLast(value)) return;
      close();
      controller.close();
    },
    cancel: close,
  });
}

/** JSON has no line breaks of its own, so that one `data` line holds it. */
function messageOf(event: StoredEvent): string {
  return `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(eventResource(event))}\n\n`;
}
