/** Where read models live: tables beside the log, in the same database, so that rows and checkpoint commit together. */

/** One open transaction, or plain reads. `sql` takes `$1 …` parameters; bigint columns come back as strings. */
export interface Transaction {
  query(sql: string, parameters?: readonly (string | number | boolean | null)[]): Promise<Record<string, unknown>[]>;
}

export interface ReadModels extends Transaction {
  /**
   * Runs `work` in one transaction with the reader's checkpoint locked; the position that it answers is the new
   * checkpoint. A reader that is new starts at 0. When `work` rejects, nothing has happened.
   */
  advance(reader: string, work: (transaction: Transaction, checkpoint: number) => Promise<number>): Promise<number>;
  /** The position a reader has reached; 0 when it never ran. */
  checkpoint(reader: string): Promise<number>;
}
