import { expect, it } from "vitest";
import type { PartitionCursor } from "../../src/store/subscriptions.ts";
import { newRun } from "../support/runs.ts";
import { appender, type Subject } from "./subject.ts";

const NAME = "letters";
const CURSORS = (held: readonly PartitionCursor[]) => held.map(({ partition }) => partition);

export function subscriptionContract(subject: Subject): void {
  const append = appender(subject);
  const join = (member: string, position = 0) => subject().store.joinGroup(NAME, member, position);
  const share = async (epoch: number) => {
    const answer = await subject().other.shareGroup(NAME, epoch);
    if (answer === undefined) throw new Error(`epoch ${epoch} is dead`);
    return answer;
  };
  const nothing = async () => {};

  it("begin where the first member says, once and for all", async () => {
    const { held } = await share(await join("a", 7));
    expect(held.map(({ position }) => position)).toEqual(Array.from({ length: 16 }, () => 7));
    await join("b", 9);
    expect(await subject().store.subscriptions()).toEqual([{ name: NAME, position: 7, members: 2, parked: 0 }]);
  });

  it("give a member its fair share, and no partition to two", async () => {
    const [a, b, c] = [await join("a"), await join("b"), await join("c")];
    const shares = [await share(a), await share(b), await share(c)];
    expect(shares.map(({ fairShare }) => fairShare)).toEqual([6, 5, 5]);
    expect(shares.flatMap(({ held }) => CURSORS(held)).sort((x, y) => x - y)).toEqual(
      Array.from({ length: 16 }, (_, number) => number),
    );
  });

  it("tell a member to let go when another has come, which then gets what is free", async () => {
    const { store } = subject();
    const a = await join("a");
    await share(a);
    const b = await join("b");
    expect((await share(b)).held).toEqual([]);
    const { held, fairShare } = await share(a);
    expect([held.length, fairShare]).toEqual([16, 8]);
    await store.releasePartitions(NAME, held.slice(0, 8));
    expect(CURSORS((await share(b)).held)).toEqual(CURSORS(held.slice(0, 8)));
    expect((await share(a)).held).toHaveLength(8);
  });

  it("hand over what the dead and those who have left held, under new tokens", async () => {
    const { store, passTime } = subject();
    const [a, b] = [await join("a"), await join("b")];
    const before = (await share(a)).held;
    await passTime(4_000);
    await share(b);
    await passTime(2_000);
    expect(await store.shareGroup(NAME, a)).toBeUndefined();
    const after = (await share(b)).held;
    expect(after).toHaveLength(16);
    for (const { partition, token } of before) expect(after[partition]!.token).toBeGreaterThan(token);
    await store.leaveGroup(NAME, b);
    expect((await share(await join("c"))).held).toHaveLength(16);
  });

  it("let a member that comes back under its name go on at once", async () => {
    const first = await join("a");
    await share(first);
    const second = await join("a");
    expect(await subject().store.shareGroup(NAME, first)).toBeUndefined();
    expect((await share(second)).held).toHaveLength(16);
  });

  it("move cursors forward only, and only under the newest token", async () => {
    const { store } = subject();
    const [one, two] = (await share(await join("a"))).held as [PartitionCursor, PartitionCursor];
    const moved = await store.movePartitions(NAME, [
      { ...one, position: 5 },
      { ...two, token: two.token - 1, position: 5 },
    ]);
    expect(moved).toEqual([one.partition]);
    await store.movePartitions(NAME, [{ ...one, position: 3 }]);
    const positions = (await share(await join("a"))).held.map(({ position }) => position);
    expect(positions.slice(0, 2)).toEqual([5, 0]);
  });

  it("advance a cursor together with the work, once", async () => {
    const { store } = subject();
    const [cursor] = (await share(await join("a"))).held as [PartitionCursor];
    let works = 0;
    const work = async () => void works++;
    expect(await store.advancePartition(NAME, cursor, 4, work)).toBe(true);
    expect(await store.advancePartition(NAME, cursor, 4, work)).toBe(false);
    expect(await store.advancePartition(NAME, { ...cursor, position: 4, token: cursor.token - 1 }, 5, work)).toBe(
      false,
    );
    expect(works).toBe(1);
    const failure = new Error("the work failed");
    await expect(store.advancePartition(NAME, { ...cursor, position: 4 }, 9, () => Promise.reject(failure)))
      .rejects.toBe(failure);
    expect((await share(await join("a"))).held[0]!.position).toBe(4);
  });

  it("take in a member while a partition has its turn, and leave that one where it is", async () => {
    const { store, other, passTime } = subject();
    const [cursor] = (await share(await join("a"))).held as [PartitionCursor];
    await store.advancePartition(NAME, cursor, 4, async () => {
      await passTime(6_000);
      const held = (await other.shareGroup(NAME, await other.joinGroup(NAME, "b", 0)))!.held;
      expect(CURSORS(held)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    });
  });

  it("begin again from any position, out of everybody's hands", async () => {
    const { store } = subject();
    const [cursor] = (await share(await join("a", 9))).held as [PartitionCursor];
    let prepared = 0;
    await store.resetSubscription(NAME, 2, async () => void prepared++);
    expect(prepared).toBe(1);
    expect(await store.advancePartition(NAME, cursor, 10, nothing)).toBe(false);
    expect((await share(await join("a"))).held[0]!.position).toBe(2);
    await expect(store.resetSubscription("nobody", 2)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("park events until they are redriven in their order, and keep the reason as a dead letter", async () => {
    const { store } = subject();
    await append(newRun("actor/1", 0, ["A", "B", "C"]));
    const events = await store.read("actor/1");
    const [cursor] = (await share(await join("a"))).held as [PartitionCursor];
    const blame = { attempts: 5, detail: '{"why":"it is bad"}' };
    await store.advancePartition(NAME, cursor, 3, async (transaction) => {
      await transaction.park("one", events[0]!, blame);
      await transaction.park("two", events[2]!);
    });
    expect((await store.parkedKeys(NAME, cursor.partition, 9)).sort()).toEqual(["one", "two"]);
    expect(await store.deadLetters({ limit: 9 })).toMatchObject([
      { reason: "poison event", stream: "actor/1", source: "letters actor/1/1", attempts: 5, detail: blame.detail },
    ]);
    expect(await store.nextRedrive(NAME, cursor.partition)).toBeUndefined();
    expect(await store.redriveParked(NAME, "one")).toBe(1);
    expect((await share(await join("a"))).hasRedrives).toBe(true);

    const next = { key: "one", position: events[0]!.position };
    expect(await store.nextRedrive(NAME, cursor.partition)).toEqual(next);
    const [held] = (await share(await join("a"))).held as [PartitionCursor];
    expect(held.position).toBe(3);
    // What is parked behind it meanwhile is tried again too.
    await store.advancePartition(NAME, held, 3, (transaction) => transaction.park("one", events[1]!));
    const unpark = (index: number) =>
      store.advancePartition(NAME, held, 3, async (transaction) => {
        expect(await transaction.unpark(events[index]!)).toBe(true);
      });
    await unpark(0);
    expect(await store.deadLetters({ limit: 9 })).toEqual([]);
    expect(await store.nextRedrive(NAME, cursor.partition)).toEqual({ key: "one", position: events[1]!.position });
    await unpark(1);
    expect(await store.nextRedrive(NAME, cursor.partition)).toBeUndefined();
    expect(await store.parkedKeys(NAME, cursor.partition, 9)).toEqual(["two"]);
  });

  it("forget with a reset what was parked after it", async () => {
    const { store } = subject();
    await append(newRun("actor/1", 0, ["A", "B"]));
    const events = await store.read("actor/1");
    const [cursor] = (await share(await join("a"))).held as [PartitionCursor];
    await store.advancePartition(NAME, cursor, 2, async (transaction) => {
      for (const event of events) await transaction.park(event.type, event, { attempts: 1, detail: "{}" });
    });
    await store.resetSubscription(NAME, 1);
    expect(await store.parkedKeys(NAME, cursor.partition, 9)).toEqual(["A"]);
    expect(await store.deadLetters({ limit: 9 })).toHaveLength(1);
  });
}
