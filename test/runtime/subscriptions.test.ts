import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import { createInProcessBus } from "../../src/messaging/in-process-bus.ts";
import { startRelay } from "../../src/messaging/relay.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import { createRuntime, type Runtime, type RuntimeOptions } from "../../src/runtime/runtime.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { Store, StoredEvent } from "../../src/store/store.ts";
import { freshDatabase } from "../support/postgres.ts";
import { gate } from "../support/toys.ts";

const atEnd: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

const memory = (clock: Clock = systemClock) => createMemoryStore({ clock });

async function node(store: Store = memory(), more: Partial<RuntimeOptions> = {}): Promise<Runtime> {
  const runtime = createRuntime({ store, actors: [gate], ...more });
  await runtime.start();
  atEnd.push(() => runtime.stop(0));
  return runtime;
}

async function tell(runtime: Runtime, id: string, event: MachineEvent): Promise<void> {
  const receipt = await runtime.actor("gate", id).propose(event, { by: "internal" });
  if (receipt.outcome !== "accepted") throw new Error(`${event.type} was not accepted: ${JSON.stringify(receipt)}`);
}

const build = (runtime: Runtime, id = "a") => tell(runtime, id, { type: "Built" });
const count = (runtime: Runtime, times: number, id = "a") =>
  Promise.all(Array.from({ length: times }, () => tell(runtime, id, { type: "Counted", by: 1 })));

