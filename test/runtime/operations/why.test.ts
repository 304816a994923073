/** Why actors wait, and which of them nobody can wake, over a real Postgres. */
import { describe, expect, it } from "vitest";
import { createOperations } from "../../../src/runtime/create-operations.ts";
import type { ActorDefinition } from "../../../src/runtime/definition.ts";
import type { Operations, StuckActor } from "../../../src/runtime/operations.ts";
import { eventually } from "../../support/eventually.ts";
import { expenseActor } from "../../support/expense.ts";
import { usePostgresNodes } from "../../support/postgres-nodes.ts";
import { boss, gate, task, worker } from "../../support/toys.ts";
import { alarm, foreman, frail } from "../../support/toys-effects.ts";
import { filledPit, pit } from "../../support/toys-operators.ts";

const nodes = usePostgresNodes();

async function start(actors: readonly ActorDefinition[]) {
  const node = await nodes.start(actors);
  return { ...node, operations: createOperations({ store: nodes.store(), actors, ask: node.runtime.ask }) };
}

async function allStuck(operations: Operations, type?: string): Promise<StuckActor[]> {
  const found: StuckActor[] = [];
  let after: string | undefined;
  do {
    const page = await operations.stuck({ after, type });
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return found;
}

const ref = (actor: string) => ({ type: actor.split("/")[0]!, id: actor.split("/")[1]! });
const failing = { run: () => Promise.reject(new Error("the mill is closed")) };

describe("why", () => {
  it("names what each may propose", async () => {
    const { tell, operations } = await start([gate]);
    await tell("gate/why", "Built");
    await expect(operations.why(ref("gate/why"))).resolves.toMatchObject({
      state: "closed",
      accepts: { client: ["Opened", "Counted"], operator: ["Opened", "Locked", "Counted"] },
      canBeWoken: true,
      sentence: "It waits for a client to propose Opened, Counted; or for an operator to propose Locked.",
    });
    await tell("gate/why", "Locked");
    expect(await operations.why(ref("gate/why"))).toMatchObject({ status: "done", canBeWoken: false, timers: [] });
  });

  it("tells when a timer is due, by the name that its machine gives it", async () => {
    const { tell, operations } = await start([alarm, expenseActor({ payOut: async () => {} })]);
    const before = await nodes.store().now();
    await tell("alarm/why", "Made");
    await tell("alarm/why", { type: "Set", ms: 3_600_000 });
    const why = await operations.why(ref("alarm/why"));
    expect(why?.timers).toMatchObject([{ effect: "2/0", name: "bell", event: "Rang", overdueMs: 0 }]);
    expect(why!.timers[0]!.dueAt).toBeGreaterThanOrEqual(before + 3_600_000);
    await tell("expense/why", { type: "ExpenseSubmitted", amount: "100" });
    expect((await operations.why(ref("expense/why")))?.sentence).toMatch(
      /^It waits for its timer "patience", due in 7 d;/,
    );
  });

  it("tells of an activity's attempts and its last error, from the node that runs it", async () => {
    const slow = { ...failing, retry: { attempts: 100, backoffMs: 3_600_000, maxBackoffMs: 3_600_000 } };
    const { tell, operations } = await start([worker(slow)]);
    await tell("worker/why", "Hired");
    await eventually(async () => {
      const why = await operations.why(ref("worker/why"));
      expect(why?.activities).toMatchObject([{
        effect: "1/0",
        src: "toil",
        remote: false,
        attempts: { attempt: 2, lastError: { message: "the mill is closed" }, nextAt: expect.any(Number) },
      }]);
      expect(why?.sentence).toMatch(
        /^It waits for the activity "toil", begun \d\.\d s ago \(attempt 2 comes next, after/,
      );
    });
  });

  it("tells how a child stands, and that one which does not exist cannot report", async () => {
    const { tell, operations } = await start([boss, task]);
    await tell("boss/why", { type: "Appointed", of: 4 });
    await eventually(async () => {
      const why = await operations.why(ref("boss/why"));
      expect(why?.children).toMatchObject([{ name: "helper", target: { state: "busy", status: "active" } }]);
      expect(why?.canBeWoken).toBe(true);
    });
  });

  it("is undefined for an actor that is none, and refuses a type that is none", async () => {
    const { operations } = await start([gate]);
    await expect(operations.why(ref("gate/nobody"))).resolves.toBeUndefined();
    await expect(operations.why(ref("ghost/x"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("stuck", () => {
  it("finds whom nobody can wake, also behind a guard, and nobody else", async () => {
    const { tell, operations } = await start([pit, gate]);
    for (let n = 0; n < 12; n++) await tell(`pit/fine${n}`, "Dug");
    await tell("pit/deep", "Dug");
    await tell("pit/deep", "Fell");
    await tell("gate/fine", "Built");
    const [stuck, ...others] = await allStuck(operations, "pit");
    expect(others).toEqual([]);
    expect(stuck).toMatchObject({ actor: ref("pit/deep"), state: "bottom", why: "nothing can wake it" });
    expect(stuck!.sentence).toMatch(/^Nothing can wake it: in "bottom"/);
    expect((await allStuck(operations, "gate")).map(({ actor }) => actor.id)).not.toContain("fine");
  });

  it("finds who has failed on an error that nobody handles", async () => {
    const once = { ...failing, retry: { attempts: 1 } };
    const { tell, operations } = await start([frail(once), foreman, task]);
    await tell("frail/broken", { type: "Roped", of: 1 });
    await eventually(async () =>
      expect(await allStuck(operations, "frail")).toMatchObject([{ actor: ref("frail/broken"), why: "failed" }])
    );
  });

  it("finds timers long past due, work that takes long, and states that the machine has lost", async () => {
    const never = { run: () => new Promise<never>(() => {}) };
    const first = await start([gate, worker(never), pit]);
    await first.tell("worker/slow", "Hired");
    await first.tell("gate/late", "Built");
    await first.tell("gate/late", "Opened");
    first.crash();
    await nodes.database().query("update waiting set due = now() - interval '10 minutes' where stream = 'gate/late'");
    const actors = [gate, worker(never), pit];
    const ask = () => Promise.reject(new Error("nobody is there"));
    const operations = createOperations({ store: agedStore(), actors, ask });
    expect(await allStuck(operations, "gate")).toMatchObject([{ actor: ref("gate/late"), why: "timer overdue" }]);
    expect(await allStuck(operations, "worker")).toContainEqual(
      expect.objectContaining({ actor: ref("worker/slow"), why: "work takes long" }),
    );
    const without = createOperations({ store: nodes.store(), actors: [filledPit], ask });
    expect(await allStuck(without, "pit")).toContainEqual(
      expect.objectContaining({ actor: ref("pit/deep"), why: "history cannot be replayed" }),
    );
  });
});

/** The same store an hour later, as far as that can be told: events cannot be made older. */
function agedStore() {
  const store = nodes.store();
  return { ...store, now: async () => await store.now() + 3_600_000 };
}
