/**
 * Two nodes that both believe that every actor is theirs, on one store whose answers come in any order: whoever is
 * first wins, the other starts again, and what both were asked is done once.
 */
import { env } from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MachineEvent } from "../../../src/runtime/machine-event.ts";
import type { Receipt } from "../../../src/runtime/receipt.ts";
import { createRuntime, type Runtime } from "../../../src/runtime/runtime.ts";
import { shopActors } from "../../../src/shop/actors.ts";
import type { Store } from "../../../src/store/store.ts";
import type { AnsweredRequest } from "../../invariants/books.ts";
import { violationsOf } from "../../invariants/invariants.ts";
import { memoryWorld } from "../../support/shop-life.ts";
import { createShopProvider } from "../../support/shop-provider.ts";

/** A few seconds. A night's worth: `TEST_PROPERTY_RUNS=50000`. */
const RUNS = Math.ceil(Number(env["TEST_PROPERTY_RUNS"] ?? 200) / 4);
const TIMEOUT_MS = 30_000 + RUNS * 1_000;

const WAIT = 20_000;
const timeouts = {
  reservationMs: WAIT,
  paymentMs: WAIT,
  shipmentMs: 10 * WAIT,
  deliveryMs: 10 * WAIT,
  releaseMs: WAIT,
  refundMs: WAIT,
  reminderMs: 10 * WAIT,
};
const price = { amount: "1000", currency: "EUR" };
const shippingAddress = { line1: "1 High Street", city: "Town", postalCode: "1000", country: "DE" };
const placed = (quantity: number) => ({
  type: "OrderPlaced",
  customerId: "ada",
  items: [{ productId: "few", quantity, unitPrice: price }, { productId: "few", quantity: 1, unitPrice: price }],
  total: price,
  shippingAddress,
  timeouts,
});

const TOLD: readonly MachineEvent[] = [
  { type: "CancellationRequested" },
  { type: "OrderShipped", trackingNumber: "T-1" },
  { type: "ShippingAddressChanged", shippingAddress: { ...shippingAddress, line1: "2 High Street" } },
];

/** Said to one order over one of the nodes, or over both at once. */
interface Saying {
  readonly nodes: readonly number[];
  readonly order: number;
  readonly event: MachineEvent;
}

const saying: fc.Arbitrary<Saying> = fc.record({
  nodes: fc.constantFrom([0], [1], [0, 1]),
  order: fc.nat(1),
  event: fc.constantFrom(placed(1), placed(2), ...TOLD),
});

class Race {
  readonly world = memoryWorld();
  readonly #provider = createShopProvider(() => this.#head);
  readonly #nodes: Runtime[] = [];
  readonly #requests: AnsweredRequest[] = [];
  #head = 0;
  #messages = 0;
  #scheduler: fc.Scheduler | undefined;

  async begin(): Promise<void> {
    for (const nodeId of ["a", "b"]) {
      const { clock } = this.world;
      const actors = shopActors(this.#provider);
      const node = createRuntime({ store: this.#store(), actors, clock, random: () => 0.5, nodeId });
      await node.start();
      this.#nodes.push(node);
    }
    const listed = { type: "ProductListed", name: "few", price, stock: 3 };
    await this.#nodes[0]!.actor("product", "few").propose(listed, { by: "internal" });
    await this.world.settle();
  }

  async run(scheduler: fc.Scheduler, sayings: readonly Saying[]): Promise<void> {
    this.#scheduler = scheduler;
    const heard = sayings.map((one) => this.#say(one, `m${this.#messages++}`));
    await scheduler.waitFor(Promise.all(heard));
    this.#scheduler = undefined;
    await scheduler.waitIdle();
  }

  async end(): Promise<void> {
    await this.world.rest();
    const books = await this.world.books({ atRest: true, requests: this.#requests });
    expect(violationsOf({ ...books, charges: this.#provider.charges, calls: this.#provider.calls })).toEqual([]);
    await Promise.all(this.#nodes.map((node) => node.stop(0)));
  }

  async #say({ nodes, order, event }: Saying, messageId: string): Promise<void> {
    const options = { by: "internal", messageId } as const;
    const receipts = await Promise.all(
      nodes.map((node) => this.#nodes[node]!.actor("order", `o${order}`).propose(event, options)),
    );
    const accepted = receipts.filter(({ outcome }) => outcome !== "refused");
    expect(new Set(accepted.map(({ version }) => version)).size, "one message, one event").toBeLessThanOrEqual(1);
    expect(accepted.filter(isFirst).length, "accepted once").toBeLessThanOrEqual(1);
    this.#requests.push({ messageId, outcome: accepted.length > 0 ? "acknowledged" : "refused" });
  }

  /** The node's: while they race, the scheduler says whose append comes next, and whose answer. */
  #store(): Store {
    const { store } = this.world;
    const turn = (what: string) => this.#scheduler?.schedule(Promise.resolve(), what);
    return {
      ...store,
      append: async (node, runs) => {
        await turn(`append by ${node}`);
        const results = await store.append(node, runs);
        this.#head = await store.head();
        await turn(`answer to ${node}`);
        return results;
      },
      load: async (stream, machine) => {
        await turn(`load ${stream}`);
        return await store.load(stream, machine);
      },
    };
  }
}

const isFirst = ({ outcome }: Receipt) => outcome === "accepted";

describe("two nodes", () => {
  test("are asked at once", async () => {
    const sayings = fc.array(fc.array(saying, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), sayings, async (scheduler, rounds) => {
        const race = new Race();
        await race.begin();
        for (const round of rounds) await race.run(scheduler, round);
        await race.end();
      }),
      { numRuns: RUNS },
    );
  }, TIMEOUT_MS);
});
