/** Outcomes as the runtime words them: what an activity's end is to the machine that asked for it. */
import type { PlainError } from "../kernel/errors.ts";
import type { Outcome } from "./acceptance.ts";
import type { OpenEffect } from "./effects.ts";
import { doneEvent, errorEvent } from "./end-events.ts";

/** An open activity or child. */
interface Invoked {
  readonly id: string;
  /** Its name in the machine. */
  readonly child: string;
  readonly traceparent?: string | undefined;
}
type Timer = Extract<OpenEffect, { kind: "timer" }>;

/** The machine sees its `onDone`. */
export function completed({ id, child, traceparent }: Invoked, output: unknown): Outcome {
  return { effectId: id, type: "ActivityCompleted", data: { event: doneEvent(child, output) }, traceparent };
}

/** The machine sees its `onError`. */
export function failed({ id, child, traceparent }: Invoked, error: PlainError): Outcome {
  return { effectId: id, type: "ActivityFailed", data: { event: errorEvent(child, error) }, traceparent };
}

/** The machine sees its `after`, or what it had raised. */
export function fired({ id, event, traceparent }: Timer): Outcome {
  return { effectId: id, type: "TimerFired", data: { event }, traceparent };
}

/** As `completed`, of an actor of its own. */
export function childEnded(child: Invoked, output: unknown): Outcome {
  return { ...completed(child, output), type: "ChildCompleted" };
}

/** As `failed`, of an actor of its own. */
export function childFailed(child: Invoked, error: PlainError): Outcome {
  return { ...failed(child, error), type: "ChildFailed" };
}
