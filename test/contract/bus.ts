/** What every bus keeps, whatever carries it. Each test is a sentence of src/messaging/bus.ts. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Bus, FeedEvent } from "../../src/messaging/bus.ts";
import { eventually } from "../support/eventually.ts";
import { feedEvents, partsOf } from "../support/feed-events.ts";

export interface BusUnderTest {
  readonly bus: Bus;
  /** What another subscriber has: the same bus within a process, another process's in a cluster. */
  readonly other: Bus;
  dispose(): Promise<void>;
}

export function busContract(open: () => Promise<BusUnderTest>): void {
  let under: BusUnderTest;
  beforeEach(async () => {
    under = await open();
  });
  afterEach(() => under.dispose());

  const collect = async (bus: Bus) => {
    const heard: FeedEvent[] = [];
    const subscription = await bus.subscribe((event) => void heard.push(partsOf(event)));
    return { heard, subscription };
  };

  it("carries events as they were stored, in order, to every subscriber", async () => {
    const [here, there] = [await collect(under.bus), await collect(under.other)];
    const events = feedEvents(1, 700);
    await under.bus.publish(events.slice(0, 699), 0);
    await under.bus.publish(events.slice(699), 699);
    await eventually(() => {
      expect(here.heard).toEqual(events);
      expect(there.heard).toEqual(events);
    });
  });

  it("carries what is published from the subscription on, and nothing after its end", async () => {
    const events = feedEvents(1, 3);
    await under.bus.publish(events.slice(0, 1), 0);
    const { heard, subscription } = await collect(under.other);
    await under.bus.publish(events.slice(1, 2), 1);
    await eventually(() => expect(heard).toEqual([events[1]]));
    subscription.close();
    const witness = await collect(under.other);
    await under.bus.publish(events.slice(2), 2);
    await eventually(() => expect(witness.heard).toEqual([events[2]]));
    expect(heard).toHaveLength(1);
  });

  it("goes on after a handler that throws, and calls a function as often as it subscribed", async () => {
    const seen: number[] = [];
    const failing = ({ position }: FeedEvent) => {
      seen.push(position);
      throw new Error("a broken subscriber");
    };
    await under.bus.subscribe(failing);
    await under.bus.subscribe(failing);
    const { heard } = await collect(under.bus);
    await under.bus.publish(feedEvents(1, 2), 0);
    await eventually(() => expect(heard).toHaveLength(2));
    expect(seen).toEqual([1, 1, 2, 2]);
  });

  it("takes an empty batch", async () => {
    await expect(under.bus.publish([], 0)).resolves.not.toThrow();
  });

  it("answers a ping, says what it is, and knows what it keeps", async () => {
    await expect(under.bus.ping(5_000)).resolves.toBeUndefined();
    expect(under.bus.description).toMatch(/\w/);
    const before = await under.bus.retained();
    const mark = await under.bus.publish(feedEvents(1, 5), 0);
    const after = await under.bus.retained();
    if (under.bus.reach === "process") return expect([before, mark, after]).toEqual([undefined, undefined, undefined]);
    expect(before).toMatchObject({ last: undefined, taken: 0 });
    expect(after).toMatchObject({ last: { position: 5, id: "actor/a/5" }, taken: 5, ...mark });
    expect(after!.incarnation).toBe(before!.incarnation);
  });
}
