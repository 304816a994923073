/** The span of one entry of an actor's mailbox: from its arrival until it is answered, so the commit is in it. */
import type { ActorRef } from "../kernel/ids.ts";
import { inSpan } from "../kernel/tracing.ts";

interface Traced {
  /** The span that led to it; whoever is not traced pays for nothing. */
  readonly traceparent?: string | undefined;
}

/** Hands the entry on under its own span, which is then the cause of whatever its event asks for. */
export function inTurnSpan<Entry extends Traced, Answer>(
  ref: ActorRef,
  event: string,
  entry: Entry,
  enqueue: (entry: Entry) => Promise<Answer>,
): Promise<Answer> {
  if (entry.traceparent === undefined) return enqueue(entry);
  const attributes = { "statewright.actor": `${ref.type}/${ref.id}`, "statewright.event": event };
  return inSpan(
    { name: `${ref.type} ${event}`, kind: "INTERNAL", attributes },
    entry.traceparent,
    ({ traceparent }) => enqueue({ ...entry, traceparent }),
  );
}
