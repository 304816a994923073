/** What may happen to a shop, one command at a time, and what must be heard of it. */
import fc from "fast-check";
import { expect } from "vitest";
import type { MachineEvent } from "../../../src/runtime/machine-event.ts";
import { streamOf } from "../../../src/kernel/ids.ts";
import type { Receipt } from "../../../src/runtime/receipt.ts";
import type { Effect } from "../../../src/runtime/effects.ts";
import type { Death } from "../../support/mortal-store.ts";
import type { ShopLife } from "../../support/shop-life.ts";
import type { Mood } from "../../support/shop-provider.ts";
import type { Customers, Line } from "./customers.ts";

/** The model is what the customers remember. */
export type Command = fc.AsyncCommand<Customers, ShopLife>;

/** The states that take what an order may be told: the specification, beside the machine. */
const TAKEN_IN: Readonly<Record<string, readonly string[]>> = {
  ShippingAddressChanged: ["reservingStock", "chargingPayment", "confirmed"],
  CancellationRequested: ["reservingStock", "chargingPayment", "confirmed"],
  OrderShipped: ["confirmed"],
  OrderDelivered: ["shipped"],
  CompensationRetried: ["needsIntervention"],
  CompensationSkipped: ["needsIntervention"],
  InterventionResolved: ["needsIntervention"],
};

const TOLD: readonly MachineEvent[] = [
  { type: "CancellationRequested" },
  { type: "CancellationRequested", reason: "changed my mind" },
  { type: "ShippingAddressChanged", shippingAddress: { line1: "2", city: "City", postalCode: "2", country: "FR" } },
  { type: "OrderShipped", trackingNumber: "T-1" },
  { type: "OrderDelivered" },
  { type: "CompensationRetried", reason: "try again" },
  { type: "CompensationSkipped", reason: "seen to" },
  { type: "InterventionResolved", reason: "seen to" },
];

function command(
  name: string,
  run: (customers: Customers, shop: ShopLife) => Promise<unknown>,
  check: (customers: Customers) => boolean = () => true,
): Command {
  return { check, run: async (customers, shop) => void await run(customers, shop), toString: () => name };
}

const anyOrder = ({ orders }: Readonly<Customers>) => orders.length > 0;
const nth = <Item>(items: readonly Item[], n: number): Item => items[n % items.length]!;

function place(lines: readonly Line[]): Command {
  return command(`place ${JSON.stringify(lines)}`, (customers) => customers.place(lines));
}

function placeAgain(n: number): Command {
  return command(
    `place ${n} again`,
    (customers) => customers.placeAgain(nth(customers.placements, n)),
    ({ placements }) => placements.length > 0,
  );
}

function placeOther(n: number): Command {
  return command(`place another under the key of ${n}`, async (customers) => {
    const granted = customers.placements.filter(({ orderId }) => orderId !== undefined);
    expect(await customers.abuse(nth(granted, n))).toBe("IDEMPOTENCY_KEY_REUSED");
  }, anyOrder);
}

function tell(n: number, event: MachineEvent): Command {
  return command(`tell ${n} ${event.type}`, async (customers, shop) => {
    const orderId = nth(customers.orders, n);
    const { receipt } = await customers.tell(orderId, event);
    if (receipt === undefined) return;
    const expected = TAKEN_IN[event.type]!.includes(await stateBefore(shop, receipt)) ? "accepted" : "refused";
    expect(receipt).toMatchObject({ outcome: expected });
  }, anyOrder);
}

/** Where the order stood when it was told. */
async function stateBefore({ store }: ShopLife, receipt: Receipt): Promise<string> {
  if (receipt.outcome === "refused") return receipt.state;
  const [before] = await store.read(streamOf(receipt.actor), { fromVersion: receipt.version - 1, limit: 1 });
  return before!.state;
}

function tellAgain(n: number): Command {
  return command(`tell ${n} again`, async (customers) => {
    const told = nth(customers.told, n);
    const before = told.receipt;
    await customers.tellAgain(told);
    if (before === undefined || before.outcome === "refused" || told.receipt === undefined) return;
    const { version, state } = before;
    expect(told.receipt).toMatchObject({ outcome: "duplicate", version, state });
  }, ({ told }) => told.length > 0);
}

/** A message between actors that has arrived is delivered once more, as after a crash. */
function deliverAgain(n: number): Command {
  return command(`deliver ${n} again`, async (_, shop) => {
    const arrived = await deliveredMessages(shop);
    if (arrived.length === 0) return;
    const { id, to, effect } = nth(arrived, n);
    const again = shop.runtime().actor(to.type, to.id).propose(effect.event, { by: "internal", messageId: id });
    const receipt = await shop.hear(again);
    if (receipt !== undefined) expect(receipt).toMatchObject({ outcome: "duplicate", version: to.version });
  });
}

async function deliveredMessages({ store }: ShopLife) {
  const rows = await store.readAll({ after: 0, limit: 5_000 });
  const taken = new Map(rows.map((row) => [(JSON.parse(row.metadata) as { id?: string }).id, row]));
  return rows.flatMap(({ stream, version, effects }) =>
    (JSON.parse(effects ?? "[]") as Effect[]).flatMap((effect, n) => {
      const id = `${stream}/${version}/${n}`;
      const row = taken.get(id);
      if (effect.kind !== "message" || row === undefined) return [];
      return [{ id, effect, to: { ...effect.to, version: row.version } }];
    })
  );
}

function stocktake(product: string, event: MachineEvent): Command {
  return command(
    `${product} ${event.type}`,
    (_, shop) => shop.hear(shop.runtime().actor("stock", product).propose(event, { by: "operator" })),
  );
}

const lines = fc.array(fc.record({ product: fc.nat(2), quantity: fc.integer({ min: 1, max: 2 }) }), {
  minLength: 1,
  maxLength: 3,
});

const death: fc.Arbitrary<Death | undefined> = fc.option(
  fc.record({ moment: fc.constantFrom("before", "after"), append: fc.integer({ min: 1, max: 4 }) }),
  { nil: undefined },
);

/** @param moods what the provider may be made to do */
export function commands(moods: readonly Mood[]): fc.Arbitrary<Command>[] {
  return [
    lines.map(place),
    lines.map(place),
    fc.nat(9).map(placeAgain),
    fc.nat(9).map(placeOther),
    fc.tuple(fc.nat(9), fc.constantFrom(...TOLD)).map(([n, event]) => tell(n, event)),
    fc.tuple(fc.nat(9), fc.constantFrom(...TOLD)).map(([n, event]) => tell(n, event)),
    fc.nat(9).map(tellAgain),
    fc.nat(99).map(deliverAgain),
    fc.constantFrom(...moods).map((mood) =>
      command(`the provider ${mood}`, async (_, { provider }) => provider.feel(mood))
    ),
    fc.constantFrom(10, 1_000, 25_000, 70_000).map((ms) => command(`${ms} ms pass`, (_, shop) => shop.pass(ms))),
    death.map((one) => command(`crash ${JSON.stringify(one)}`, (_, shop) => shop.crash(one))),
    fc.constantFrom<MachineEvent>(
      { type: "StocktakeStarted" },
      { type: "StocktakeFinished" },
      { type: "StockReceived", quantity: 2 },
    ).map((event) => stocktake("few", event)),
  ];
}
