/** One open transaction on the tables beside the log, and what a reader of the log may set aside in it. */

/** One open transaction, or plain reads. `sql` takes `$1 …` parameters; bigint columns come back as strings. */
export interface Transaction {
  query(sql: string, parameters?: readonly (string | number | boolean | null)[]): Promise<Record<string, unknown>[]>;
}

/** Why an event is set aside. */
export interface Blame {
  readonly attempts: number;
  /** JSON: what went wrong. */
  readonly detail: string;
}

/** Where an event stands. */
export interface EventPlace {
  readonly stream: string;
  readonly version: number;
  readonly position: number;
}

/** The transaction of one reader's turn. */
export interface ReaderTransaction extends Transaction {
  /**
   * Sets an event aside. With blame it is the one that cannot be handled: it becomes a dead letter `poison event`, and
   * a redrive of its key is over. Without, it waits behind such a one.
   */
  park(key: string, event: EventPlace, blame?: Blame): Promise<void>;
  /** Takes an event back, and its dead letter with it. False: it was not set aside (any more). */
  unpark(event: EventPlace): Promise<boolean>;
}

export interface ParkedEvent {
  readonly key: string;
  readonly position: number;
}

/** What readers have set aside, seen from outside their turns. */
export interface Parking {
  /** The keys that a reader holds back, at most `limit` of them. */
  parkedKeys(reader: string, partition: number, limit: number): Promise<string[]>;
  /** The first event of those keys that somebody wants to be tried again. */
  nextRedrive(reader: string, partition: number): Promise<ParkedEvent | undefined>;
  /** Asks the reader to try its parked events again, in order: of one key, or of all. Answers how many keys that are. */
  redriveParked(reader: string, key?: string): Promise<number>;
}
