/** Two nodes over one Postgres: the moments in which one of them remembers what is no longer so. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createManualClock } from "../../../src/kernel/manual-clock.ts";
import type { Activity } from "../../../src/runtime/definition.ts";
import { registerActors } from "../../../src/runtime/register.ts";
import { eventually } from "../../support/eventually.ts";
import { flawsOf } from "../../support/histories.ts";
import { usePostgresNodes } from "../../support/postgres-nodes.ts";
import { gate, worker } from "../../support/toys.ts";
import { alarm } from "../../support/toys-effects.ts";

const nodes = usePostgresNodes();
const idle: Activity = { run: () => new Promise(() => {}) };

/** As if a node had not been heard of for long. */
const declareDead = (nodeId: string) =>
  nodes.database().query(`update nodes set seen_at = seen_at - interval '1 hour' where id = '${nodeId}'`);

describe("a node that has an actor in memory", () => {
  it("fires the timer that another node has set since", async () => {
    const one = await nodes.start([alarm], { nodeId: "one" });
    await one.tell("alarm/a", "Made");
    const two = await nodes.start([alarm], { nodeId: "two" });
    await two.tell("alarm/a", { type: "Set", ms: 50 });
    two.crash();
    await eventually(async () => expect(await nodes.types("alarm/a")).toEqual(["Made", "Set", "TimerFired"]));
  });

  it("takes up the work that a dead node has left with it since", async () => {
    const one = await nodes.start([worker({ run: async () => "done" })], { nodeId: "one" });
    const two = await nodes.start([worker(idle)], { nodeId: "two" });
    await two.tell("worker/b", "Hired");
    await one.look("worker/b");
    await two.tell("worker/b", "Abandoned");
    await two.tell("worker/b", "Resumed");
    two.crash();
    await declareDead("two");
    await eventually(async () => expect((await nodes.types("worker/b")).at(-1)).toBe("ActivityCompleted"));
    expect(await nodes.store().deadLetters({ limit: 5 })).toEqual([]);
  });

  it("does not write under an epoch that is over", async () => {
    // Its clock stands still: it never gets round to saying that it is alive, nor to hearing that it is not.
    const one = await nodes.start([gate], { nodeId: "one", clock: createManualClock() });
    await one.tell("gate/e", "Built");
    await declareDead("one");
    const two = await nodes.start([gate], { nodeId: "two" });
    await two.tell("gate/e", { type: "Counted", by: 1 });
    await one.tell("gate/e", { type: "Counted", by: 1 }).catch(() => {});
    await one.tell("gate/e", { type: "Counted", by: 1 }).catch(() => {});
    const flaws = await flawsOf(nodes.store(), registerActors([gate, worker(idle), alarm]));
    expect(flaws.filter((flaw) => flaw.startsWith("gate/e:"))).toEqual([]);
  });

  it("does not write under an epoch that is over, not even an actor that it has never seen", async () => {
    const one = await nodes.start([gate], { nodeId: "one", clock: createManualClock() });
    await declareDead("one");
    const two = await nodes.start([gate], { nodeId: "two" });
    await two.tell("gate/unseen", "Built");
    await one.tell("gate/unseen", { type: "Counted", by: 1 }).catch(() => {});
    const flaws = await flawsOf(nodes.store(), registerActors([gate, worker(idle), alarm]));
    expect(flaws.filter((flaw) => flaw.startsWith("gate/unseen:"))).toEqual([]);
  });
});

describe("two nodes at once", () => {
  it("write one actor without a gap, and tell everybody the truth", async () => {
    const [one, two] = [
      await nodes.start([gate], { nodeId: "one" }),
      await nodes.start([gate], { nodeId: "two" }),
    ];
    await one.tell("gate/hot", "Built");
    const receipts = await Promise.all(
      Array.from(
        { length: 200 },
        (_, i) => (i % 2 ? one : two).tell("gate/hot", { type: "Counted", by: 1 }, { messageId: `m${i >> 1}` }),
      ),
    );
    // Each message went to both: one accepted it, the other one found out.
    expect(receipts.filter(({ outcome }) => outcome === "accepted")).toHaveLength(100);
    expect(receipts.filter(({ outcome }) => outcome === "duplicate")).toHaveLength(100);
    expect(new Set(receipts.map(({ version }) => version)).size).toBe(100);
    expect(await nodes.history("gate/hot")).toHaveLength(101);
  });

  it("hold to the version that was expected: of two that expect the same one, one is accepted", async () => {
    const all = [await nodes.start([gate], { nodeId: "one" }), await nodes.start([gate], { nodeId: "two" })];
    await all[0]!.tell("gate/versioned", "Built");
    for (const node of all) await node.look("gate/versioned");
    for (let expectedVersion = 1; expectedVersion <= 20; expectedVersion++) {
      const receipts = await Promise.all(
        all.map((node) => node.tell("gate/versioned", { type: "Counted", by: 1 }, { expectedVersion })),
      );
      expect(receipts.map((receipt) => receipt.outcome === "refused" ? receipt.reason : receipt.outcome).toSorted())
        .toEqual(["accepted", "versionConflict"]);
    }
    expect(await nodes.history("gate/versioned")).toHaveLength(21);
  });

  it("create one actor once", async () => {
    const all = await Promise.all(Array.from({ length: 6 }, (_, i) => nodes.start([gate], { nodeId: `n${i}` })));
    const receipts = await Promise.all(all.map((node) => node.tell("gate/born", "Built")));
    expect(receipts.map((receipt) => receipt.outcome === "refused" ? receipt.reason : receipt.outcome).toSorted())
      .toEqual(["accepted", ...Array.from({ length: 5 }, () => "alreadyExists")]);
    expect(await nodes.types("gate/born")).toEqual(["Built"]);
  });

  it("fire each overdue timer once", async () => {
    const first = await nodes.start([alarm], { nodeId: "first" });
    const alarms = Array.from({ length: 150 }, (_, i) => `alarm/two${i}`);
    await Promise.all(alarms.map((one) => first.tell(one, "Made")));
    await Promise.all(alarms.map((one) => first.tell(one, { type: "Set", ms: 300 })));
    first.crash();
    await declareDead("first");
    await pause(300);
    await Promise.all(["one", "two", "three"].map((nodeId) => nodes.start([alarm], { nodeId })));
    await eventually(async () => {
      const [row] = await nodes.database().query(
        "select count(*)::int as n from events where stream like 'alarm/two%' and type = 'TimerFired'",
      );
      expect(row!["n"]).toBe(alarms.length);
    });
    await pause(100);
    for (const one of alarms) expect(await nodes.types(one)).toEqual(["Made", "Set", "TimerFired"]);
  });
});
