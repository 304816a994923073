import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { recover } from "../../src/runtime/recovery.ts";
import { snapshotHash } from "../../src/runtime/snapshot-hash.ts";
import { SNAPSHOT_EVERY } from "../../src/runtime/state-snapshot.ts";
import { canonicalSnapshot } from "../../src/runtime/step.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store, StoredSnapshot } from "../../src/store/store.ts";
import { startToys } from "../support/start-toys.ts";
import { gate } from "../support/toys.ts";

const registered = registerActors([gate]).get("gate")!;
const ref = { type: "gate", id: "a" };

/** A store that can be told to hand out another snapshot, or none. */
async function withHistory(
  events: number,
): Promise<{ store: Store; recovering: Recovering }> {
  const store = createMemoryStore({ clock: systemClock });
  const { tell } = await startToys([gate], store);
  await tell("gate", "a", { type: "Built" });
  for (let i = 1; i < events; i++) {
    await tell("gate", "a", { type: "Counted", by: i === 13 ? 1 : i }, { messageId: `m${i}` });
  }
  const recovering = (change: Change, ignored?: (flaw: string) => void) =>
    recover(
      {
        load: async (stream, machine) => {
          const loaded = await store.load(stream, machine);
          if (machine === null || !loaded.snapshot) return loaded;
          const snapshot = change(loaded.snapshot);
          return snapshot ? { ...loaded, snapshot } : await store.load(stream, null);
        },
      },
      registered,
      ref,
      "gate/a",
      ignored,
    );
  return { store, recovering };
}

type Recovering = (change: Change, ignored?: (flaw: string) => void) => ReturnType<typeof recover>;
type Change = (snapshot: StoredSnapshot) => StoredSnapshot | undefined;

const bytes = ({ committed }: Awaited<ReturnType<typeof recover>>) =>
  JSON.stringify([
    canonicalSnapshot(committed!.state.snapshot),
    committed!.state.open,
    committed!.state.version,
    committed!.position,
    committed!.createdAt,
  ]);

describe("snapshots", () => {
  it("are taken every so many events, and recovering with and without gives the same bytes", async () => {
    const { recovering } = await withHistory(SNAPSHOT_EVERY + 50);
    const [fast, slow] = [await recovering((snapshot) => snapshot), await recovering(() => undefined)];
    expect([fast.snapshotVersion, slow.snapshotVersion]).toEqual([SNAPSHOT_EVERY, 0]);
    expect(bytes(fast)).toBe(bytes(slow));
  });

  it.each<[string, string, Change]>([
    ["of a text that is no JSON", "unreadable", (snapshot) => ({ ...snapshot, body: snapshot.body.slice(1) })],
    [
      "whose machine state was changed",
      "mismatch",
      (snapshot) => ({ ...snapshot, body: snapshot.body.replace("closed", "locked") }),
    ],
    [
      "whose creation time was changed",
      "mismatch",
      (snapshot) => ({ ...snapshot, body: snapshot.body.replace(/"createdAt":\d/, '"createdAt":9') }),
    ],
    [
      "whose marks of messages were changed",
      "mismatch",
      (snapshot) => ({ ...snapshot, body: snapshot.body.replace(/"marks":"..../, '"marks":"AAAA') }),
    ],
    ["of another version", "mismatch", (snapshot) => ({ ...snapshot, version: snapshot.version - 1 })],
  ])("%s are ignored, and the history is replayed", async (_, flaw, change) => {
    const { recovering } = await withHistory(SNAPSHOT_EVERY + 5);
    const flaws: string[] = [];
    const damaged = await recovering(change, (flaw) => flaws.push(flaw));
    expect(flaws).toEqual([flaw]);
    expect(damaged.snapshotVersion).toBe(0);
    expect(bytes(damaged)).toBe(bytes(await recovering(() => undefined)));
  });

  it("of the version before, without marks of messages, are read", async () => {
    const { recovering } = await withHistory(SNAPSHOT_EVERY + 5);
    const flaws: string[] = [];
    const { snapshotVersion, recent } = await recovering((stored) => {
      const { snapshot, open, parent, createdAt } = JSON.parse(stored.body) as Record<string, unknown>;
      const seal = snapshotHash(JSON.stringify([snapshot, open, parent, createdAt]));
      return { ...stored, body: JSON.stringify({ snapshot, open, parent, createdAt, seal }) };
    }, (flaw) => flaws.push(flaw));
    expect([snapshotVersion, flaws]).toEqual([SNAPSHOT_EVERY, []]);
    expect(recent.marks(SNAPSHOT_EVERY + 5).fromVersion).toBe(SNAPSHOT_EVERY + 1);
  });

  it("of another machine are not even read", async () => {
    const { store } = await withHistory(SNAPSHOT_EVERY + 5);
    expect((await store.load("gate/a", "gate@2#000000000000")).snapshot).toBeUndefined();
  });

  it("do not make an actor forget what it was told before", async () => {
    const { store } = await withHistory(SNAPSHOT_EVERY + 5);
    const again = await startToys([gate], store, "two");
    expect(await again.tell("gate", "a", { type: "Counted", by: 3 }, { messageId: "m3" })).toMatchObject({
      outcome: "duplicate",
      version: 4,
    });
  });
});
