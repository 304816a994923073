/** A bug that there once was, and a seed that goes wrong as long as it is there. */
export interface KnownSeed {
  readonly seed: number;
  /** By which name it can be planted again, see mutants.ts: otherwise a new kind of fault would make it just any seed. */
  readonly mutant: string;
  readonly because: string;
}

export const KNOWN_SEEDS: readonly KnownSeed[] = [
  {
    seed: 2,
    mutant: "refused by what is in memory",
    because: "a node that took itself for the only one refused a message by an old state, and an order waited",
  },
  {
    seed: 12,
    mutant: "a claim whose answer was lost is forgotten",
    because: "the answer to claimOrphans was lost, and nobody ever looked after what it had claimed",
  },
  {
    seed: 26,
    mutant: "an actor that is loaded anew forgets what it has delivered",
    because: "an actor that was loaded anew forgot which messages it had delivered; its row showed them for ever",
  },
];
