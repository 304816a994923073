import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createMetrics } from "../../src/kernel/metrics.ts";
import { createSubscriber, type Subscriber } from "../../src/projection/subscriber.ts";
import type { Subscription } from "../../src/projection/subscription.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { StoredEvent } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { newEvent, newRun } from "../support/runs.ts";

function start() {
  const store = createMemoryStore({ clock: systemClock });
  let metrics = createMetrics();
  const subscribers: Subscriber[] = [];
  const versions = new Map<string, number>();
  return {
    store,
    metrics: () => metrics,
    /** Appends events of these types; `letter/a Sent` means a stream and a type. */
    async append(...events: string[]): Promise<void> {
      for (const event of events) {
        const [stream = "", type = ""] = event.split(" ");
        const version = versions.get(stream) ?? 0;
        versions.set(stream, version + 1);
        await store.append(1, [newRun(stream, version, [], { events: [newEvent(type)] })]);
      }
    },
    subscriber(options: { member?: string; concurrency?: number } = {}): Subscriber {
      metrics = createMetrics();
      const subscriber = createSubscriber({ store, clock: systemClock, logger: silentLogger, metrics, ...options });
      void store.onAppended(() => subscriber.wake());
      subscribers.push(subscriber);
      return subscriber;
    },
    cursor: async (name: string) => (await store.subscriptions()).find((one) => one.name === name)?.position,
    async stop(): Promise<void> {
      await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
    },
  };
}

/** A subscription to letters that keeps what it was given, as `letter/a Sent`. */
function letters(more: Partial<Subscription> = {}): { seen: string[]; subscription: Subscription } {
  const seen: string[] = [];
  const handle = async ({ stream, type }: StoredEvent) => void seen.push(`${stream} ${type}`);
  const subscription = {
    name: "letters",
    types: ["letter"],
    from: "beginning",
    delivery: "effectively-once",
    handle,
    ...more,
  };
  return { seen, subscription: subscription as Subscription };
}

const FIVE = ["letter/a Sent", "bottle/x Found", "letter/b Sent", "letter/a Read", "letter/b Burnt"];

describe("what is read", () => {
  test("are the events of its types and names, and the cursor moves past all others", async () => {
    const { store, append, subscriber, cursor, stop } = start();
    await append(...FIVE);
    const { seen, subscription } = letters({ events: ["Sent", "Read"] });
    await subscriber().subscribe(subscription);
    await eventually(() => expect(seen.toSorted()).toEqual(["letter/a Read", "letter/a Sent", "letter/b Sent"]));
    await append("bottle/x Lost");
    await eventually(async () => expect(await cursor("letters")).toBe(await store.head()));
    await stop();
  });

  test("begins where a new name says, and an old one where it was", async () => {
    const { append, subscriber, stop } = start();
    await append(...FIVE);
    const end = letters({ name: "end", from: "end" });
    const place = letters({ name: "place", from: { position: 3 } });
    const moment = letters({ name: "moment", from: { time: 0 } });
    const first = subscriber();
    for (const { subscription } of [end, place, moment]) await first.subscribe(subscription);
    await append("letter/c Sent");
    await eventually(() => expect(end.seen).toEqual(["letter/c Sent"]));
    await eventually(() => expect(place.seen).toHaveLength(3));
    await eventually(() => expect(moment.seen).toHaveLength(5));
    await stop();

    await append("letter/d Sent");
    const again = letters({ name: "end", from: "beginning" });
    await subscriber().subscribe(again.subscription);
    await eventually(() => expect(again.seen).toEqual(["letter/d Sent"]));
    await stop();
  });

  test("comes again after a reset", async () => {
    const { append, subscriber, stop } = start();
    await append(...FIVE);
    const { seen, subscription } = letters();
    const one = subscriber();
    await one.subscribe(subscription);
    await eventually(() => expect(seen).toHaveLength(4));
    await one.reset("letters", { position: 2 });
    await eventually(() =>
      expect(seen.slice(4).toSorted()).toEqual(["letter/a Read", "letter/b Burnt", "letter/b Sent"])
    );
    await stop();
  });

  test("is subscribed once a process", async () => {
    const { subscriber, stop } = start();
    const one = subscriber();
    await one.subscribe(letters().subscription);
    await expect(one.subscribe(letters().subscription)).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    await stop();
  });
});

