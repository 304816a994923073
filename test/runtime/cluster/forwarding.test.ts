/** Several nodes with a link: wherever something is asked, the one node that an actor lives on answers. */
import { describe, expect, it } from "vitest";
import type { Activity } from "../../../src/runtime/definition.ts";
import { eventually } from "../../support/eventually.ts";
import { type LinkedNode, useLinkedNodes } from "../../support/linked-nodes.ts";
import { boss, gate, player, task, worker } from "../../support/toys.ts";
import { alarm, oracle, pilgrim } from "../../support/toys-effects.ts";

const nodes = useLinkedNodes();
const toil: Activity = { run: async ({ of }) => `did ${of}` };
const ACTORS = [gate, worker(toil), player, task, boss, alarm, oracle, pilgrim];

const startThree = async () => {
  const three: LinkedNode[] = [];
  for (const id of ["one", "two", "three"]) three.push(await nodes.start(id, ACTORS));
  return three as [LinkedNode, LinkedNode, LinkedNode];
};

const ownerOf = (node: LinkedNode, actor: string) =>
  node.runtime.placement(actor.slice(0, actor.indexOf("/")), actor.slice(actor.indexOf("/") + 1))!;

describe("three nodes with a link", () => {
  it("have each actor once, and write it without a conflict, wherever it is told something", async () => {
    const three = await startThree();
    const gates = Array.from({ length: 60 }, (_, i) => `gate/each${i}`);
    await Promise.all(gates.map((actor, i) => three[i % 3]!.tell(actor, "Built")));
    for (let round = 0; round < 3; round++) {
      await Promise.all(gates.flatMap((actor) => three.map((node) => node.tell(actor, { type: "Counted", by: 1 }))));
    }
    for (const actor of gates) {
      const { epoch } = ownerOf(three[0], actor);
      expect(await nodes.writers(actor)).toEqual(Array.from({ length: 10 }, () => epoch));
    }
    expect(nodes.conflicts()).toBe(0);
    const residents = await Promise.all(three.map((node) => node.metric("statewright_resident_actors")));
    expect(residents.reduce((sum, n) => sum + n)).toBe(gates.length);
    for (const n of residents) expect(n).toBeGreaterThan(5);
    expect(await three[0].metric('statewright_forwarded_total{result="answered"}')).toBeGreaterThan(60);
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("give the same answers to the same questions", async () => {
    const three = await startThree();
    await three[0].tell("gate/same", "Built");
    const snapshots = await Promise.all(three.map(async ({ runtime }) => {
      const { allowed, ...snapshot } = (await runtime.actor("gate", "same").snapshot())!;
      return { ...snapshot, client: allowed("client"), operator: allowed("operator"), internal: allowed("internal") };
    }));
    expect(snapshots[0]).toMatchObject({ version: 1, state: "closed", client: ["Opened", "Counted"] });
    expect(snapshots[1]).toEqual(snapshots[0]);
    expect(snapshots[2]).toEqual(snapshots[0]);
    expect(snapshots[0]!.operator).toContain("Locked");

    const refusals = await Promise.all(three.map((node) => node.tell("gate/same", { type: "Closed", why: "so" })));
    expect(refusals[0]).toMatchObject({ outcome: "refused", reason: "notAllowed", state: "closed", version: 1 });
    expect(refusals[1]).toEqual(refusals[0]);
    expect(refusals[2]).toEqual(refusals[0]);

    expect(await Promise.all(three.map((node) => node.look("gate/nobody")))).toEqual([null, null, null]);
    for (const node of three) {
      await expect(node.tell("unknown/u", "Built")).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(node.tell("gate/same", "Opened", { messageId: "no spaces" })).rejects.toMatchObject({
        code: "INVALID",
      });
    }
  });

  it("take a message once, whichever of them hears it again", async () => {
    const three = await startThree();
    const receipts = await Promise.all(three.map((node) => node.tell("gate/once", "Built", { messageId: "m1" })));
    expect(receipts.map(({ outcome }) => outcome).toSorted()).toEqual(["accepted", "duplicate", "duplicate"]);
    expect(await nodes.types("gate/once")).toEqual(["Built"]);
  });

  it("carry messages, children, work and timers from one node to the other", async () => {
    const three = await startThree();
    const some = Array.from({ length: 12 }, (_, i) => i);
    const any = (i: number) => three[i % 3]!;
    await Promise.all(some.flatMap((i) => [
      any(i).tell(`oracle/o${i}`, "Founded"),
      any(i + 1).tell(`pilgrim/p${i}`, "SetOut"),
      any(i).tell(`player/a${i}`, { type: "Joined", partner: `b${i}` }),
      any(i).tell(`player/b${i}`, { type: "Joined", partner: `a${i}` }),
      any(i).tell(`alarm/a${i}`, "Made"),
    ]));
    await Promise.all(some.flatMap((i) => [
      any(i).tell(`pilgrim/p${i}`, { type: "Wondered", number: i, oracle: `o${(i + 1) % 12}` }),
      any(i).tell(`player/a${i}`, { type: "Served", rallies: 6 }),
      any(i).tell(`worker/w${i}`, "Hired"),
      any(i).tell(`boss/b${i}`, { type: "Appointed", of: i }),
      any(i).tell(`alarm/a${i}`, { type: "Set", ms: 30 }),
    ]));
    await eventually(async () => {
      for (const i of some) {
        expect((await any(i + 2).look(`pilgrim/p${i}`))?.context.answers).toEqual([2 * i]);
        const hits = [await any(i).look(`player/a${i}`), await any(i).look(`player/b${i}`)];
        expect(hits.map((one) => one?.context.hits)).toEqual([3, 3]);
        expect((await any(i + 1).look(`worker/w${i}`))?.state).toBe("finished");
        expect((await any(i + 1).look(`boss/b${i}`))?.context.heard).toEqual(["begun"]);
        expect(await nodes.types(`alarm/a${i}`)).toEqual(["Made", "Set", "TimerFired"]);
      }
    }, 15_000);
    // A boss that has lost patience stops its task, wherever that is.
    await Promise.all(some.map((i) => any(i + 1).tell(`boss/b${i}`, "LostPatience")));
    await eventually(async () => {
      const tasks = await nodes.database().query(
        "select stream from events where stream like 'task/%' and type = 'Stopped'",
      );
      expect(tasks).toHaveLength(some.length);
    });
    await eventually(async () => expect(await nodes.database().query("select * from waiting")).toEqual([]));
    expect(nodes.conflicts()).toBe(0);
    expect(await nodes.store().deadLetters({ limit: 5 })).toEqual([]);
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("keep one actor's events in order when all of them tell it something at once", async () => {
    const three = await startThree();
    await three[0].tell("gate/hot", "Built");
    const receipts = await Promise.all(
      Array.from({ length: 600 }, (_, i) => three[i % 3]!.tell("gate/hot", { type: "Counted", by: 1 })),
    );
    expect(new Set(receipts.map(({ version }) => version)).size).toBe(600);
    expect(receipts.every(({ outcome }) => outcome === "accepted")).toBe(true);
    expect((await three[1].look("gate/hot"))?.context.total).toBe(600);
    expect(nodes.conflicts()).toBe(0);
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("handle themselves what does not fit through the link", async () => {
    const three = await startThree();
    await three[0].tell("gate/large", "Built");
    const receipts = await Promise.all(
      three.map((node) => node.tell("gate/large", { type: "Closed", why: "x".repeat(1_000_000) })),
    );
    expect(receipts.map((one) => one.outcome === "refused" && one.reason)).toEqual(["invalid", "invalid", "invalid"]);
  });
});
