/** Generated orders in a real store, as nodes would have written them. */
import { replayable } from "../../src/runtime/replay.ts";
import type { EventLog, StoredEvent } from "../../src/store/store.ts";
import { orderDefinition, orderHistory, seeded } from "./order-histories.ts";

const AT_ONCE = 500;

/** @returns the histories, whose positions are the store's business */
export async function storeOrders(
  store: EventLog,
  count: number,
  { machine = orderDefinition.machine, name = "o" } = {},
): Promise<StoredEvent[][]> {
  const registered = replayable({ ...orderDefinition, machine });
  const random = seeded(7);
  const histories = Array.from({ length: count }, (_, n) => orderHistory(registered, `${name}${n}`, random));
  for (let from = 0; from < count; from += AT_ONCE) {
    const runs = histories.slice(from, from + AT_ONCE).map((events) => ({
      stream: events[0]!.stream,
      expectedVersion: 0,
      events,
      waiting: null,
      requestKeys: [],
    }));
    await store.append(1, runs);
  }
  return histories;
}
