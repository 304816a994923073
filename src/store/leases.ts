/**
 * Work that one node of a cluster does at a time, and how far it has come. Who may do it is decided by the store's clock
 * and by a token that only rises: a holder that was asleep finds its token void, and moves nothing.
 */

/** A holder's right to the work, as of its last word with the store. */
export interface Lease {
  readonly name: string;
  /** Rises with every new holder. */
  readonly token: number;
  /** How far the work has come, as a position in the log; 0 at first. */
  readonly position: number;
  /** What the holder has noted beside the position; null at first. */
  readonly note: string | null;
}

export interface Leases {
  /**
   * Takes a lease that nobody holds, or that the same holder has (whose former token is void then).
   * @returns undefined while another one holds it
   */
  acquireLease(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /**
   * Moves the position, forwards or backwards, and holds the lease for `ttlMs` more. Compare-and-set: undefined, and
   * nothing changed, when another holder has come in between or the position is no longer the lease's.
   */
  advanceLease(
    lease: Lease,
    to: { readonly position: number; readonly note: string | null },
    ttlMs: number,
  ): Promise<Lease | undefined>;
  /** Lets others have it at once. A void lease is no error. */
  releaseLease(lease: Lease): Promise<void>;
  /** How far the work has come, whoever does it; undefined when nobody ever did. */
  leasedPosition(name: string): Promise<number | undefined>;
}
