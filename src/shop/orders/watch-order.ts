/** Watching an order: each of its events as it is committed, until it has come to its end. */
import type { OrderStatus } from "../../../machines/order/status.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import { type FollowOptions, versionAfter } from "../follow-actor.ts";
import { getOrder, type Order, orderSnapshot } from "./order.ts";
import { meaningOfState } from "./order-states.ts";

export interface OrderUpdate {
  readonly orderId: string;
  readonly version: number;
  /** Where to go on after: `watchOrder(…, { after: position })`. */
  readonly position: number;
  /** The type of the event. */
  readonly event: string;
  /** Undefined for the first event. */
  readonly oldStatus: OrderStatus | undefined;
  readonly newStatus: OrderStatus;
  readonly state: string;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  readonly stored: StoredEvent;
}

const LAST: readonly OrderStatus[] = ["delivered", "cancelled"];

/**
 * The order's updates after a position; ends with the one that brings it to its end.
 * @throws StatewrightError `NOT_FOUND`, `OVERLOADED` when too many watch, `UNAVAILABLE` when the node stops
 */
export async function* watchOrder(
  system: ActorSystem,
  id: string,
  { after = 0, signal }: FollowOptions = {},
): AsyncGenerator<OrderUpdate> {
  await orderSnapshot(system, id);
  const actor = system.actor("order", id);
  const first = await versionAfter(actor, after);
  // The event before tells what the status was.
  let oldStatus: OrderStatus | undefined;
  for await (const stored of actor.subscribe({ fromVersion: Math.max(1, first - 1), ...(signal && { signal }) })) {
    const { version, position, type, state, recordedAt } = stored;
    const newStatus = meaningOfState(state).status;
    if (version >= first) {
      yield { orderId: id, version, position, event: type, oldStatus, newStatus, state, recordedAt, stored };
    }
    if (LAST.includes(newStatus)) return;
    oldStatus = newStatus;
  }
}

/** The order once nothing moves it but people, or as it stands after `timeoutMs`. @throws StatewrightError `NOT_FOUND` */
export async function untilSettled(system: ActorSystem, clock: Clock, id: string, timeoutMs: number): Promise<Order> {
  const { position } = await orderSnapshot(system, id);
  const end = new AbortController();
  const cancel = clock.schedule(timeoutMs, () => end.abort());
  try {
    // From its newest event on: what it was in before does not count.
    for await (const { newStatus } of watchOrder(system, id, { after: position - 1, signal: end.signal })) {
      if (!isMoving(newStatus)) break;
    }
  } finally {
    cancel();
  }
  return await getOrder(system, id);
}

/** True while the saga works on it by itself. */
export function isMoving(status: OrderStatus): boolean {
  return status === "pending" || status === "cancelling";
}
