import type { PlanOptions } from "./plan.ts";

/**
 * Seeds that went wrong with a bug that there once was. Whatever changes what the nodes do makes them new runs; the bugs
 * themselves are planted again by `npm run mutants`.
 */
export const KNOWN_SEEDS: readonly (PlanOptions & { readonly because: string })[] = [
  {
    seed: 2,
    because: "a node that took itself for the only one refused a message by an old state, and an order waited",
  },
  { seed: 12, because: "the answer to claimOrphans was lost, and nobody ever looked after what it had claimed" },
  {
    seed: 26,
    because: "an actor that was loaded anew forgot which messages it had delivered; its row showed them for ever",
  },
];
