/** Histories of orders as they might be stored: random walks through the machine, each cut off at some moment. */
import { orderEvents } from "../../machines/order/events.ts";
import type { OrderContext } from "../../machines/order/context.ts";
import { orderMachine } from "../../machines/order/machine.ts";
import type { Random } from "../../src/kernel/random.ts";
import { type Acceptance, judgeOutcome, judgeProposal } from "../../src/runtime/acceptance.ts";
import type { ActorState } from "../../src/runtime/actor-state.ts";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import type { OpenEffect } from "../../src/runtime/effects.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import { fired } from "../../src/runtime/outcomes.ts";
import { recordEvent } from "../../src/runtime/record.ts";
import type { RegisteredActor } from "../../src/runtime/register.ts";
import type { StoredEvent } from "../../src/store/store.ts";

export const orderDefinition: ActorDefinition = {
  type: "order",
  machine: orderMachine,
  version: "1",
  created: "OrderPlaced",
  events: orderEvents,
};

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const MAX_LENGTH = 16;
const address = (city: string) => ({ line1: "1 High Street", city, postalCode: "1000", country: "DE" });
const price = { amount: "1000", currency: "EUR" };
const timeouts = {
  reservationMs: 1_000,
  paymentMs: 2_000,
  shipmentMs: 3_000,
  deliveryMs: 4_000,
  releaseMs: 5_000,
  refundMs: 6_000,
  reminderMs: 7_000,
};

interface Move {
  readonly weight: number;
  make(): Acceptance | undefined;
  readonly settles?: string;
}

/** @param id without the type */
export function orderHistory(registered: RegisteredActor, id: string, random: Random): StoredEvent[] {
  const ref = { type: "order", id };
  const stream = `order/${id}`;
  const rows: StoredEvent[] = [];
  const length = 1 + Math.floor(random() * MAX_LENGTH);
  let state: ActorState | undefined;
  while (rows.length < length && (state === undefined || state.snapshot.status === "active")) {
    const move = pick(movesOf(registered, ref, state, random), random);
    const acceptance = move?.make();
    if (acceptance === undefined) break;
    const about = { correlation: `${stream}/1`, ...(move?.settles !== undefined && { settles: move.settles }) };
    const recorded = recordEvent(registered, ref, state, acceptance, about, 1);
    state = recorded.state;
    rows.push({ ...recorded.event, stream, version: state.version, position: state.version, recordedAt: 1_000 });
  }
  return rows;
}

function movesOf(
  registered: RegisteredActor,
  ref: { type: string; id: string },
  state: ActorState | undefined,
  random: Random,
): Move[] {
  if (state === undefined) {
    const items = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, n) => ({
      productId: `p${n}`,
      quantity: 1 + n,
      unitPrice: price,
    }));
    const placed = { customerId: "c", items, total: price, shippingAddress: address("Town"), timeouts };
    return [{ weight: 1, make: () => propose(registered, ref, state, { type: "OrderPlaced", ...placed }) }];
  }
  const told = eventsFor(state.snapshot.context as OrderContext).flatMap(([weight, event]) => {
    const acceptance = propose(registered, ref, state, event);
    return acceptance === undefined ? [] : [{ weight, make: () => acceptance }];
  });
  const timers = state.open.filter((effect): effect is Extract<OpenEffect, { kind: "timer" }> =>
    effect.kind === "timer"
  );
  return [
    ...told,
    ...timers.map((timer) => ({
      weight: 3,
      settles: timer.id,
      make: () => judgeOutcome(registered, ref, state, fired(timer)),
    })),
  ];
}

function propose(
  registered: RegisteredActor,
  ref: { type: string; id: string },
  state: ActorState | undefined,
  event: MachineEvent,
): Acceptance | undefined {
  const verdict = judgeProposal(registered, ref, state, { event, by: "internal" });
  return verdict.outcome === "accepted" ? verdict : undefined;
}

/** Everything that somebody might say to an order, likelier things with a greater weight. */
function eventsFor({ items }: OrderContext): [weight: number, event: MachineEvent][] {
  const reason = "because";
  return [
    ...items.flatMap((_, line): [number, MachineEvent][] => [
      [20, { type: "StockReserved", line }],
      [2, { type: "StockDenied", line, available: 0 }],
      [12, { type: "StockReleased", line }],
    ]),
    [20, { type: "PaymentCaptured" }],
    [4, { type: "PaymentDeclined", reason }],
    [10, { type: "PaymentRefunded" }],
    [2, { type: "PaymentVoided" }],
    [3, { type: "RefundFailed", reason }],
    [2, { type: "CancellationRequested" }],
    [1, { type: "CancellationRequested", reason }],
    [2, { type: "ShippingAddressChanged", shippingAddress: address("City") }],
    [6, { type: "OrderShipped", trackingNumber: "T-1" }],
    [4, { type: "OrderDelivered" }],
    [3, { type: "CompensationRetried", reason }],
    [2, { type: "CompensationSkipped", reason }],
    [1, { type: "InterventionResolved", reason }],
  ];
}

function pick(moves: readonly Move[], random: Random): Move | undefined {
  let rest = random() * moves.reduce((sum, { weight }) => sum + weight, 0);
  return moves.find(({ weight }) => (rest -= weight) < 0);
}
