/**
 * A projection: a read model folded from the log. Its rows and its checkpoint change in one transaction, so that it
 * is always exactly the fold of the log up to its checkpoint.
 */
import type { StoredEvent } from "../store/store.ts";
import type { Transaction } from "../store/transaction.ts";

export type { StoredEvent, Transaction };

export interface Projection {
  /** Names the checkpoint. */
  readonly name: string;
  /** The actor types it cares for; events of others only move the checkpoint. */
  readonly types: readonly string[];
  /** The tables that it alone writes to, without a schema. A rebuild makes them anew beside those in use. */
  readonly tables: readonly string[];
  /**
   * Folds events, in position order, into rows of the given transaction and nothing else. It names its tables without
   * a schema. When it rejects again and again for one event, that is set aside with the later ones of its actor.
   */
  apply(transaction: Transaction, events: readonly StoredEvent[]): Promise<void>;
}
