/** Each invariant lets the books of a good run pass, and finds what was falsified in them. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Effect } from "../../src/runtime/effects.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import { Customers } from "../property/shop/customers.ts";
import { beginShop, memoryWorld } from "../support/shop-life.ts";
import type { ProjectedOrder, ShopBooks } from "./books.ts";
import { SHOP_INVARIANTS, violationsOf } from "./invariants.ts";

let books: ShopBooks;

/** Orders that are delivered, cancelled after their payment, declined, out of stock, and left to an operator. */
beforeAll(async () => {
  const shop = await beginShop(memoryWorld());
  const customers = new Customers(shop);
  await customers.open();
  const place = async (...products: number[]) => {
    const { orderId } = await customers.place(products.map((product) => ({ product, quantity: 1 })));
    await shop.pass(1_000);
    return orderId!;
  };
  const delivered = await place(0, 1);
  const cancelled = await place(0, 1, 0);
  await place(2, 2);
  await customers.place([{ product: 0, quantity: 1 }, { product: 1, quantity: 2 }]);
  const stuck = await place(0, 0);
  await customers.tell(delivered, { type: "OrderShipped", trackingNumber: "T-1" });
  await customers.tell(delivered, { type: "OrderDelivered" });
  await customers.tell(delivered, { type: "CancellationRequested" });
  await customers.tell(cancelled, { type: "CancellationRequested" });
  await shop.pass(1_000);
  shop.provider.feel("refuses");
  await customers.tell(stuck, { type: "CancellationRequested" });
  await shop.pass(1_000);
  await place(0);
  await shop.rest();
  books = { ...await shop.books(true, customers.requests()), projected: undefined };
  const rows = latestOrders(books);
  books = { ...books, projected: { checkpoint: books.events.length, rows } };
  await shop.end();
});

function latestOrders({ events }: ShopBooks): (Pick<ProjectedOrder, "id"> & Partial<ProjectedOrder>)[] {
  const latest = new Map(events.filter(({ stream }) => stream.startsWith("order/")).map((row) => [row.stream, row]));
  return [...latest.values()].map(({ stream, version, state }) => ({ id: stream.slice(6), version, state }));
}

test("a good run keeps them all", () => {
  const states = new Set(books.projected?.rows.map(({ state }) => state));
  expect([...states].sort()).toEqual(["cancelled", "confirmed", "delivered", "needsIntervention"]);
  expect(violationsOf(books)).toEqual([]);
});

type Falsify = (books: ShopBooks) => Partial<ShopBooks>;

/** The first event that fits is changed. */
function change(fits: (row: StoredEvent) => boolean, to: (row: StoredEvent) => Partial<StoredEvent>): Falsify {
  return ({ events }) => {
    const at = events.findIndex(fits);
    if (at < 0) throw new Error("There is no such event in the books");
    return { events: events.with(at, { ...events[at]!, ...to(events[at]!) }) };
  };
}

/** The first event that fits is left out, and what comes after it moves up. */
function lose(fits: (row: StoredEvent) => boolean): Falsify {
  return ({ events }) => {
    const lost = events.find(fits)!;
    return {
      events: events.filter((row) => row !== lost).map((row) =>
        row.stream === lost.stream && row.version > lost.version ? { ...row, version: row.version - 1 } : row
      ),
    };
  };
}

const isOf = (type: string, state?: string) => (row: StoredEvent) =>
  row.type === type && (state === undefined || row.state === state);
const sends = (type: string) => (row: StoredEvent) => effectsOf(row).some((effect) => isMessage(effect, type));
const isMessage = (effect: Effect, type: string) => effect.kind === "message" && effect.event.type === type;
/** Of the order that is left to an operator. */
const isStuck = ({ stream }: StoredEvent) =>
  books.events.findLast((row) => row.stream === stream)?.state === "needsIntervention";
const effectsOf = ({ effects }: StoredEvent) => JSON.parse(effects ?? "[]") as Effect[];
const about = (row: StoredEvent, more: object) => ({
  metadata: JSON.stringify({ ...JSON.parse(row.metadata) as object, ...more }),
});
const withEffects = (row: StoredEvent, effects: Effect[]) => ({ effects: JSON.stringify(effects) });

