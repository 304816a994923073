/**
 * A shop in one node, with a provider that can be moody: tests tell it things, let time pass, and let it crash at any
 * moment, also in the middle of an append. In memory, on a clock that stands still; or on a real database.
 */
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { startProjector } from "../../src/projection/projector.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { orderSummaries } from "../../src/shop/projections/order-summaries.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { Store } from "../../src/store/store.ts";
import { booksOfStore } from "../invariants/books-of-store.ts";
import type { AnsweredRequest, ShopBooks } from "../invariants/books.ts";
import { type Known, readBooks } from "../invariants/read-books.ts";
import { createMortalStore, type Death } from "./mortal-store.ts";
import { severable } from "./severable-store.ts";
import { createShopProvider, type ShopProvider } from "./shop-provider.ts";

export interface ShopLife {
  readonly store: Store;
  readonly clock: Clock;
  readonly provider: ShopProvider;
  runtime(): Runtime;
  /** The answer, or undefined when none came: the node has died meanwhile. */
  hear<Answer>(answer: Promise<Answer>): Promise<Answer | undefined>;
  pass(ms: number): Promise<void>;
  /** The process dies, at once or around an append of its next life, and is started again. */
  crash(death?: Death): Promise<void>;
  /** Heals everything and lets it come to an end. */
  rest(): Promise<void>;
  books(atRest: boolean, requests: readonly AnsweredRequest[]): Promise<ShopBooks>;
  end(): Promise<void>;
}

/** The world that a shop lives in. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  pass(ms: number): Promise<void>;
  /** So much time that whatever waits for a time-out of the machines' own has had it. */
  rest(): Promise<void>;
  /** What it may take longer than that, where time cannot be moved. */
  readonly restsWithinMs: number;
  books(known: Known): Promise<ShopBooks>;
  close(): Promise<void>;
}

/** In memory time passes in steps of this. */
const STEP_MS = 1_000;
/** Longer than the provider is asked again, and than orders wait for each other. */
const REST_MS = 150_000;

export function memoryWorld(): World {
  const clock = createManualClock(1_000);
  const store = createMemoryStore({ clock });
  const settle = async () => {
    for (let before = -1, head = 0; head !== before;) {
      before = head;
      for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
      head = await store.head();
    }
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      clock.advance(Math.min(left, STEP_MS));
      await settle();
    }
  };
  return {
    store,
    clock,
    settle,
    pass,
    rest: () => pass(REST_MS),
    restsWithinMs: 0,
    books: async (known) => ({ charges: [], calls: [], ...await booksOfStore(store, known) }),
    close: async () => {},
  };
}

/** On a real database, whose time cannot be moved: it is waited for, a little. With the read model of orders. */
export async function postgresWorld(url: string): Promise<World> {
  const store = await openPostgresStore({ url });
  const projector = startProjector({ store, projections: [orderSummaries], clock: systemClock, logger: silentLogger });
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return {
    store,
    clock: systemClock,
    settle: () => wait(15),
    pass: (ms) => wait(Math.min(ms, 50)),
    rest: () => wait(300),
    restsWithinMs: 20_000,
    async books(known) {
      projector.wake();
      return await readBooks(url, known);
    },
    async close() {
      await projector.stop();
      await store.close();
    },
  };
}

export async function beginShop(world: World): Promise<ShopLife> {
  let head = 0;
  const provider = createShopProvider(() => head);
  const actors = shopActors(provider);
  let runtime: Runtime;
  let sever: () => void;
  let isDead: boolean;

  const committed: Store = {
    ...world.store,
    async append(node, runs) {
      const results = await world.store.append(node, runs);
      results.forEach((result, i) => {
        if (result.outcome === "appended") head = Math.max(head, result.firstPosition + runs[i]!.events.length - 1);
      });
      return results;
    },
  };

  async function start(death?: Death): Promise<void> {
    const line = severable(committed);
    const mortal = createMortalStore(line.store, death, () => {
      line.sever();
      isDead = true;
      throw new Error("dead");
    });
    const append: Store["append"] = (node, runs) =>
      // Who dies in an append hears nothing of it.
      mortal.append(node, runs).catch((thrown) => isDead ? new Promise<never>(() => {}) : Promise.reject(thrown));
    [sever, isDead] = [line.sever, false];
    const options = { actors, clock: world.clock, random: () => 0.5, nodeId: "one" };
    runtime = createRuntime({ ...options, store: { ...mortal, append } });
    await runtime.start();
    await world.settle();
  }

  async function live(): Promise<void> {
    await world.settle();
    if (isDead) await start();
  }

  await start();
  return {
    store: world.store,
    clock: world.clock,
    provider,
    runtime: () => runtime,
    async hear<Answer>(answer: Promise<Answer>) {
      const heard = await Promise.race([answer, silence(world, () => isDead)]);
      await live();
      return heard;
    },
    async pass(ms) {
      await world.pass(ms);
      await live();
    },
    async crash(death) {
      sever();
      await start(death);
    },
    async rest() {
      provider.feel("answers");
      sever();
      await start();
      await world.rest();
    },
    books: async (atRest, requests) => ({
      ...await world.books({ atRest, requests }),
      charges: provider.charges,
      calls: provider.calls,
    }),
    async end() {
      sever();
      await world.settle();
      await world.close();
    },
  };
}

/** Comes when nothing will be answered any more. */
async function silence({ settle }: World, isDead: () => boolean): Promise<undefined> {
  for (let i = 0; i < 200; i++) {
    await settle();
    if (isDead()) return;
  }
}
