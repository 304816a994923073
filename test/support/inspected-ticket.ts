/** A ticket that began with one version of its machine and went on with the next, and the inspector that looks at it. */
import { createInspector, type Inspector } from "../../src/inspector/inspector.ts";
import { visitorByHost } from "../../src/inspector/visitor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { shopActors } from "../../src/shop/actors.ts";
import type { PostgresNodes } from "./postgres-nodes.ts";
import { ticketAfter, ticketBefore } from "./toys-versions.ts";

/** The ticket has six events: the first four by version 1, then `MachineChanged`, and one by version 2. */
export async function inspectTicket(nodes: PostgresNodes, ticket: string): Promise<Inspector> {
  const before = await nodes.start([ticketBefore()], { nodeId: "before" });
  for (const event of ["Opened", "PutAway", "TakenOut", "Noted"]) await before.tell(ticket, event);
  await before.runtime.stop(0);
  // The overview is the shop's.
  const definitions = [...shopActors({} as never), ticketAfter()];
  const { runtime, tell } = await nodes.start(definitions, { nodeId: "after" });
  await tell(ticket, "Escalated");
  const store = nodes.store();
  return createInspector({
    definitions,
    system: runtime,
    readModels: store,
    preview: (tables, work) => store.preview(tables, work),
    onAppended: (callback) => store.onAppended(callback),
    relayLag: () => Promise.resolve(undefined),
    readers: () => Promise.resolve([]),
    visitor: visitorByHost("127.0.0.1"),
    clock: systemClock,
    logger: silentLogger,
  });
}
