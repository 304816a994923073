import { expect, it } from "vitest";
import type { Subject } from "./subject.ts";

const TTL_MS = 5_000;

export function leaseContract(subject: Subject): void {
  it("are held by one at a time, until they are not held on to", async () => {
    const { store, other, passTime } = subject();
    const first = await store.acquireLease("work", "a", TTL_MS);
    expect(first).toMatchObject({ name: "work", position: 0, note: null });
    expect(await other.acquireLease("work", "b", TTL_MS)).toBeUndefined();
    await passTime(TTL_MS - 1_000);
    expect(await store.advanceLease(first!, { position: 7, note: "n" }, TTL_MS)).toMatchObject({
      position: 7,
      note: "n",
    });
    await passTime(TTL_MS - 1_000);
    expect(await other.acquireLease("work", "b", TTL_MS)).toBeUndefined();
    await passTime(2_000);
    const second = await other.acquireLease("work", "b", TTL_MS);
    expect(second).toMatchObject({ position: 7, note: "n" });
    expect(second!.token).toBeGreaterThan(first!.token);
  });

  it("move nothing for a holder who was asleep", async () => {
    const { store, other, passTime } = subject();
    const asleep = await store.acquireLease("work", "a", TTL_MS);
    await passTime(TTL_MS + 1_000);
    const awake = await other.acquireLease("work", "b", TTL_MS);
    expect(await store.advanceLease(asleep!, { position: 3, note: null }, TTL_MS)).toBeUndefined();
    await store.releaseLease(asleep!);
    expect(await store.acquireLease("work", "c", TTL_MS)).toBeUndefined();
    expect(await other.advanceLease(awake!, { position: 4, note: null }, TTL_MS)).toMatchObject({ position: 4 });
    expect(await store.leasedPosition("work")).toBe(4);
  });

  it("stay with a holder who was asleep while nobody wanted them", async () => {
    const { store, passTime } = subject();
    const lease = await store.acquireLease("work", "a", TTL_MS);
    await passTime(TTL_MS + 1_000);
    expect(await store.advanceLease(lease!, { position: 3, note: null }, TTL_MS)).toMatchObject({ position: 3 });
  });

  it("move only from where they stand, and backwards too", async () => {
    const { store } = subject();
    const at0 = await store.acquireLease("work", "a", TTL_MS);
    const at9 = await store.advanceLease(at0!, { position: 9, note: null }, TTL_MS);
    expect(await store.advanceLease(at0!, { position: 5, note: null }, TTL_MS)).toBeUndefined();
    expect(await store.advanceLease(at9!, { position: 2, note: "back" }, TTL_MS)).toMatchObject({ position: 2 });
  });

  it("are had at once when they are released, and by the same holder again", async () => {
    const { store, other } = subject();
    const first = await store.acquireLease("work", "a", TTL_MS);
    const again = await store.acquireLease("work", "a", TTL_MS);
    expect(again!.token).toBeGreaterThan(first!.token);
    await store.releaseLease(again!);
    expect(await other.acquireLease("work", "b", TTL_MS)).toBeDefined();
  });

  it("are one each name, and go to one of those who want them at once", async () => {
    const { store, other } = subject();
    const wanted = await Promise.all(
      ["a", "b", "c", "d"].map((holder, i) => (i % 2 ? store : other).acquireLease("work", holder, TTL_MS)),
    );
    expect(wanted.filter((lease) => lease !== undefined)).toHaveLength(1);
    expect(await store.acquireLease("other work", "z", TTL_MS)).toBeDefined();
    expect(await store.leasedPosition("no work")).toBeUndefined();
  });
}
