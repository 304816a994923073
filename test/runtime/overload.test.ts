/** A database that hangs: what waits for it is bounded, and what is over the bound is refused, not lost. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { startToys } from "../support/start-toys.ts";
import { gate, player } from "../support/toys.ts";

/** A store whose appends hang from `hang` until `release`. */
function hangingStore() {
  const store = createMemoryStore({ clock: systemClock });
  const { append } = store;
  let over = Promise.resolve();
  let release = () => {};
  store.append = async (node, runs) => {
    await over;
    return append(node, runs);
  };
  return {
    store,
    hang: () => void (over = new Promise((resolve) => release = resolve)),
    release: () => release(),
  };
}

const built = async (store: Store, actors: number) => {
  const node = await startToys([gate, player], store);
  const ids = Array.from({ length: actors }, (_, i) => `g${i}`);
  await Promise.all(ids.map((id) => node.tell("gate", id, { type: "Built" })));
  return { ...node, ids };
};

/** Each actor has up to 64 events under way at a time. */
const flood = (node: Awaited<ReturnType<typeof built>>, event: { type: string }, each: number) =>
  Promise.allSettled(node.ids.flatMap((id) => Array.from({ length: each }, () => node.tell("gate", id, event))));

describe("while the database hangs", () => {
  it("as many events wait as the node can hold; the newest proposal is refused, and nothing else is", async () => {
    const { store, hang, release } = hangingStore();
    const node = await built(store, 256);
    hang();
    const waiting = flood(node, { type: "Counted", by: 1 } as { type: string }, 64);
    await expect(node.tell("gate", "g0", { type: "Opened" })).rejects.toMatchObject({
      code: "OVERLOADED",
      retryable: true,
      details: { retryAfterMs: 1_000 },
    });
    await expect(node.tell("gate", "unheard", { type: "Built" })).rejects.toMatchObject({ code: "OVERLOADED" });
    release();
    expect((await waiting).map(({ status }) => status)).not.toContain("rejected");
    expect(await node.tell("gate", "g0", { type: "Opened" })).toMatchObject({ outcome: "accepted", version: 66 });
  });

  it("large events count by their size", async () => {
    const { store, hang, release } = hangingStore();
    const node = await startToys([player], store);
    const join = (i: number) => node.tell("player", `p${i}`, { type: "Joined", partner: "x".repeat(200_000) });
    hang();
    const waiting = Array.from({ length: 400 }, (_, i) => join(i));
    const outcome = Promise.allSettled(waiting);
    await expect(join(400)).rejects.toMatchObject({ code: "OVERLOADED" });
    release();
    const taken = (await outcome).filter(({ status }) => status === "fulfilled").length;
    expect(taken * 200_000).toBeGreaterThan(60 * 1024 * 1024);
    expect(taken).toBeLessThan(400);
    expect(await join(401)).toMatchObject({ outcome: "accepted" });
  });

  it("a message between actors waits instead", async () => {
    const { store, hang, release } = hangingStore();
    const node = await built(store, 256);
    for (const [id, partner] of [["a", "b"], ["b", "a"]] as const) {
      await node.tell("player", id, { type: "Joined", partner });
    }
    const { append } = store;
    // What is full when the message comes, is full of what came after its sender's event.
    store.append = async (of, runs) => {
      const results = await append(of, runs);
      if (runs.some(({ events }) => events[0]?.type === "Served")) {
        hang();
        filled = flood(node, { type: "Counted", by: 1 } as { type: string }, 64);
      }
      return results;
    };
    let filled: ReturnType<typeof flood> = Promise.resolve([]);
    await node.tell("player", "a", { type: "Served", rallies: 1 });
    await expect(node.tell("gate", "g0", { type: "Opened" })).rejects.toMatchObject({ code: "OVERLOADED" });
    release();
    await filled;
    await eventually(async () => expect(await node.context("player", "b")).toMatchObject({ hits: 1 }));
    expect(await store.deadLetters({ limit: 1 })).toEqual([]);
  });
});