async function take(events: AsyncIterator<StoredEvent>, wanted: number): Promise<StoredEvent[]> {
  const taken: StoredEvent[] = [];
  for (let i = 0; i < wanted; i++) {
    const { done, value } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const versions = (events: readonly StoredEvent[]) => events.map(({ version }) => version);

/** A store that counts who reads streams. */
function counted(store: Store): { store: Store; reads: () => number } {
  let reads = 0;
  const read: Store["read"] = (...arguments_) => (reads++, store.read(...arguments_));
  return { store: { ...store, read }, reads: () => reads };
}

describe("a subscription", () => {
  it("hears what is there and then what comes, as it is in the log", async () => {
    const runtime = await node();
    await build(runtime);
    await count(runtime, 3);
    const events = runtime.actor("gate", "a").subscribe();
    expect(versions(await take(events, 4))).toEqual([1, 2, 3, 4]);
    const waiting = take(events, 3);
    await count(runtime, 3);
    expect(await waiting).toEqual(await runtime.actor("gate", "a").events({ fromVersion: 5 }));
  });

  it("hears from Postgres too what is in the log", async () => {
    const database = await freshDatabase();
    atEnd.push(database.drop);
    const store = await openPostgresStore({ url: database.url });
    atEnd.push(store.close);
    const runtime = await node(store);
    await build(runtime);
    const events = runtime.actor("gate", "a").subscribe();
    await take(events, 1);
    await tell(runtime, "a", { type: "Opened" });
    await tell(runtime, "a", { type: "Closed", why: 'ä😀\\"\n' });
    expect(await take(events, 2)).toEqual(await store.read("gate/a", { fromVersion: 2 }));
  });

  it("starts where it is told to, also before there is anything", async () => {
    const runtime = await node();
    const early = take(runtime.actor("gate", "a").subscribe(), 2);
    const late = take(runtime.actor("gate", "a").subscribe({ fromVersion: 4 }), 2);
    await build(runtime);
    await count(runtime, 5);
    expect(versions(await early)).toEqual([1, 2]);
    expect(versions(await late)).toEqual([4, 5]);
    expect(versions(await take(runtime.actor("gate", "a").subscribe({ fromVersion: 6 }), 1))).toEqual([6]);
  });

  it("hears of its own actor only", async () => {
    const runtime = await node();
    const events = runtime.actor("gate", "b").subscribe();
    await build(runtime, "a");
    await count(runtime, 5, "a");
    await build(runtime, "b");
    expect(await take(events, 1)).toMatchObject([{ stream: "gate/b", type: "Built", version: 1 }]);
  });

  it("does not read the log for what this node commits while it listens", async () => {
    const { store, reads } = counted(memory());
    const runtime = await node(store);
    await build(runtime);
    const events = runtime.actor("gate", "a").subscribe();
    await take(events, 1);
    for (let i = 0; i < 20; i++) {
      const next = take(events, 1);
      await count(runtime, 1);
      expect(versions(await next)).toEqual([i + 2]);
    }
    expect(reads()).toBe(1);
  });

  it("misses nothing when its reader is slow: what does not fit comes from the log", async () => {
    const { store, reads } = counted(memory());
    const runtime = await node(store);
    await build(runtime);
    const events = runtime.actor("gate", "a").subscribe();
    await take(events, 1);
    for (let i = 0; i < 10; i++) await count(runtime, 100);
    expect(versions(await take(events, 1_000))).toEqual(upTo(1_001, 2));
    expect(reads()).toBeGreaterThan(5);
  });

  it("keeps the order for readers that ask several times at once", async () => {
    const runtime = await node();
    const events = runtime.actor("gate", "a").subscribe();
    const asked = upTo(50).map(() => events.next());
    await build(runtime);
    await count(runtime, 49);
    expect((await Promise.all(asked)).map(({ value }) => value?.version)).toEqual(upTo(50));
  });

  it("is one of many, each complete", async () => {
    const runtime = await node();
    const all = upTo(20).map((from) => take(runtime.actor("gate", "a").subscribe({ fromVersion: from }), 300 - from));
    await build(runtime);
    await count(runtime, 299);
    for (const [i, taken] of (await Promise.all(all)).entries()) expect(versions(taken)).toEqual(upTo(299, i + 1));
  });
});

describe("what another node commits", () => {
  it("is noticed within a second", async () => {
    const store = memory();
    const clock = createManualClock();
    const [here, there] = [await node(store, { clock }), await node(store)];
    const events = here.actor("gate", "a").subscribe();
    const taken = take(events, 2);
    await build(there);
    await count(there, 1);
    clock.advance(1_000);
    expect(versions(await taken)).toEqual([1, 2]);
    const next = take(events, 1);
    await count(there, 1);
    await pause(1);
    clock.advance(1_000);
    expect(versions(await next)).toEqual([3]);
  });

  it("is in one order with what its own node commits", async () => {
    const store = memory();
    const [here, there] = [await node(store), await node(store)];
    const taken = take(here.actor("gate", "a").subscribe(), 60);
    await build(there);
    for (let i = 0; i < 30; i++) await Promise.all([count(here, 1), count(there, 1)]);
    expect(versions(await taken)).toEqual(upTo(60));
  });

  it("is heard at once over the bus", async () => {
    const store = memory();
    const bus = createInProcessBus(silentLogger);
    const relay = await startRelay({ log: store, bus, clock: systemClock, logger: silentLogger });
    atEnd.push(() => relay.stop(), await store.onAppended(() => relay.wake()));
    // Time stands still here, so that it never asks by itself.
    const here = await node(store, { bus, clock: createManualClock() });
    const there = await node(store);
    const taken = take(here.actor("gate", "a").subscribe(), 11);
    await build(there);
    await count(there, 10);
    expect(versions(await taken)).toEqual(upTo(11));
  });
});

describe("the end of a subscription", () => {
  it("is leaving the loop", async () => {
    const runtime = await node();
    await build(runtime);
    await count(runtime, 9);
    const seen: number[] = [];
    const events = runtime.actor("gate", "a").subscribe();
    for await (const { version } of events) {
      seen.push(version);
      if (version === 3) break;
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });

  it("is the signal, also while it waits", async () => {
    const runtime = await node();
    await build(runtime);
    const abort = new AbortController();
    const events = runtime.actor("gate", "a").subscribe({ signal: abort.signal });
    await take(events, 1);
    const waiting = events.next();
    abort.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await runtime.actor("gate", "a").subscribe({ signal: abort.signal }).next()).toMatchObject({ done: true });
  });

  it("is its return, also while somebody waits", async () => {
    const events = (await node()).actor("gate", "a").subscribe();
    const waiting = events.next();
    await events.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it("is the node's: what was committed is still heard, then an error says where to go on", async () => {
    const runtime = await node();
    await build(runtime);
    const events = runtime.actor("gate", "a").subscribe();
    await take(events, 1);
    await count(runtime, 2);
    await runtime.stop(0);
    expect(versions(await take(events, 2))).toEqual([2, 3]);
    await expect(events.next()).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
    expect(await events.next()).toMatchObject({ done: true });
    expect(() => runtime.actor("gate", "a").subscribe()).toThrow(/stopping/);
  });
});

describe("trouble", () => {
  it("of the log is waited out", async () => {
    const store = memory();
    let failures = 2;
    const flaky: Store["read"] = async (...arguments_) => {
      if (failures-- > 0) throw new StatewrightError("UNAVAILABLE", "The database is restarting");
      return await store.read(...arguments_);
    };
    const clock = createManualClock();
    const runtime = await node({ ...store, read: flaky }, { clock });
    await build(runtime);
    const taken = take(runtime.actor("gate", "a").subscribe(), 1);
    while (failures > 0) {
      await pause(1);
      clock.advance(1_000);
    }
    await pause(1);
    clock.advance(1_000);
    expect(versions(await taken)).toEqual([1]);
  });

  it("that will not pass is the reader's", async () => {
    const read = () => Promise.reject(new Error("permission denied"));
    const runtime = await node({ ...memory(), read });
    await expect(runtime.actor("gate", "a").subscribe().next()).rejects.toThrow("permission denied");
  });

  it("with what is asked for is said at once", async () => {
    const runtime = await node();
    const { subscribe } = runtime.actor("gate", "a");
    for (const fromVersion of [0, -1, 1.5, NaN, Infinity]) {
      expect(() => subscribe({ fromVersion })).toThrow(/versions are 1, 2, 3/);
    }
    expect(() => runtime.actor("door", "a").subscribe()).toThrow(/No actor type "door"/);
  });

  it("of too many is refused, until others have gone", async () => {
    const runtime = await node();
    const { subscribe } = runtime.actor("gate", "a");
    const all = upTo(1_000).map(() => subscribe());
    expect(() => subscribe()).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
    await all[0]?.return?.();
    await all[0]?.return?.();
    subscribe();
    expect(() => subscribe()).toThrow(/1000 subscriptions/);
  });
});
