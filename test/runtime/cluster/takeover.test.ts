/** Nodes that go: by themselves, by a crash, or for a while; and what the others make of it. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import type { Activity } from "../../../src/runtime/definition.ts";
import type { Receipt } from "../../../src/runtime/receipt.ts";
import { eventually } from "../../support/eventually.ts";
import { type LinkedNode, useLinkedNodes } from "../../support/linked-nodes.ts";
import { gate, player, worker } from "../../support/toys.ts";
import { alarm } from "../../support/toys-effects.ts";

const nodes = useLinkedNodes();

/** How often each actor's work was asked for. */
const asked = new Map<string, number>();
const toil: Activity = {
  run: async ({ of }: { of: string }) => {
    asked.set(of, (asked.get(of) ?? 0) + 1);
    return `did ${of}`;
  },
};
const idle: Activity = { run: () => new Promise(() => {}) };
const ACTORS = [gate, worker(toil), player, alarm];
const IDLERS = [gate, worker(idle), player, alarm];

const names = (type: string, prefix: string, count = 24) =>
  Array.from({ length: count }, (_, i) => `${type}/${prefix}${i}`);
const idOf = (actor: string) => actor.slice(actor.indexOf("/") + 1);

/** Those of the actors that live on the node. */
const livingOn = (node: LinkedNode, nodeId: string, actors: readonly string[]) =>
  actors.filter((actor) => {
    const [type, id] = actor.split("/") as [string, string];
    return node.runtime.placement(type, id)?.id === nodeId;
  });

