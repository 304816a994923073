/** The end of an activity or a child, as XState words it to the machine that asked for it. */
import type { PlainError } from "../kernel/errors.ts";
import type { MachineEvent } from "./machine-event.ts";

/** What `onDone` listens for. @param child its name in the machine */
export function doneEvent(child: string, output: unknown): MachineEvent {
  return { type: `xstate.done.actor.${child}`, output: output ?? null, actorId: child };
}

/** What `onError` listens for. @param child its name in the machine */
export function errorEvent(child: string, error: PlainError): MachineEvent {
  return { type: `xstate.error.actor.${child}`, error, actorId: child };
}
