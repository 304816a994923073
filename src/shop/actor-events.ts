import { StatewrightError } from "../kernel/errors.ts";
import type { StoredEvent } from "../projection/projection.ts";
import type { ActorSystem } from "../runtime/receipt.ts";
import type { KeyedPage } from "./page.ts";

/**
 * A page of an actor's events in version order. The key is the version.
 * @param after the version to go on after, default 0
 * @throws StatewrightError `NOT_FOUND`
 */
export async function actorEvents(
  system: ActorSystem,
  { type, id }: { readonly type: string; readonly id: string },
  { after = 0, limit }: { readonly after?: number | undefined; readonly limit: number },
): Promise<KeyedPage<StoredEvent>> {
  const events = await system.actor(type, id).events({ fromVersion: after + 1, limit: limit + 1 });
  // Past the end there is nothing to list, but whoever reads on has seen that the actor exists.
  if (events.length === 0 && after === 0) throw new StatewrightError("NOT_FOUND", `There is no such ${type}`);
  const items = events.slice(0, limit);
  const keys = items.map(({ version }) => version);
  return { items, keys, next: events.length > limit ? keys.at(-1) : undefined };
}
