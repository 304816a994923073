import type { Logger } from "../kernel/logger.ts";
import type { Transaction } from "../projection/projection.ts";
import type { ActorPast } from "../runtime/receipt.ts";
import type { Access } from "./access.ts";
import type { Consistency } from "./consistency.ts";
import type { RequestKeyDependencies } from "./request-keys.ts";

/** What every door needs of the rest of the house. */
export interface DoorDependencies extends RequestKeyDependencies {
  readonly past: ActorPast;
  readonly readModels: Transaction;
  /** One for all doors, so that who writes through one reads it through another. */
  readonly consistency: Consistency;
  /** What could not be handled, in the order in which it was buried. @param after the id to go on after */
  deadLetters(options: { readonly limit: number; readonly after?: string }): Promise<DeadLetter[]>;
  readonly logger: Logger;
  /** Who may do what; undefined: nobody has to say who they are, and everybody is staff. */
  readonly access?: Access;
}

export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  /** The actor it concerns: `order/<id>`. */
  readonly stream: string;
  /** The effect or event it came from: `<stream>/<version>/<n>` or `<stream>/<version>`. */
  readonly source: string;
  readonly attempts: number;
  /** JSON. */
  readonly detail: string;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
}
