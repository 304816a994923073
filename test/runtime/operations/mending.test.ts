/** Mending by hand: each change is made, and stands in the audit with who and why. */
import { afterEach, describe, expect, it } from "vitest";
import { createOperations } from "../../../src/runtime/create-operations.ts";
import type { ActorDefinition } from "../../../src/runtime/definition.ts";
import type { Operations } from "../../../src/runtime/operations.ts";
import { visitActors, type Visitor } from "../../../src/runtime/visitor.ts";
import { eventually } from "../../support/eventually.ts";
import { usePostgresNodes } from "../../support/postgres-nodes.ts";
import { gate, player, worker } from "../../support/toys.ts";
import { brittle, patientPlayer } from "../../support/toys-operators.ts";

const nodes = usePostgresNodes();
const visitors: Visitor[] = [];
afterEach(async () => {
  for (const visitor of visitors.splice(0)) await visitor.close();
  await nodes.database().query("delete from dead_letters; delete from nodes");
});

async function start(actors: readonly ActorDefinition[]) {
  const node = await nodes.start(actors);
  return { ...node, operations: createOperations({ store: nodes.store(), actors, ask: node.runtime.ask }) };
}

function visit(actors: readonly ActorDefinition[]): { visitor: Visitor; operations: Operations } {
  const visitor = visitActors({ store: nodes.store(), actors });
  visitors.push(visitor);
  return { visitor, operations: createOperations({ store: nodes.store(), actors, ask: visitor.ask }) };
}

const by = { who: "op-7", reason: "the customer called" };
const ref = (actor: string) => ({ type: actor.split("/")[0]!, id: actor.split("/")[1]! });
const letters = () => nodes.store().deadLetters({ limit: 10 });
const newestAudit = async (subject: string) => (await nodes.store().audits({ subject, limit: 1 }))[0];

describe("a proposal", () => {
  it("is an operator's, carries the audit's id, and is audited with what came of it", async () => {
    const { tell, operations } = await start([gate]);
    await tell("gate/p", "Built");
    const receipt = await operations.propose(ref("gate/p"), { type: "Locked" }, by, { expectedVersion: 1 });
    expect(receipt).toMatchObject({ outcome: "accepted", version: 2, state: "locked" });
    const entry = await newestAudit("gate/p");
    expect(entry).toMatchObject({ ...by, action: "propose", outcome: "version 2" });
    const [, locked] = await nodes.history("gate/p");
    expect(JSON.parse(locked!.metadata)).toMatchObject({ principal: "op-7", id: `audit/${entry!.id}` });
    const again = await operations.propose(ref("gate/p"), { type: "Locked" }, by);
    expect(again).toMatchObject({ outcome: "refused", reason: "finished" });
    expect((await newestAudit("gate/p"))?.outcome).toMatch(/^refused: gate\/p has come to its end/);
  });

  it.each(["", "  ", "x".repeat(501), "\0"])("needs a reason that can be kept", async (reason) => {
    const { operations } = visit([gate]);
    await expect(operations.propose(ref("gate/r"), { type: "Locked" }, { who: "a", reason }))
      .rejects.toMatchObject({ code: "INVALID" });
    expect(await newestAudit("gate/r")).toBeUndefined();
  });
});

describe("an activity", () => {
  it("that pauses is tried at once", async () => {
    let isOpen = false;
    const mill = {
      run: async () => isOpen ? "flour" : Promise.reject(new Error("closed")),
      retry: { attempts: 9, backoffMs: 3_600_000, maxBackoffMs: 3_600_000 },
    };
    const { tell, operations, look } = await start([worker(mill)]);
    await tell("worker/h", "Hired");
    await eventually(async () =>
      expect((await operations.why(ref("worker/h")))?.activities[0]?.attempts?.nextAt).toBeDefined()
    );
    isOpen = true;
    await expect(operations.retryActivity(ref("worker/h"), "1/0", by)).resolves.toMatchObject({ outcome: "now" });
    await eventually(async () => expect((await look("worker/h"))?.context.answer).toBe("flour"));
    await expect(operations.retryActivity(ref("worker/h"), "1/0", by)).resolves.toMatchObject({ outcome: "notOpen" });
    expect(await newestAudit("worker/h")).toMatchObject({ action: "retry activity", outcome: "notOpen" });
  });

  it("that is under way is left alone", async () => {
    const { tell, operations } = await start([worker({ run: () => new Promise<never>(() => {}) })]);
    await tell("worker/u", "Hired");
    await expect(operations.retryActivity(ref("worker/u"), "1/0", by)).resolves.toMatchObject({ outcome: "underWay" });
  });
});