describe("work that a node has left under way", () => {
  it("is taken up by the ones it falls to at once after a clean stop", async () => {
    const one = await nodes.start("one", IDLERS);
    const workers = names("worker", "clean");
    await Promise.all(workers.map((actor) => one.tell(actor, "Hired")));
    const others = [await nodes.start("two", ACTORS), await nodes.start("three", ACTORS)];
    await one.stop(0);
    // Long before it would be taken for dead.
    await eventually(async () => {
      for (const actor of workers) expect((await others[0]!.look(actor))?.state).toBe("finished");
    }, 5_000);
    for (const actor of workers) {
      const [type, id] = actor.split("/") as [string, string];
      const owner = others[1]!.runtime.placement(type, id)!;
      expect(await nodes.writers(actor)).toEqual([expect.any(Number), owner.epoch]);
      expect(asked.get(idOf(actor))).toBe(1);
    }
    expect(await nodes.store().deadLetters({ limit: 5 })).toEqual([]);
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("is taken up after it has died, and its timers fire where their actors live now", async () => {
    const one = await nodes.start("one", IDLERS);
    const workers = names("worker", "crash");
    const alarms = names("alarm", "crash");
    await Promise.all([
      ...workers.map((actor) => one.tell(actor, "Hired")),
      ...alarms.map((actor) => one.tell(actor, "Made")),
    ]);
    await Promise.all(alarms.map((actor) => one.tell(actor, { type: "Set", ms: 150 })));
    one.crash();
    const others = [await nodes.start("two", ACTORS), await nodes.start("three", ACTORS)];
    await nodes.declareDead("one");
    await eventually(async () => {
      for (const actor of workers) expect((await nodes.types(actor)).at(-1)).toBe("ActivityCompleted");
      for (const actor of alarms) expect(await nodes.types(actor)).toEqual(["Made", "Set", "TimerFired"]);
    }, 10_000);
    const writers = await Promise.all(workers.map(async (actor) => (await nodes.writers(actor)).at(-1)));
    expect(new Set(writers)).toEqual(new Set(others.map((node) => node.epoch())));
    for (const actor of workers) expect(asked.get(idOf(actor))).toBe(1);
    expect(await nodes.store().deadLetters({ limit: 5 })).toEqual([]);
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("is handed on to where it lives by whoever finds it", async () => {
    // Whose clock stands still finds nothing by itself.
    const [one, two] = [
      await nodes.start("one", ACTORS),
      await nodes.start("two", ACTORS, { clock: createManualClock() }),
    ];
    const alarms = livingOn(one, "two", names("alarm", "handed"));
    await Promise.all(alarms.map((actor) => one.tell(actor, "Made")));
    await Promise.all(alarms.map((actor) => one.tell(actor, { type: "Set", ms: 100 })));
    await eventually(async () => {
      for (const actor of alarms) expect(await nodes.types(actor)).toEqual(["Made", "Set", "TimerFired"]);
    });
    for (const actor of alarms) expect(new Set(await nodes.writers(actor))).toEqual(new Set([two.epoch()]));
    expect(nodes.conflicts()).toBe(0);
  });
});

describe("a node that does not answer", () => {
  it("because it has died, is passed over at once", async () => {
    const [one, two] = [await nodes.start("one", ACTORS), await nodes.start("two", ACTORS)];
    const gates = livingOn(one, "two", names("gate", "dead"));
    await Promise.all(gates.map((actor) => one.tell(actor, "Built")));
    two.crash();
    const startedAt = Date.now();
    const receipts = await Promise.all(gates.map((actor) => one.tell(actor, { type: "Counted", by: 1 })));
    // Whoever hangs is waited for, for 4 s.
    expect(Date.now() - startedAt).toBeLessThan(3_900);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(gates.map(() => "accepted"));
    for (const actor of gates) expect((await one.look(actor))?.context.total).toBe(1);
    expect(await one.metric('statewright_forwarded_total{result="unreachable"}')).toBeGreaterThan(0);
    await nodes.declareDead("two");
    await eventually(() => expect(one.runtime.members()).toHaveLength(1));
    expect(await one.metric("statewright_members")).toBe(1);
  });

  it("because it hangs, is passed over after a while, and what it was told is not told twice", async () => {
    const [one, two] = [await nodes.start("one", ACTORS), await nodes.start("two", ACTORS)];
    const gates = livingOn(one, "two", names("gate", "hung"));
    await Promise.all(gates.map((actor) => one.tell(actor, "Built")));
    two.freeze();
    const receipts = await Promise.all(gates.map((actor) => one.tell(actor, { type: "Counted", by: 1 })));
    expect(receipts.map(({ outcome }) => outcome)).toEqual(gates.map(() => "accepted"));
    for (const actor of gates) expect((await one.look(actor))?.context.total).toBe(1);
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("although it has done what it was told, costs nobody a second event", async () => {
    const [one, two] = [await nodes.start("one", ACTORS), await nodes.start("two", ACTORS)];
    const [actor] = livingOn(one, "two", names("gate", "mute")) as [string];
    await one.tell(actor, "Built");
    const stored = two.tellAndCrash("gate/unrelated", "Built");
    await Promise.race([stored, pause(500)]);
    const receipt = await one.tell(actor, { type: "Counted", by: 1 }, { messageId: "told-once" });
    expect(receipt).toMatchObject({ version: 2 });
    const again = await one.tell(actor, { type: "Counted", by: 1 }, { messageId: "told-once" });
    expect(again).toMatchObject({ outcome: "duplicate", version: 2 });
    expect(await nodes.types(actor)).toEqual(["Built", "Counted"]);
  });
});

describe("a rolling restart under load", () => {
  it("loses no command that was acknowledged, and doubles none", async () => {
    const ids = ["one", "two", "three"];
    const all = new Map<string, LinkedNode>();
    for (const id of ids) all.set(id, await nodes.start(id, ACTORS));
    const gates = names("gate", "roll", 30);
    await Promise.all(gates.map((actor) => all.get("one")!.tell(actor, "Built")));

    const acknowledged = new Map<string, { actor: string; receipt: Receipt }>();
    let ends = false;
    let sent = 0;
    /** As a client does it: somewhere else, under the same message id, until it is answered. */
    const tell = async (actor: string, messageId: string) => {
      for (let attempt = 0;; attempt++) {
        const node = all.get(ids[(sent + attempt) % 3]!)!;
        try {
          const receipt = await node.tell(actor, { type: "Counted", by: 1 }, { messageId });
          acknowledged.set(messageId, { actor, receipt });
          return;
        } catch (thrown) {
          expect(thrown).toMatchObject({ retryable: true });
          await pause(5);
        }
      }
    };
    const clients = gates.map(async (actor) => {
      while (!ends) {
        await tell(actor, `m${sent++}`);
        await pause(2);
      }
    });
    for (const id of ids) {
      await pause(150);
      await all.get(id)!.stop(1_000);
      await pause(150);
      all.set(id, await nodes.start(id, ACTORS));
    }
    await pause(150);
    ends = true;
    await Promise.all(clients);

    expect(acknowledged.size).toBe(sent);
    expect(sent).toBeGreaterThan(100);
    const stored = new Map<string, string[]>();
    for (const actor of gates) {
      for (const { metadata, version } of await nodes.history(actor)) {
        const { id = "" } = JSON.parse(metadata) as { id?: string };
        stored.set(id, [...stored.get(id) ?? [], `${actor}/${version}`]);
      }
    }
    for (const [messageId, { actor, receipt }] of acknowledged) {
      expect(stored.get(messageId)).toEqual([`${actor}/${receipt.version}`]);
    }
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });
});
