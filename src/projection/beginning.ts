import type { EventLog } from "../store/store.ts";
import type { Beginning } from "./subscription.ts";

/** The position after which a reader begins. */
export async function positionOf(log: Pick<EventLog, "head" | "positionAt">, from: Beginning): Promise<number> {
  if (from === "beginning") return 0;
  if (from === "end") return await log.head();
  return "time" in from ? await log.positionAt(from.time) : from.position;
}
