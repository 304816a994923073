import type { Accepted, ActorSystem, ProposalOptions } from "../runtime/receipt.ts";
import { requireAccepted } from "./refusals.ts";

/** In whose name something is written, under which key, and on which condition; see {@link ProposalOptions}. */
export type WriteOptions = {
  readonly [Name in "by" | "principal" | "requestKey" | "expectedVersion" | "messageId"]?:
    | ProposalOptions[Name]
    | undefined;
};

/**
 * Proposes an event. As long as nobody has to say who they are, everybody is the shop's staff.
 * @throws StatewrightError for a refusal: `NOT_FOUND`, `TRANSITION_NOT_ALLOWED` with what is possible instead, `INVALID`,
 *   `VERSION_CONFLICT`, `ALREADY_EXISTS`, `EVENT_NOT_PUBLIC`, `IDEMPOTENCY_KEY_REUSED`
 */
export async function propose(
  system: ActorSystem,
  { type, id }: { readonly type: string; readonly id: string },
  event: { readonly type: string },
  options: WriteOptions = {},
): Promise<Accepted> {
  const given = Object.entries({ by: "operator", ...options }).filter(([, value]) => value !== undefined);
  return requireAccepted(await system.actor(type, id).propose(event, Object.fromEntries(given)));
}
