/** The shop's actors for those who step them and run no activity. */
import { StatewrightError } from "../../kernel/errors.ts";
import type { ActorDefinition } from "../../runtime/definition.ts";
import { shopActors } from "../../shop/actors.ts";

/** This module, for threads that are told where their actors are. */
export const STEPPED_ACTORS = import.meta.url;

export function steppedActors(): readonly ActorDefinition[] {
  return shopActors({ capture: neverCalled, refund: neverCalled });
}

/** @throws StatewrightError `NOT_FOUND` that says which types there are */
export function requireType(type: string): void {
  if (!steppedActors().some((each) => each.type === type)) throw noSuchType(type);
}

export function noSuchType(type: string): StatewrightError {
  const types = steppedActors().map((each) => each.type).join(", ");
  return new StatewrightError("NOT_FOUND", `There is no actor type "${type}"; there are ${types}`);
}

function neverCalled(): Promise<never> {
  throw new Error("A replay calls nobody");
}