test("events of one key are handled one after the other, others meanwhile", async () => {
  const { append, subscriber, stop } = start();
  const under = new Map<string, number>();
  let [most, mostOfOne, done] = [0, 0, 0];
  const { subscription } = letters({
    delivery: "at-least-once",
    key: ({ stream }) => stream.slice(-1),
    async handle({ stream }) {
      const key = stream.slice(-1);
      under.set(key, (under.get(key) ?? 0) + 1);
      mostOfOne = Math.max(mostOfOne, under.get(key)!);
      most = Math.max(most, [...under.values()].reduce((sum, count) => sum + count));
      await new Promise((resolve) => setTimeout(resolve, 2));
      under.set(key, under.get(key)! - 1);
      done++;
    },
  });
  const events = Array.from({ length: 90 }, (_, n) => `letter/${n}-${n % 9} Sent`);
  await append(...events);
  await subscriber({ concurrency: 4 }).subscribe(subscription);
  await eventually(() => expect(done).toBe(90));
  expect(mostOfOne).toBe(1);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
  await stop();
});

describe.each(["effectively-once", "at-least-once"] as const)("poison, %s", (delivery) => {
  test("is parked with the later events of its key, while others flow, until it is redriven in order", async () => {
    const { store, metrics, append, subscriber, cursor, stop } = start();
    let isBroken = true;
    const seen: string[] = [];
    let tries = 0;
    const { subscription } = letters({
      delivery,
      async handle({ stream, type }: StoredEvent) {
        if (isBroken && stream === "letter/bad" && type === "Sent") {
          tries++;
          throw new Error("the ink has run");
        }
        seen.push(`${stream} ${type}`);
      },
    });
    const others = Array.from({ length: 40 }, (_, n) => `letter/${n} Sent`);
    await append(...others.slice(0, 20), "letter/bad Sent", "letter/bad Read", ...others.slice(20));
    await subscriber().subscribe(subscription);
    await eventually(async () => expect(await cursor("letters")).toBe(await store.head()));
    await append("letter/bad Burnt", "letter/last Sent");
    await eventually(async () => expect(await cursor("letters")).toBe(await store.head()));
    expect(new Set(seen)).toEqual(new Set([...others, "letter/last Sent"]));
    expect(tries).toBeGreaterThanOrEqual(5);
    expect(await store.subscriptions()).toMatchObject([{ parked: 3 }]);
    const [letter, ...more] = await store.deadLetters({ limit: 9 });
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ reason: "poison event", stream: "letter/bad", source: "letters letter/bad/1" });
    expect(letter!.detail).toContain("the ink has run");
    expect((await metrics().render()).text).toContain(
      'statewright_subscription_parked_events{subscription="letters"} 3',
    );

    await store.redriveParked("letters");
    await eventually(() => expect(tries).toBeGreaterThanOrEqual(6));
    isBroken = false;
    await eventually(async () => {
      await store.redriveParked("letters", "letter/bad");
      expect(await store.subscriptions()).toMatchObject([{ parked: 0 }]);
    });
    await append("letter/bad Mended");
    await eventually(() =>
      expect(seen.filter((event) => event.startsWith("letter/bad"))).toEqual([
        "letter/bad Sent",
        "letter/bad Read",
        "letter/bad Burnt",
        "letter/bad Mended",
      ])
    );
    expect(await store.deadLetters({ limit: 9 })).toEqual([]);
    await stop();
  });

  test("is not what fails because something else is away: that is waited for", async () => {
    const { store, append, subscriber, stop } = start();
    let away = true;
    const seen: string[] = [];
    let tries = 0;
    const { subscription } = letters({
      delivery,
      async handle({ stream, type }: StoredEvent) {
        tries++;
        if (away) throw new StatewrightError("UNAVAILABLE", "The post office is closed");
        seen.push(`${stream} ${type}`);
      },
    });
    await append("letter/a Sent", "letter/a Read");
    await subscriber().subscribe(subscription);
    await eventually(() => expect(tries).toBeGreaterThan(5));
    expect(await store.deadLetters({ limit: 9 })).toEqual([]);
    away = false;
    await eventually(() => expect(seen).toEqual(["letter/a Sent", "letter/a Read"]));
    await stop();
  });
});

test("at most once, a handler that fails is not called again", async () => {
  const { store, append, subscriber, cursor, stop } = start();
  let tries = 0;
  const { subscription } = letters({ delivery: "at-most-once", handle: () => Promise.reject(new Error(`${++tries}`)) });
  await append(...FIVE);
  await subscriber().subscribe(subscription);
  await eventually(async () => expect(await cursor("letters")).toBe(await store.head()));
  expect(tries).toBe(4);
  expect(await store.deadLetters({ limit: 9 })).toEqual([]);
  await stop();
});
