/**
 * The shop on the real runtime, told whatever comes to mind, with a provider that is moody and a node that dies: each
 * answer is what the model expects, and at the end the books are in order.
 */
import { env } from "node:process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { violationsOf } from "../../invariants/invariants.ts";
import { eventually } from "../../support/eventually.ts";
import { freshDatabase } from "../../support/postgres.ts";
import { beginShop, memoryWorld, postgresWorld, type World } from "../../support/shop-life.ts";
import { type Command, commands } from "./commands.ts";
import { Customers } from "./customers.ts";

/** A few seconds. A night's worth: `TEST_PROPERTY_RUNS=50000`. */
const RUNS = Math.ceil(Number(env["TEST_PROPERTY_RUNS"] ?? 200) / 3);
const TIMEOUT_MS = 30_000 + RUNS * 1_000;

async function live(world: World, sequence: Iterable<Command>): Promise<string[]> {
  const shop = await beginShop(world);
  const customers = new Customers(shop);
  await customers.open();
  await fc.asyncModelRun(() => ({ model: customers, real: shop }), sequence);
  await shop.crash();
  await customers.finishStocktakes();
  await shop.rest();
  const expectOrder = async () => expect(violationsOf(await shop.books(true, customers.requests()))).toEqual([]);
  await eventually(expectOrder, world.restsWithinMs);
  const endings = customers.orders.map(async (id) => (await shop.runtime().actor("order", id).snapshot())!.state);
  const states = await Promise.all(endings);
  await shop.end();
  return states;
}

const MOODS = ["answers", "answers", "fails", "loses", "hangs", "refuses"] as const;

describe("any sequence of requests, moods, time and crashes", () => {
  test("in memory", async () => {
    const endings = new Set<string>();
    const sequences = fc.commands(commands(MOODS), { maxCommands: 60, size: "max" });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        for (const state of await live(memoryWorld(), sequence)) endings.add(state);
      }),
      { numRuns: RUNS },
    );
    // A run in which nothing went wrong would prove little.
    expect([...endings]).toEqual(expect.arrayContaining(["confirmed", "cancelled", "needsIntervention"]));
  }, TIMEOUT_MS);

  test("on Postgres", async () => {
    const sequences = fc.commands(commands(MOODS), { maxCommands: 25, size: "max" });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        const database = await freshDatabase();
        await live(await postgresWorld(database.url), sequence);
        await database.drop();
      }),
      { numRuns: Math.ceil(RUNS / 25), endOnFailure: true },
    );
  }, TIMEOUT_MS);
});
