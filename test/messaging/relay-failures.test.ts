/** What the broker can do to the relay. The feed has to be whole afterwards. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { managerOf } from "../../src/messaging/jetstream/streams.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { describeNats } from "../support/describe-nats.ts";
import { eventually } from "../support/eventually.ts";
import { newRun } from "../support/runs.ts";
import { useRelays } from "../support/relays.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const HOUR_MS = 3_600_000;

describeNats("the relay, when the broker", () => {
  const relays = useRelays();

  it("is killed again and again while it publishes", async () => {
    await relays.start("one");
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 10; i++) await relays.append(100);
      await relays.server().kill();
      await relays.append(100);
      await relays.server().restart();
    }
    await relays.expectWholeFeed();
  });

  it("stands still for some seconds, and then goes on", async () => {
    const { metric } = await relays.start("one");
    await relays.append(50);
    await relays.expectWholeFeed();
    relays.server().pause();
    for (let i = 0; i < 10; i++) await relays.append(50);
    expect(await metric("statewright_relay_lag_positions")).toBe(500);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    relays.server().resume();
    await relays.expectWholeFeed();
  });

  it("is away under load: commits go on, and the relay catches up", async () => {
    const { relay } = await relays.start("one");
    await relays.append(10);
    await relays.expectWholeFeed();
    await relays.server().kill();
    for (let i = 0; i < 60; i++) await relays.append(50);
    expect((await relay.lag())?.positions).toBe(3_000);
    await relays.server().restart();
    await relays.expectWholeFeed();
    expect(await relay.lag()).toEqual({ positions: 0, seconds: 0 });
  });

  it("is not there yet when the node starts", async () => {
    const { port, storeDir } = relays.server();
    await relays.server().kill();
    await relays.start("one");
    await relays.append(10);
    await relays.serve({ port, storeDir });
    await relays.expectWholeFeed();
  });

  it("comes back with an older copy of its store", async () => {
    const { metric } = await relays.start("one");
    await relays.append(300);
    await relays.expectWholeFeed();
    const { storeDir } = relays.server();
    const copy = join(temporaryFolder(), "copy");
    await relays.server().stop();
    cpSync(storeDir, copy, { recursive: true });
    await relays.server().restart();
    await relays.append(500);
    await relays.expectWholeFeed();

    await relays.server().kill();
    rmSync(storeDir, { recursive: true });
    cpSync(copy, storeDir, { recursive: true });
    await relays.server().restart();
    await relays.expectWholeFeed();
    await relays.append(10);
    await relays.expectWholeFeed();
    expect(await metric("statewright_republished_total")).toBe(500);
  });

  it("comes back empty, with another relay", async () => {
    const { relay } = await relays.start("one");
    await relays.append(700);
    await relays.expectWholeFeed();
    await relay.stop();
    const { port } = relays.server();
    await relays.serve({ port });
    await relays.start("two");
    await relays.expectWholeFeed();
  });

  it("has its stream deleted, and nothing is committed afterwards", async () => {
    const { nats } = await relays.start("one");
    await relays.append(700);
    await relays.expectWholeFeed();
    await (await managerOf(nats.nats.client())).streams.delete("EVENTS");
    await eventually(async () => expect((await nats.bus.retained())?.last?.position).toBe(700), 10_000);
    await relays.expectWholeFeed();
  });

  it("lost everything: only what the feed would still keep is published", async () => {
    const { nats } = await relays.start("one", { maxAgeMs: HOUR_MS });
    relays.passTime(-3 * HOUR_MS);
    await relays.append(500);
    relays.passTime(3 * HOUR_MS);
    await relays.append(40);
    await eventually(async () => expect((await nats.bus.retained())?.last?.position).toBe(540));
    await (await managerOf(nats.nats.client())).streams.delete("EVENTS");
    await eventually(async () => expect((await nats.bus.retained())?.last?.position).toBe(540), 10_000);
    expect((await relays.kept()).map(({ position }) => position)).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 501),
    );
  });

  it("is emptied by hand: what was on the feed does not come back", async () => {
    const { nats } = await relays.start("one");
    await relays.append(50);
    await relays.expectWholeFeed();
    await (await managerOf(nats.nats.client())).streams.purge("EVENTS");
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await relays.append(5);
    await eventually(async () => expect((await nats.bus.retained())?.last?.position).toBe(55));
    expect((await relays.kept()).map(({ position }) => position)).toEqual([51, 52, 53, 54, 55]);
  });

  it("has messages of somebody else on its subjects", async () => {
    const { nats } = await relays.start("one");
    await relays.append(50);
    await relays.expectWholeFeed();
    nats.nats.client().publish("events.actor.0.Forged", "{}");
    await nats.nats.client().flush();
    await relays.append(50);
    await eventually(async () => expect((await nats.bus.retained())?.last?.position).toBe(100), 10_000);
    const positions = (await relays.kept()).map(({ position }) => position);
    expect(positions.filter((position) => position > 0)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it("has just taken the same names from another log: nothing gets stuck, and what is new comes", async () => {
    const { relay } = await relays.start("one");
    await relays.append(30);
    await relays.expectWholeFeed();
    await relay.stop();
    // Within its duplicate window the stream takes none of these names again.
    const another = createMemoryStore({ clock: systemClock });
    await another.append(1, [newRun("actor/new", 0, ["A"]), newRun("actor/0", 0, ["A", "B"])]);
    await another.append(1, [newRun("actor/new", 1, ["B", "C"])]);
    const two = await relays.start("two", { store: another });
    await eventually(async () => expect(await two.relay.lag()).toMatchObject({ positions: 0 }), 10_000);
    expect((await relays.kept()).map(({ id }) => id).slice(30)).toEqual(["actor/new/1", "actor/new/2", "actor/new/3"]);
  });

  it("takes only small messages: a larger event is left out, and the others come", async () => {
    await relays.serve({ config: "max_payload: 8KB" });
    const { metric } = await relays.start("one");
    await relays.append(3);
    const data = JSON.stringify({ note: "x".repeat(9_000) });
    const large = { ...newRun("actor/large", 0, ["Large"]) };
    await relays.store().append(1, [{ ...large, events: large.events.map((event) => ({ ...event, data })) }]);
    await relays.append(3);
    await eventually(async () => {
      const kept = await relays.kept();
      expect(kept.map(({ position, previous }) => [position, previous])).toEqual([[1, 0], [2, 1], [3, 2], [5, 4], [
        6,
        5,
      ], [
        7,
        6,
      ]]);
    });
    expect(await metric("statewright_feed_skipped_total")).toBe(1);
  });
});
