/** How the actors stand: the newest event of each, and what it waits for. For those who look after them. */

export interface StandingActor {
  readonly stream: string;
  readonly version: number;
  /** The type of its newest event. */
  readonly type: string;
  readonly state: string;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly recordedAt: number;
  /** Its earliest timer, by the same clock. */
  readonly dueAt: number | null;
  /** JSON: its open effects; null when it waits for nothing. */
  readonly open: string | null;
}

export interface Standing {
  /** The store's clock: milliseconds since the epoch. */
  now(): Promise<number>;
  /**
   * Actors by address, the highest first, so that of a type the newest come first where ids rise with time.
   * @param options.before the address to go on before
   */
  standing(options: {
    readonly type?: string | undefined;
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<StandingActor[]>;
}
