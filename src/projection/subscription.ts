/**
 * A durable subscription: a named reader of the log that goes on where it was, whoever runs it. Processes that run the
 * same name share its work, and what has the same key stays in its order.
 *
 * It reads the log, and what comes over the bus only wakes it. So it can begin anywhere, however long the bus keeps
 * what it has carried, and misses nothing that the bus has lost.
 */
import type { StoredEvent } from "../store/store.ts";
import type { Transaction } from "../store/transaction.ts";

/** Where a name that is new begins: with events after that position, or from that moment on (ms, the store's clock). */
export type Beginning = "beginning" | "end" | { readonly position: number } | { readonly time: number };

interface Reading {
  /** Names its cursors, for ever. Not the name of a projection. */
  readonly name: string;
  /** The actor types it cares for. */
  readonly types: readonly string[];
  /** The events of them that it cares for. Default: all. */
  readonly events?: readonly string[];
  readonly from: Beginning;
  /** Events with the same key are handled one after the other, in the log's order. Default: the stream. */
  key?(event: StoredEvent): string;
}

/**
 * How often an event is handled when processes die at bad moments.
 *
 * A handler that rejects is called again, after 50 ms and then longer, five times in all. Then the event is set aside
 * as a dead letter `poison event`, and later ones of its key wait behind it. A StatewrightError that is retryable
 * (`UNAVAILABLE`, say) means that the event is not to blame: it is tried until it works, and its partition waits.
 */
export type Subscription =
  & Reading
  & ({
    /** Exactly once, for what is written in the transaction: it commits together with the cursor. */
    readonly delivery: "effectively-once";
    handle(event: StoredEvent, transaction: Transaction): Promise<void>;
  } | {
    /** `at-least-once`: the last events, at most a hundred, may come again. `at-most-once`: the last one may be lost, and nothing is tried again. */
    readonly delivery: "at-least-once" | "at-most-once";
    handle(event: StoredEvent): Promise<void>;
  });
