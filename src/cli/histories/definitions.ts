/** The shop's actors for those who step them and run no activity. */
import type { ActorDefinition } from "../../runtime/definition.ts";
import { shopActors } from "../../shop/actors.ts";

export function steppedActors(): readonly ActorDefinition[] {
  return shopActors({ capture: neverCalled, refund: neverCalled });
}

function neverCalled(): Promise<never> {
  throw new Error("A replay calls nobody");
}
