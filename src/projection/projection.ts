/**
 * A projection: a read model folded from the log. Its rows and its checkpoint change in one transaction, so that it
 * is always exactly the fold of the log up to its checkpoint.
 */
import type { Transaction } from "../store/read-models.ts";
import type { StoredEvent } from "../store/store.ts";

export type { StoredEvent, Transaction };

export interface Projection {
  /** Names the checkpoint. */
  readonly name: string;
  /** The actor types it cares for; events of others only move the checkpoint. */
  readonly types: readonly string[];
  /** Folds events, in position order, into rows of the given transaction and nothing else. */
  apply(transaction: Transaction, events: readonly StoredEvent[]): Promise<void>;
}
