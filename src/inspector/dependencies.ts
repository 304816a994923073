import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { ReaderLag } from "../projection/lag.ts";
import type { Transaction } from "../projection/projection.ts";
import type { ActorDefinition } from "../runtime/definition.ts";
import type { Operations } from "../runtime/operations.ts";
import type { ActorSystem } from "../runtime/receipt.ts";
import type { IdentifyVisitor } from "./visitor.ts";

/** What the inspector needs of the rest of the house. */
export interface InspectorDependencies {
  readonly definitions: readonly ActorDefinition[];
  readonly system: ActorSystem;
  /** Reads the log, what actors wait for, and the read models. */
  readonly readModels: Transaction;
  /** What empty copies of these tables hold after `work`, a JSON text a row; nothing that it does stays. */
  preview(
    tables: readonly string[],
    work: (transaction: Transaction) => Promise<void>,
  ): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Calls back soon after somebody has appended; answers what ends it. */
  onAppended(callback: () => void): Promise<() => Promise<void>>;
  /** Of the feed; undefined when nobody has ever fed it. */
  relayLag(): Promise<{ readonly positions: number; readonly seconds: number } | undefined>;
  readers(): Promise<readonly ReaderLag[]>;
  /** What operators ask and do; without it nothing is diagnosed and nothing can be mended. */
  readonly operations?: Operations;
  readonly visitor: IdentifyVisitor;
  readonly clock: Clock;
  readonly logger: Logger;
}
