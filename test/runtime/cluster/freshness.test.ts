/** What one node has written, every other one answers from at once, however they see each other. */
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../src/store/memory/memory-store.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import { createRuntime } from "../../../src/runtime/runtime.ts";
import type { Activity } from "../../../src/runtime/definition.ts";
import { eventually } from "../../support/eventually.ts";
import { type LinkedNode, useLinkedNodes } from "../../support/linked-nodes.ts";
import { gate, worker } from "../../support/toys.ts";
import { oracle, pilgrim } from "../../support/toys-effects.ts";

const nodes = useLinkedNodes();
const idle: Activity = { run: () => new Promise(() => {}) };
const ACTORS = [gate, worker(idle)];

const total = async (node: LinkedNode, actor: string) => (await node.look(actor))?.context.total;

/** Each in turn counts, and all see it. */
async function countInTurn(all: readonly LinkedNode[], actor: string): Promise<void> {
  await all[0]!.tell(actor, "Built");
  for (let n = 1; n <= 30; n++) {
    const receipt = await all[n % all.length]!.tell(actor, { type: "Counted", by: 1 });
    expect(receipt).toMatchObject({ outcome: "accepted", version: n + 1 });
    for (const node of all) expect(await total(node, actor)).toBe(n);
  }
}

/** No node may refuse what another one's event has made possible, nor take what it has ended. */
async function leaveAndReturnInTurn(all: readonly LinkedNode[], actor: string): Promise<void> {
  await all[0]!.tell(actor, "Hired");
  for (let n = 0; n < 12; n++) {
    const [one, other] = [all[n % all.length]!, all[(n + 1) % all.length]!];
    expect(await one.tell(actor, "Abandoned")).toMatchObject({ outcome: "accepted", version: 2 * n + 2 });
    expect(await other.tell(actor, "Abandoned")).toMatchObject({ outcome: "refused", state: "idle" });
    expect(await other.tell(actor, "Resumed")).toMatchObject({ outcome: "accepted", version: 2 * n + 3 });
    expect(await one.tell(actor, "Resumed")).toMatchObject({ outcome: "refused", state: "working" });
  }
}

describe("an answer is never older than what was acknowledged", () => {
  it("with a link", async () => {
    const all = [await nodes.start("one", ACTORS), await nodes.start("two", ACTORS)];
    await countInTurn(all, "gate/linked");
    await leaveAndReturnInTurn(all, "worker/linked2");
    expect(nodes.conflicts()).toBe(0);
  });

  it("without a link", async () => {
    const options = { link: undefined as never };
    const all = [await nodes.start("one", ACTORS, options), await nodes.start("two", ACTORS, options)];
    await countInTurn(all, "gate/unlinked");
    await leaveAndReturnInTurn(all, "worker/unlinked2");
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("when one of them is cut off from the others, and when it is not any more", async () => {
    const all = [
      await nodes.start("one", ACTORS),
      await nodes.start("two", ACTORS),
      await nodes.start("three", ACTORS),
    ];
    await countInTurn(all, "gate/before");
    await all[1]!.cut();
    for (let i = 0; i < 4; i++) await countInTurn(all, `gate/cut${i}`);
    await leaveAndReturnInTurn(all, "worker/cut");
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("without a link, right after a message of the actor was delivered", async () => {
    const options = { link: undefined as never };
    const actors = [pilgrim, oracle];
    const all = [await nodes.start("one", actors, options), await nodes.start("two", actors, options)];
    await all[0]!.tell("oracle/o", "Founded");
    await all[0]!.tell("pilgrim/p", "SetOut");
    for (let n = 1; n <= 10; n++) {
      const [one, other] = [all[n % 2]!, all[(n + 1) % 2]!];
      await one.tell("pilgrim/p", { type: "Wondered", number: n, oracle: "o" });
      const asked = async (node: LinkedNode) => (await node.look("oracle/o"))?.context.asked;
      await eventually(async () => expect(await asked(one)).toBe(n));
      expect(await asked(other)).toBe(n);
    }
  });

  it("when nodes come and go", async () => {
    const one = await nodes.start("one", ACTORS);
    const actors = Array.from({ length: 20 }, (_, i) => `gate/come${i}`);
    await Promise.all(actors.map((actor) => one.tell(actor, "Built")));
    for (const [round, id] of ["two", "three", "two", "four"].entries()) {
      const other = await nodes.start(id, ACTORS);
      await Promise.all(actors.map((actor) => other.tell(actor, { type: "Counted", by: 1 })));
      for (const actor of actors) expect(await total(one, actor)).toBe(round + 1);
      await other.stop(100);
      await eventually(() => expect(one.runtime.members()).toHaveLength(1));
      for (const actor of actors) expect(await total(one, actor)).toBe(round + 1);
    }
    expect(await one.metric("statewright_resident_actors")).toBe(actors.length);
  });

  it("when the one that wrote it has died, and the other is alone with what it remembers", async () => {
    const options = { link: undefined as never };
    const [one, two] = [await nodes.start("one", ACTORS, options), await nodes.start("two", ACTORS, options)];
    await one.tell("gate/left", "Built");
    await two.tell("gate/left", { type: "Counted", by: 1 });
    two.crash();
    await nodes.declareDead("two");
    await eventually(() => expect(one.runtime.members()).toHaveLength(1));
    expect(await total(one, "gate/left")).toBe(1);
    expect(await one.tell("gate/left", { type: "Counted", by: 1 }, { expectedVersion: 2 })).toMatchObject({
      version: 3,
    });
  });
});

describe("a node that knows of no other", () => {
  it("looks at the log no more often than it has to", async () => {
    const memory = createMemoryStore({ clock: systemClock });
    let reads = 0;
    const store = { ...memory, read: (...args: Parameters<typeof memory.read>) => (reads++, memory.read(...args)) };
    const runtime = createRuntime({ store, actors: ACTORS });
    await runtime.start();
    const actor = runtime.actor("gate", "a");
    await actor.propose({ type: "Built" }, { by: "internal" });
    for (let i = 0; i < 10; i++) await actor.snapshot();
    expect(reads).toBe(0);
    // Another one may have joined meanwhile, so a no is looked up.
    expect((await actor.propose({ type: "Closed", why: "x" })).outcome).toBe("refused");
    expect(reads).toBe(1);
    await runtime.stop(0);
  });

  it("is nobody who shares its name: two of one name do not keep each other from work", async () => {
    const memory = createMemoryStore({ clock: systemClock });
    const twins = [0, 1].map(() => createRuntime({ store: memory, actors: ACTORS, nodeId: "twin" }));
    await Promise.all(twins.map((runtime) => runtime.start()));
    await twins[0]!.actor("gate", "a").propose({ type: "Built" }, { by: "internal" });
    const receipts = await Promise.all(
      twins.map((runtime) => runtime.actor("gate", "a").propose({ type: "Counted", by: 1 })),
    );
    expect(receipts.map(({ version }) => version).toSorted()).toEqual([2, 3]);
    await Promise.all(twins.map((runtime) => runtime.stop(0)));
  });
});
