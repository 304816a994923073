/** A database that hangs: what waits for it is bounded, and what is over the bound is refused, not lost. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { Appender } from "../../src/runtime/appender.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
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

const LARGE = "x".repeat(200_000);

/** A node whose database hangs, and that has been told as much as it can hold. Answers what became of all that. */
async function full() {
  const { store, hang, release } = hangingStore();
  const node = await startToys([gate, player], store);
  const join = (id: string) => node.tell("player", id, { type: "Joined", partner: LARGE });
  return {
    ...node,
    release,
    fill() {
      hang();
      return Promise.allSettled(Array.from({ length: 400 }, (_, i) => join(`p${i}`)));
    },
  };
}

describe("while the database hangs", () => {
  it("as much waits as the node can hold; the newest proposals are refused, and nothing else is", async () => {
    const { tell, release, fill, store } = await full();
    await tell("gate", "a", { type: "Built" });
    const filled = fill();
    await expect(tell("gate", "a", { type: "Opened" })).rejects.toMatchObject({
      code: "OVERLOADED",
      retryable: true,
      details: { retryAfterMs: 1_000 },
    });
    await expect(tell("gate", "new", { type: "Built" })).rejects.toMatchObject({ code: "OVERLOADED" });
    release();
    const taken = (await filled).filter(({ status }) => status === "fulfilled").length;
    expect(taken * LARGE.length).toBeGreaterThan(60 * 1024 * 1024);
    expect(taken).toBeLessThan(400);
    expect(await tell("gate", "a", { type: "Opened" })).toMatchObject({ outcome: "accepted", version: 2 });
    expect(await store.head()).toBe(taken + 2);
  });

  it("a message between actors waits instead", async () => {
    const { tell, context, release, fill, store } = await full();
    await tell("player", "a", { type: "Joined", partner: "b" });
    await tell("player", "b", { type: "Joined", partner: "a" });
    const { append } = store;
    let filled: ReturnType<typeof fill> = Promise.resolve([]);
    // The node is full when the message sets out.
    store.append = async (of, runs) => {
      const results = await append(of, runs);
      if (runs.some(({ events }) => events[0]?.type === "Served")) filled = fill();
      return results;
    };
    await tell("player", "a", { type: "Served", rallies: 1 });
    await expect(tell("gate", "g", { type: "Built" })).rejects.toMatchObject({ code: "OVERLOADED" });
    release();
    await filled;
    await eventually(async () => expect(await context("player", "b")).toMatchObject({ hits: 1 }));
    expect(await store.deadLetters({ limit: 1 })).toEqual([]);
  });
});

it("small events count by their number, until their commit is known", async () => {
  let answer = () => {};
  const appender = new Appender({
    append: (_, runs) =>
      new Promise((resolve) => answer = () => resolve(runs.map(() => ({ outcome: "conflict" as const })))),
  }, () => 1);
  const events = 65_536;
  const run = { stream: "a/1", expectedVersion: 0, events: [], waiting: null, requestKeys: [] };
  let settled = 0;
  appender.submit({
    stream: "a/1",
    size: { events, characters: 10 * events },
    take: () => run,
    settle: () => void settled++,
    fail: () => {},
  });
  for (let i = 0; i < events - 1; i++) appender.grown(10);
  await Promise.resolve();
  expect(appender.full).toBe(false);
  appender.grown(10);
  expect(appender.full).toBe(true);
  answer();
  await appender.drained();
  expect([settled, appender.full]).toEqual([1, false]);
});
