import type { PlanOptions } from "./plan.ts";

/** Seeds that once went wrong, with what it was: they are run again and again. A new kind of fault makes them new runs. */
export const KNOWN_SEEDS: readonly (PlanOptions & { readonly because: string })[] = [
  {
    seed: 5,
    because: "a node that took itself for the only one refused a message by an old state, and an order waited",
  },
  { seed: 63, because: "the answer to claimOrphans was lost, and nobody ever looked after what it had claimed" },
  {
    seed: 21,
    because: "an actor that was loaded anew forgot which messages it had delivered; its row showed them for ever",
  },
  {
    seed: 282,
    because: "a late flush put a delivered message back into a row, and who took it over found nothing to do",
  },
];
