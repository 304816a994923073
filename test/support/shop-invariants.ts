/** What must hold in the shop at every moment, whatever comes in which order. Each check throws at the first break. */
import type { OrderContext } from "../../machines/order/context.ts";
import { obligationsOf } from "../../machines/order/obligations.ts";
import { ORDER_STATUSES } from "../../machines/order/status.ts";
import type { StockContext } from "../../machines/stock/counts.ts";
import { type EventData, pathOf, type Stepped } from "./machine-stepper.ts";

/** Compensation goes in reverse order, each line once, and no goods go back before the money is settled. */
export function checkOrder(stream: string, { snapshot, sent }: Stepped, released: Map<string, number[]>): void {
  const context = snapshot.context as OrderContext;
  const path = pathOf(snapshot);
  if (snapshot.status === "error") throw new Error(`${stream} has failed in ${path}: ${String(snapshot.error)}`);
  const statuses = ORDER_STATUSES.filter((status) => snapshot.hasTag(status));
  if (statuses.length !== 1) throw new Error(`${stream} has the statuses [${statuses}] in ${path}`);
  const compensating = path === "needsIntervention" || path.startsWith("compensating");
  if (compensating && obligationsOf(context).length === 0) throw new Error(`${stream} owes nothing in ${path}`);
  for (const { event } of sent) {
    if (event.type !== "ReservationReleased") continue;
    const line = Number(event.line);
    const lines = released.get(stream) ?? [];
    const last = lines.at(-1) ?? Infinity;
    if (line >= last) throw new Error(`${stream} releases line ${line} after line ${last}`);
    released.set(stream, [...lines, line]);
    const settled = context.charge === "none" || context.charge === "declined" ||
      ["refunded", "voided", "skipped"].includes(context.refund);
    if (!settled) throw new Error(`${stream} releases stock while the payment is ${context.charge}/${context.refund}`);
  }
}

/** Nothing is oversold, and every piece that came in is on the shelf, reserved or shipped. */
export function checkStock(stream: string, { snapshot }: Stepped, supply: number): void {
  const { available, reserved, shipped } = snapshot.context as StockContext;
  if (available < 0 || reserved < 0) throw new Error(`${stream} counts ${available} available, ${reserved} reserved`);
  const counted = available + reserved + shipped;
  if (counted !== supply) throw new Error(`${stream} counts ${counted} pieces of ${supply}`);
}

/** Keeps what each line of each order really holds, as `<order>/<line>`, by what its stock has answered and was told. */
export function noteHeld({ sent }: Stepped, event: EventData, held: Set<string>): void {
  for (const { to, event: answer } of sent) {
    if (answer.type === "StockReserved") held.add(`${to.id}/${answer.line}`);
    if (answer.type === "StockReleased") held.delete(`${to.id}/${answer.line}`);
  }
  if (event.type === "ReservationShipped") held.delete(`${event.orderId}/${event.line}`);
}
