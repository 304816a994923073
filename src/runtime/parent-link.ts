import type { ActorRef } from "../kernel/ids.ts";

/** Where an actor's end is reported to. Creation metadata; never part of the machine's own state. */
export interface ParentLink {
  readonly parent: ActorRef;
  /** The parent's open effect. */
  readonly effect: string;
  /** The child's name in the parent's machine. */
  readonly child: string;
}
