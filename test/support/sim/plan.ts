/** What a run is going to do, drawn from its seed; a failing run is made smaller by planning less. */
import type { OrderPlaced } from "../../../machines/order/events.ts";
import { Chance } from "./chance.ts";

export interface PlanOptions {
  readonly seed: number;
  /** Only the first so many orders. */
  readonly orders?: number | undefined;
  /** Faults come for so long at most, in ms. */
  readonly chaosMs?: number | undefined;
  readonly without?: readonly string[] | undefined;
}

export interface PlannedOrder {
  readonly id: string;
  readonly atMs: number;
  readonly placed: OrderPlaced;
  /** Under a key of the client's, with a new id at each try, as a door does it. */
  readonly hasKey: boolean;
  readonly cancelAfterMs: number | undefined;
  readonly ships: boolean;
  readonly isDelivered: boolean;
  readonly isDeclined: boolean;
  readonly refundIsRefused: boolean;
}

export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  readonly maxResident: number;
  readonly chaosMs: number;
  /** What is on the shelf of each product. */
  readonly stocks: readonly number[];
  readonly orders: readonly PlannedOrder[];
  /** Deliveries of goods, one event each, to the first product. */
  readonly receipts: number;
  readonly without: ReadonlySet<string>;
}

const MAX_ORDERS = 9;
/** Orders that hardly ever run out of time: then it shows when something waits for what nobody will do. */
const PATIENCE = 15;
const ADDRESS = { line1: "1 High Street", city: "Town", postalCode: "1000", country: "DE" };

export function planOf({ seed, orders, chaosMs, without = [] }: PlanOptions): Plan {
  const chance = Chance.of(seed, "plan");
  const stocks = Array.from({ length: chance.int(1, 3) }, () => chance.int(0, 12));
  const drawnMs = chance.int(10_000, 60_000);
  const patience = Chance.of(seed, "patience").hits(0.4) ? PATIENCE : 1;
  const planned = Array.from(
    { length: chance.int(3, MAX_ORDERS) },
    (_, n) => orderOf(chance, n, stocks.length, drawnMs, patience),
  );
  return {
    seed,
    nodes: chance.pick([1, 2, 2, 3, 3])!,
    maxResident: chance.pick([6, 12, 20_000, 20_000])!,
    chaosMs: Math.min(drawnMs, chaosMs ?? Infinity),
    stocks,
    receipts: chance.hits(0.15) ? 130 : 0,
    orders: planned.slice(0, orders),
    without: new Set(without),
  };
}

function orderOf(chance: Chance, n: number, products: number, chaosMs: number, patience: number): PlannedOrder {
  const items = Array.from({ length: chance.int(1, 3) }, () => ({
    productId: `p${chance.int(0, products - 1)}`,
    quantity: chance.int(1, 4),
    unitPrice: { amount: "1000", currency: "EUR" as const },
  }));
  const pieces = items.reduce((sum, { quantity }) => sum + quantity, 0);
  return {
    id: `o${n}`,
    atMs: chance.int(0, chaosMs),
    placed: {
      customerId: "somebody",
      items,
      total: { amount: `${pieces * 1_000}`, currency: "EUR" },
      shippingAddress: ADDRESS,
      timeouts: {
        reservationMs: patience * chance.int(1_000, 12_000),
        paymentMs: patience * chance.int(500, 40_000),
        shipmentMs: chance.int(5_000, 60_000),
        deliveryMs: chance.int(5_000, 40_000),
        releaseMs: patience * chance.int(1_000, 12_000),
        refundMs: patience * chance.int(1_000, 30_000),
        reminderMs: chance.int(5_000, 20_000),
      },
    },
    hasKey: chance.hits(0.3),
    cancelAfterMs: chance.hits(0.4) ? chance.int(0, 30_000) : undefined,
    ships: chance.hits(0.7),
    isDelivered: chance.hits(0.7),
    isDeclined: chance.hits(0.2),
    refundIsRefused: chance.hits(0.2),
  };
}
