/** Where read models live: tables beside the log, in the same database, so that rows and checkpoint commit together. */
import type { StoredEvent } from "./store.ts";
import type { ReaderTransaction, Transaction } from "./transaction.ts";

export type { Transaction };

/** What a reader is to fold in one transaction. */
export interface Turn {
  readonly transaction: ReaderTransaction;
  /** The log after the checkpoint, in position order. */
  readonly events: readonly StoredEvent[];
  /** The streams of which the reader has set events aside. */
  readonly parked: ReadonlySet<string>;
}

export interface Folded {
  readonly checkpoint: number;
  /** How many events the turn read; fewer than its limit mean that it has come to the head. */
  readonly events: number;
  /** True when another process has its turn with this reader; `checkpoint` is what that one started from. */
  readonly isBusy: boolean;
  /** True when the reader has set events aside. */
  readonly hasParked: boolean;
}

/** A reader that folds a projection anew, into tables beside those in use. */
export interface Shadow {
  readonly reader: string;
  /** The schema of the new tables. */
  readonly schema: string;
}

/** A row, by its primary key, as JSON texts; null on the side that has none. */
export interface RowDifference {
  readonly table: string;
  readonly key: string;
  readonly stored: string | null;
  readonly folded: string | null;
}

/** A projection's rows beside those of its shadow, at one moment. */
export interface Comparison {
  /** The checkpoint of both. */
  readonly position: number;
  /** The positions of the events that the projection has set aside. */
  readonly parked: readonly number[];
  /** How many rows differ. */
  readonly differing: number;
  /** Some of them, by table and key. */
  readonly differences: readonly RowDifference[];
}

export interface ReaderStatus {
  readonly name: string;
  readonly position: number;
  readonly parked: number;
}

export interface ReadModels extends Transaction {
  /** Makes a reader that begins with the log, if there is none of that name. */
  addReader(reader: string): Promise<void>;
  /**
   * One turn of a reader: with its checkpoint locked, the next events are read and folded by `work`, and the
   * checkpoint moves behind them, all in one transaction. When `work` rejects, nothing has happened.
   * @param options.limit how many events at most; with 0 `work` is called all the same
   * @param options.schema where unqualified names are looked up first
   * @param options.upTo the last position to read; default: the head
   * @throws StatewrightError `NOT_FOUND` when there is no such reader
   */
  fold(
    reader: string,
    options: { readonly limit: number; readonly schema?: string | undefined; readonly upTo?: number | undefined },
    work: (turn: Turn) => Promise<void>,
  ): Promise<Folded>;
  /** The position a reader has reached; 0 when it never ran. */
  checkpoint(reader: string): Promise<number>;
  /** All readers, by name. */
  readers(): Promise<ReaderStatus[]>;

  /**
   * What empty copies of these tables hold after `work`, a JSON text a row, by table. `work` names them without a
   * schema; nothing that it does stays.
   */
  preview(
    tables: readonly string[],
    work: (transaction: Transaction) => Promise<void>,
  ): Promise<Readonly<Record<string, readonly string[]>>>;

  /** Makes empty copies of a projection's tables. What an earlier rebuild of it has left is thrown away. */
  beginRebuild(projection: string, tables: readonly string[]): Promise<Shadow>;
  /**
   * Puts the new tables in the place of the old ones, with the rebuild's checkpoint and parked events. False, and
   * nothing is done, when the old ones are more than `limit` events ahead; up to there `work` folds them in.
   */
  finishRebuild(
    projection: string,
    rebuild: Shadow,
    options: { readonly tables: readonly string[]; readonly limit: number },
    work: (turn: Turn) => Promise<void>,
  ): Promise<boolean>;

  /** As {@link beginRebuild}, for tables that are only looked at. A rebuild may go on at the same time. */
  beginVerification(projection: string, tables: readonly string[]): Promise<Shadow>;
  /**
   * Compares the rows of a projection with those of its shadow at the projection's checkpoint, which goes on meanwhile.
   * Undefined, and nothing is done, when the shadow is more than `limit` events behind; up to there `work` folds them in.
   * @param options.most differences that are answered
   */
  compareRows(
    projection: string,
    shadow: Shadow,
    options: { readonly tables: readonly string[]; readonly limit: number; readonly most: number },
    work: (turn: Turn) => Promise<void>,
  ): Promise<Comparison | undefined>;
  /** The row of a key, as JSON, of the table that the transaction finds under this name. */
  rowOf(transaction: Transaction, place: Pick<RowDifference, "table" | "key">): Promise<string | null>;
  /** Throws the tables and the reader of a verification away. */
  endVerification(projection: string): Promise<void>;
  /** The positions of the events that a reader has set aside. */
  parkedPositions(reader: string): Promise<number[]>;
}
