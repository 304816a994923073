/** What the next command of an actor costs must not grow with its history. Counted, since timing is the bench's. */
import { beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { SNAPSHOT_EVERY } from "../../src/runtime/state-snapshot.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { startToys } from "../support/start-toys.ts";
import { gate } from "../support/toys.ts";

const LONG = 10_000;
const REMEMBERED = 1_024;
const store = createMemoryStore({ clock: systemClock });

beforeAll(async () => {
  const { tell } = await startToys([gate], store);
  await tell("gate", "long", { type: "Built" });
  for (let told = 1; told < LONG; told += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, LONG - told) }, (_, i) => told + i);
    await Promise.all(numbers.map((n) => tell("gate", "long", { type: "Counted", by: 1 }, { messageId: `m${n}` })));
  }
});

/** A node that has not met the actor, and what it reads to answer. */
async function stranger() {
  const read = { events: 0, searched: [] as number[] };
  const watched: Store = {
    ...store,
    load: async (...args) => {
      const loaded = await store.load(...args);
      read.events += loaded.events.length;
      return loaded;
    },
    findMessage: (stream, id, fromVersion) => {
      read.searched.push(fromVersion);
      return store.findMessage(stream, id, fromVersion);
    },
  };
  return { ...await startToys([gate], watched, `node ${Math.floor(performance.now() * 1_000)}`), read };
}

describe(`an actor with ${LONG} events`, () => {
  it("reads no more than those since its snapshot to answer the next command", async () => {
    const { tell, read } = await stranger();
    expect(await tell("gate", "long", { type: "Opened" })).toMatchObject({ outcome: "accepted", version: LONG + 1 });
    expect(read.events).toBeLessThanOrEqual(2 * SNAPSHOT_EVERY);
    for (const from of read.searched) expect(from).toBeGreaterThan(LONG - REMEMBERED);
  });

  it("looks for a message among those that are promised to be remembered, and no longer than needed", async () => {
    const { tell, read } = await stranger();
    expect(await tell("gate", "long", { type: "Opened" }, { messageId: `m${LONG - 1_000}` })).toMatchObject({
      outcome: "duplicate",
      version: LONG - 1_000 + 1,
    });
    expect(read.searched).toEqual([expect.any(Number)]);
    expect(read.searched[0]).toBeGreaterThan(LONG - REMEMBERED);
    // What was told here is known without a search.
    await tell("gate", "long", { type: "Counted", by: 1 }, { messageId: "new" });
    read.searched.length = 0;
    const again = await tell("gate", "long", { type: "Counted", by: 1 }, { messageId: "new" });
    expect(again).toMatchObject({ outcome: "duplicate", version: LONG + 2 });
    expect(read.searched).toEqual([]);
    // Once as many were told here, nothing older is of interest.
    const numbers = Array.from({ length: REMEMBERED }, (_, i) => i);
    await Promise.all(numbers.map((n) => tell("gate", "long", { type: "Counted", by: 1 }, { messageId: `n${n}` })));
    read.searched.length = 0;
    await tell("gate", "long", { type: "Counted", by: 1 }, { messageId: "onemore" });
    expect(read.searched).toEqual([]);
  });

  it("knows that a message is new without a search, also when it was woken up from snapshots again and again", async () => {
    const id = "woken";
    const tellAll = async ({ tell }: Awaited<ReturnType<typeof stranger>>, from: number, count: number) => {
      const numbers = Array.from({ length: count }, (_, i) => from + i);
      return await Promise.all(
        numbers.map((n) => tell("gate", id, { type: "Counted", by: 1 }, { messageId: `m${n}` })),
      );
    };
    const first = await stranger();
    await first.tell("gate", id, { type: "Built" });
    for (const from of [1, 601]) await tellAll(first, from, 600);
    for (let told = 1_201; told < 1_700; told += 150) {
      const next = await stranger();
      await tellAll(next, told, 150);
      expect(next.read.searched).toEqual([]);
    }
    const last = await stranger();
    const [before] = await tellAll(last, 1_801 - 900, 1);
    expect(before).toMatchObject({ outcome: "duplicate", version: 1_802 - 900 });
    expect(last.read.searched).toHaveLength(1);
  });
});
