import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { noMetrics } from "../../src/kernel/metrics.ts";
import type { Bus, FeedEvent, FeedMark } from "../../src/messaging/bus.ts";
import { ClusterRelay } from "../../src/messaging/cluster-relay.ts";
import { createInProcessBus } from "../../src/messaging/in-process-bus.ts";
import { startRelay } from "../../src/messaging/relay.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { openPostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { describeNats } from "../support/describe-nats.ts";
import { eventually } from "../support/eventually.ts";
import { freshDatabase } from "../support/postgres.ts";
import { useRelays } from "../support/relays.ts";
import { newRun } from "../support/runs.ts";

describe("the relay of a bus within the process", () => {
  it("publishes what is committed from its start on, and knows its lag", async () => {
    const store = createMemoryStore({ clock: systemClock });
    const bus = createInProcessBus(silentLogger);
    const seen: number[] = [];
    await bus.subscribe(({ position }) => void seen.push(position));
    await store.append(1, [newRun("actor/a", 0, ["A"])]);
    const relay = await startRelay({ log: store, bus, clock: systemClock, logger: silentLogger });
    await store.append(1, [newRun("actor/a", 1, ["B", "C"])]);
    relay.wake();
    await eventually(() => expect(seen).toEqual([2, 3]));
    await eventually(async () => expect(await relay.lag()).toEqual({ positions: 0, seconds: 0 }));
    await relay.stop();
  });
});

it.each([false, true])("a relay begins with little after a failure; lease lost meanwhile: %s", async (isLeaseLost) => {
  const startedAt = Date.now();
  let now = startedAt;
  const clock = { ...systemClock, now: () => now };
  const store = createMemoryStore({ clock });
  await store.append(1, [newRun("actor/1", 0, Array.from({ length: 70 }, (_, i) => `E${i}`))]);
  const pages: number[] = [];
  const publish = async (events: readonly FeedEvent[], after: number): Promise<FeedMark> => {
    pages.push(events.length);
    if (pages.length === 1) throw new StatewrightError("UNAVAILABLE", "It is away");
    return { incarnation: "a", taken: after + events.length };
  };
  const retained = async () => ({ incarnation: "a", taken: 0, last: undefined, keptForMs: 0 });
  const relay = new ClusterRelay({
    log: store,
    bus: { publish, retained } as unknown as Bus,
    leases: store,
    holder: "one",
    batch: 50,
    clock,
    logger: silentLogger,
    metrics: noMetrics,
    relayed: noMetrics.counter("relayed", ""),
  });
  while (pages.reduce((sum, count) => sum + count, 0) < 120) {
    await relay.work();
    now += 400;
    if (!isLeaseLost || pages.length > 1 || now > startedAt + 5_000) continue;
    now += 5_000;
    await store.acquireLease("relay", "two", 1_000);
  }
  expect(pages).toEqual([50, 20, 50]);
  expect(await relay.position()).toBe(70);
});

describeNats("the relay of a cluster", () => {
  const relays = useRelays();

  it("needs leases", async () => {
    const bus: Bus = { ...createInProcessBus(silentLogger), reach: "cluster" };
    const options = { log: relays.store(), bus, clock: systemClock, logger: silentLogger };
    await expect(startRelay(options)).rejects.toMatchObject({ code: "USAGE" });
  });

  it("publishes the whole log once, in its order, each event with the position before it", async () => {
    await relays.append(1_234);
    const { relay, metric } = await relays.start("one");
    await relays.append(3);
    await relays.expectWholeFeed();
    const kept = await relays.kept();
    expect(kept.map(({ previous }) => previous)).toEqual([0, ...kept.slice(0, -1).map(({ position }) => position)]);
    expect(kept[0]).toMatchObject({ subject: "events.actor.0.ThingHappened", id: "actor/0/1" });
    await eventually(async () => {
      expect(await relay.lag()).toEqual({ positions: 0, seconds: 0 });
      expect(await metric("statewright_relayed_total")).toBe(1_237);
    });
    expect(await metric("statewright_republished_total")).toBe(0);
    expect(await metric("statewright_relay_lease_held")).toBe(1);
    expect(await metric("statewright_relay_lag_positions")).toBe(0);
  });

  it("goes on where another one has stopped", async () => {
    const one = await relays.start("one");
    await relays.append(20);
    await relays.expectWholeFeed();
    const two = await relays.start("two");
    await relays.append(20);
    await relays.expectWholeFeed();
    expect(await two.metric("statewright_relay_lease_held")).toBe(0);
    await eventually(async () => expect(await two.relay.lag()).toEqual({ positions: 0, seconds: 0 }));
    await one.relay.stop();
    await relays.append(20);
    await relays.expectWholeFeed();
    await eventually(async () => expect(await two.metric("statewright_relay_lease_held")).toBe(1));
  });

  it("leaves no gap and nothing twice when its holder sleeps through its lease in the middle of a batch", async () => {
    let wakeUp = () => {};
    let sleeping = false;
    const asleep = new Promise<void>((resolve) => wakeUp = resolve);
    const one = await relays.start("one", {
      wrap: (bus) => ({
        ...bus,
        async publish(events, after) {
          sleeping = after > 0;
          if (sleeping) await asleep;
          return await bus.publish(events, after);
        },
      }),
    });
    await relays.append(30);
    await relays.expectWholeFeed();
    await relays.append(30);
    await eventually(() => expect(sleeping).toBe(true));
    const two = await relays.start("two");
    relays.passTime(10_000);
    await relays.append(30);
    await relays.expectWholeFeed();
    // It still believes that it may, and sends its batch from long ago.
    wakeUp();
    await relays.append(30);
    await eventually(async () => expect(await one.metric("statewright_relay_lease_held")).toBe(0));
    await relays.append(30);
    await relays.expectWholeFeed();
    expect(await two.metric("statewright_relay_lease_held")).toBe(1);
  });

  it("lets two that both believe to be the one disturb nothing", async () => {
    // Leases that everybody gets: the feed alone has to tell them apart.
    const generous = () => {
      const store = relays.store();
      const lease = { name: "relay", token: 1, position: 0, note: null };
      const leases = { acquireLease: async () => lease, advanceLease: async () => lease, releaseLease: async () => {} };
      return { ...store, ...leases };
    };
    await relays.start("one", { store: generous() });
    await relays.start("two", { store: generous() });
    for (let i = 0; i < 40; i++) await relays.append(25);
    await relays.expectWholeFeed();
  });

  it("works over Postgres", async () => {
    const database = await freshDatabase();
    const store = await openPostgresStore({ url: database.url });
    const one = await relays.start("one", { store });
    await relays.start("two", { store });
    await relays.append(700, store);
    await relays.expectWholeFeed(store);
    await one.relay.stop();
    await relays.append(700, store);
    await relays.expectWholeFeed(store);
    const [row] = await database.query("select position, holder from leases where name = 'relay'");
    expect(row).toMatchObject({ holder: "two" });
    await relays.stopAll();
    expect(await store.leasedPosition("relay")).toBe(1_400);
    await store.close();
    await database.drop();
  });
});