describe("a dead letter", () => {
  async function insult(): Promise<void> {
    const { tell, runtime } = await start([player]);
    await tell("player/a", { type: "Joined", partner: "b" });
    await tell("player/b", { type: "Joined", partner: "a" });
    await tell("player/a", "Insulted");
    await eventually(async () => expect(await letters()).toHaveLength(1));
    await runtime.stop(1_000);
  }

  it("of a refused message is proposed again, once the machine takes it", async () => {
    await insult();
    const [letter] = await letters();
    const { operations: before } = visit([player]);
    expect(before.describeRedrive(letter!)).toMatchObject({
      outcome: "would",
      detail: "propose Shouted of player/a to player/b again",
    });
    const [still] = await before.redrive({ ids: [letter!.id] }, by);
    expect(still).toMatchObject({ outcome: "failed", detail: expect.stringContaining("refuses Shouted still") });

    const { operations } = visit([patientPlayer]);
    await expect(operations.redrive({ reason: "message refused" }, by, { dryRun: true })).resolves.toMatchObject([
      { id: letter!.id, outcome: "would" },
    ]);
    expect(await letters()).toHaveLength(1);
    const audits = await nodes.store().audits({ limit: 1_000 });
    await expect(operations.redrive({ reason: "message refused" }, by)).resolves.toMatchObject([
      { outcome: "redriven", detail: "player/b has taken Shouted" },
    ]);
    expect(await letters()).toEqual([]);
    expect(await nodes.types("player/b")).toEqual(["Joined", "Shouted"]);
    expect(await nodes.store().audits({ limit: 1_000 })).toHaveLength(audits.length + 1);
    await expect(operations.redrive({ ids: [letter!.id] }, by)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("of an outcome that the machine failed on is settled again, once the machine is mended", async () => {
    let broken = true;
    const { tell, operations, look } = await start([brittle(() => broken)]);
    await tell("brittle/b", "Fired");
    await eventually(async () => expect(await letters()).toMatchObject([{ reason: "outcome the machine failed on" }]));
    const [letter] = await letters();
    await expect(operations.redrive({ ids: [letter!.id] }, by)).resolves.toMatchObject([{ outcome: "failed" }]);
    broken = false;
    await expect(operations.redrive({ ids: [letter!.id] }, by)).resolves.toMatchObject([{ outcome: "redriven" }]);
    expect(await look("brittle/b")).toMatchObject({ state: "done", context: { answer: 42 } });
    expect(await letters()).toEqual([]);
  });

  it("of a late outcome cannot be redriven, only dismissed with a reason", async () => {
    const { operations } = visit([worker({ run: async () => null })]);
    const outcome = { effectId: "1/0", type: "ActivityCompleted", data: { event: { type: "xstate.done.actor.toil" } } };
    await nodes.store().bury({
      reason: "late outcome",
      stream: "worker/l",
      source: "worker/l/1/0",
      attempts: 1,
      detail: JSON.stringify({ outcome }),
    });
    const [letter] = await letters();
    await expect(operations.redrive({ ids: [letter!.id] }, by)).resolves.toMatchObject([{ outcome: "impossible" }]);
    await operations.dismiss(letter!.id, by);
    expect(await letters()).toEqual([]);
    expect(await newestAudit(`dead-letter/${letter!.id}`)).toMatchObject({
      ...by,
      action: "dismiss",
      outcome: "dismissed",
    });
    await expect(operations.dismiss(letter!.id, by)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(operations.dismiss("1; drop table audit", by)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("of a poison event is its reader's to try again, and cannot be dismissed", async () => {
    const { operations } = visit([gate]);
    const store = nodes.store();
    await store.bury({
      reason: "poison event",
      stream: "gate/x",
      source: "letters gate/x/1",
      attempts: 5,
      detail: JSON.stringify({ reader: "letters", key: "gate/x", error: { message: "no" } }),
    });
    const [letter] = await letters();
    await expect(operations.redrive({ ids: [letter!.id] }, by)).resolves.toMatchObject([{ outcome: "failed" }]);
    await nodes.database().query(
      "insert into parked (reader, partition, key, position) values ('letters', 0, 'gate/x', 1)",
    );
    await expect(operations.redrive({ ids: [letter!.id] }, by)).resolves.toMatchObject([{ outcome: "asked" }]);
    await expect(store.nextRedrive("letters", 0)).resolves.toMatchObject({ key: "gate/x" });
    await expect(operations.dismiss(letter!.id, by)).rejects.toMatchObject({ code: "TRANSITION_NOT_ALLOWED" });
  });
});

describe("a visitor", () => {
  it("writes beside a living node, which then answers by what the log has", async () => {
    const { tell, look } = await start([gate]);
    await tell("gate/v", "Built");
    const { operations, visitor } = visit([gate]);
    await operations.propose(ref("gate/v"), { type: "Counted", by: 5 }, by);
    await visitor.close();
    await eventually(async () => expect(await look("gate/v")).toMatchObject({ version: 2, context: { total: 5 } }));
    expect(await tell("gate/v", { type: "Counted", by: 1 })).toMatchObject({ outcome: "accepted", version: 3 });
  });

  it("leaves what it asks for to the node: the activity runs there, the timer fires there", async () => {
    let ran = 0;
    const toil = { run: async () => ++ran };
    const { look } = await start([worker(toil), gate]);
    const { visitor } = visit([worker({ run: () => Promise.reject(new Error("not here")) }), gate]);
    await visitor.actor("worker", "w").propose({ type: "Hired" }, { by: "operator" });
    await visitor.actor("gate", "w").propose({ type: "Built" }, { by: "internal" });
    await visitor.actor("gate", "w").propose({ type: "Opened" });
    await eventually(async () => expect(await look("worker/w")).toMatchObject({ state: "finished" }));
    await eventually(async () => expect(await look("gate/w")).toMatchObject({ state: "closed", version: 3 }));
    expect(ran).toBe(1);
  });

  it("writes when no node runs, and whoever starts takes the work up", async () => {
    const { visitor } = visit([worker({ run: async () => null })]);
    await visitor.actor("worker", "alone").propose({ type: "Hired" });
    expect(await nodes.open("worker/alone")).toHaveLength(1);
    const { look } = await start([worker({ run: async () => "done" })]);
    await eventually(async () => expect((await look("worker/alone"))?.context.answer).toBe("done"));
  });

  it("reads without being seen", async () => {
    const { visitor } = visit([gate]);
    expect(await visitor.actor("gate", "none").snapshot()).toBeUndefined();
    expect(await nodes.database().query("select id from nodes")).toEqual([]);
  });
});