/** One falsification of each kind, and the invariant that must find it. */
const FALSIFIED: readonly (readonly [what: string, invariant: string, falsify: Falsify])[] = [
  [
    "two events of one version",
    "versions are dense",
    change(isOf("StockReserved"), ({ version }) => ({ version: version + 1 })),
  ],
  [
    "two events at one position",
    "versions are dense",
    change(isOf("StockReserved"), ({ position }) => ({ position: position - 1 })),
  ],
  [
    "another hash",
    "replay gives",
    change(isOf("PaymentCaptured", "confirmed"), () => ({ snapshotHash: "0".repeat(16) })),
  ],
  ["another state", "replay gives", change(isOf("PaymentCaptured", "confirmed"), () => ({ state: "shipped" }))],
  ["a lost event", "replay gives", lose(isOf("StockReserved"))],
  [
    "an outcome twice",
    "an outcome settles",
    change(isOf("PaymentRefunded", "refunded"), (row) => about(row, { settles: "1/0" })),
  ],
  ["a timer of nobody", "no timer fires", ({ events }) => ({
    events: [...events, {
      ...events.find(isOf("OrderShipped"))!,
      type: "TimerFired",
      position: events.length + 1,
      metadata: JSON.stringify({ correlation: "", machine: "", node: 1, settles: "9/9" }),
    }],
  })],
  ["a row that forgets", "the waiting row", ({ waiting = [] }) => ({ waiting: waiting.slice(1) })],
  ["a timer that is never due", "the waiting row", ({ waiting = [] }) => ({
    waiting: waiting.map((row) => ({ ...row, dueAt: null })),
  })],
  ["work that nobody does", "everything comes", ({ waiting = [] }) => ({
    waiting: [...waiting, { stream: "order/x", dueAt: null, open: '[{"effect":"1/0","kind":"activity","what":"x"}]' }],
  })],
  ["a timer that is overdue", "everything comes", ({ now }) => ({ now: now + 365 * 24 * 60 * 60_000 })],
  ["an acknowledged order that is lost", "acknowledged is", ({ requests }) => ({
    requests: [...requests, { creates: "order/lost", outcome: "acknowledged" }],
  })],
  [
    "a refused event that was stored",
    "acknowledged is",
    change(isOf("OrderShipped"), (row) => about(row, { id: "t2" })),
  ],
  [
    "one message, two events",
    "a message is taken once",
    change(isOf("OrderDelivered"), (row) => about(row, { id: "t0" })),
  ],
  [
    "a message of nobody",
    "a message is taken once",
    change(isOf("StockReserved"), (row) => about(row, { id: "stock/few/9/9" })),
  ],
  ["a message to somebody else", "a message is taken once", ({ events }) => {
    const [first, second] = events.filter(isOf("StockReserved"));
    const other = events.find((row) => row.type === "PaymentRequested")!;
    return change((row) => row === first, (row) => about(row, { id: JSON.parse(other.metadata).id }))({
      ...books,
      events: events.filter((row) => row !== second),
    });
  }],
  ["a message that never arrived", "no message is lost", lose(isOf("ReservationReleased"))],
  [
    "a piece more than was ordered",
    "stock is conserved",
    change(isOf("ReservationRequested"), ({ data }) => ({ data: data.replace('"quantity":1', '"quantity":2') })),
  ],
  [
    "a piece that nobody was promised",
    "stock is conserved",
    change(
      sends("StockReserved"),
      (row) => withEffects(row, effectsOf(row).filter((effect) => !isMessage(effect, "StockReserved"))),
    ),
  ],
  [
    "goods that a cancelled order keeps",
    "stock and orders agree",
    change(
      sends("StockReleased"),
      (row) => withEffects(row, effectsOf(row).filter((effect) => !isMessage(effect, "StockReleased"))),
    ),
  ],
  [
    "goods that a cancelled order keeps",
    "a cancelled order",
    change(
      sends("StockReleased"),
      (row) => withEffects(row, effectsOf(row).filter((effect) => !isMessage(effect, "StockReleased"))),
    ),
  ],
  ["a charge under another key", "refunded ≤ captured", ({ charges }) => ({
    charges: [...charges, { ...charges.find(({ status }) => status === "captured")!, key: "capture:again" }],
  })],
  ["a charge of more", "refunded ≤ captured", ({ charges }) => ({
    charges: charges.map((charge) => ({ ...charge, amount: `${charge.amount}0` })),
  })],
  ["a charge for no order", "refunded ≤ captured", ({ charges }) => ({
    charges: [...charges, { ...charges[0]!, orderId: "nobody" }],
  })],
  ["a refund that was not made", "payments are", ({ charges }) => ({
    charges: charges.map((charge) => (charge.status === "refunded" ? { ...charge, status: "captured" } : charge)),
  })],
  ["a refund that was not made", "a cancelled order", ({ charges }) => ({
    charges: charges.map((charge) => (charge.status === "refunded" ? { ...charge, status: "captured" } : charge)),
  })],
  ["a refund of what is delivered", "what is confirmed", ({ charges }) => ({
    charges: charges.map((charge) => (charge.status === "captured" ? { ...charge, status: "refunded" } : charge)),
  })],
  ["a charge before the payment", "an effect's intent", ({ charges }) => ({
    charges: charges.map((charge) => ({ ...charge, chargedAt: 1 })),
  })],
  [
    "a call before its commit",
    "an effect's intent",
    ({ calls }) => ({ calls: calls.map((call) => ({ ...call, head: 1 })) }),
  ],
  [
    "a failed refund that is passed over",
    "a failed compensation",
    change(isOf("RefundFailed"), () => ({
      state: "compensating.releasingStock",
    })),
  ],
  [
    "an obligation that is not listed",
    "a failed compensation",
    change(
      (row) => sends("ReservationRequested")(row) && isStuck(row),
      (row) =>
        withEffects(row, effectsOf(row).filter((effect) => effect.kind !== "message" || effect.event["line"] !== 1)),
    ),
  ],
  ["releases from first to last", "compensations come", ({ events }) => {
    const releasing = events.filter(sends("ReservationReleased"));
    const [later, earlier] = releasing.slice(-2).map(effectsOf);
    return {
      events: events.map((row) =>
        row === releasing.at(-2)
          ? { ...row, ...withEffects(row, earlier!) }
          : row === releasing.at(-1)
          ? { ...row, ...withEffects(row, later!) }
          : row
      ),
    };
  }],
  ["a release before the refund", "compensations come", lose(isOf("PaymentRefunded", "compensating.releasingStock"))],
  ["an order that is left", "every saga", change(isOf("OrderDelivered"), () => ({ state: "chargingPayment" }))],
  ["a letter that nobody can explain", "every saga", ({ deadLetters, events }) => ({
    deadLetters: [...deadLetters, { reason: "message refused", stream: events[0]!.stream, source: "order/x/1/1" }],
  })],
  ["a row that shows another state", "the read model", ({ projected }) => ({
    projected: { ...projected!, rows: projected!.rows.map((row) => ({ ...row, state: "confirmed" })) },
  })],
  ["an order without a row", "the read model", ({ projected }) => ({
    projected: { ...projected!, rows: projected!.rows.slice(1) },
  })],
  ["a reader that has stopped", "the read model", ({ projected }) => ({ projected: { ...projected!, checkpoint: 3 } })],
];

describe("a falsification is found", () => {
  test.each(FALSIFIED)("%s: %s …", (_, invariant, falsify) => {
    const found = violationsOf({ ...books, ...falsify(books) });
    expect(found.map(({ invariant }) => invariant)).toContainEqual(expect.stringMatching(`^${invariant}`));
  });

  test("of each kind", () => {
    const unproven = SHOP_INVARIANTS.filter(({ name }) => !FALSIFIED.some(([, prefix]) => name.startsWith(prefix)));
    expect(unproven.map(({ name }) => name)).toEqual([]);
  });
});
