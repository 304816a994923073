import { describe, expect, it } from "vitest";
import { NonRetryableError } from "../../src/runtime/activities.ts";
import type { MachineEvent } from "../../src/runtime/machine-event.ts";
import type { Receipt } from "../../src/runtime/receipt.ts";
import { startToys } from "../support/start-toys.ts";
import { gate, player, rogue, worker } from "../support/toys.ts";
import { eventually } from "../support/eventually.ts";

const reason = (receipt: Receipt) => receipt.outcome === "refused" ? receipt.reason : receipt.outcome;

describe("acceptance", () => {
  it("answers an accepted event with its version, position and state", async () => {
    const { tell } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    expect(await tell("gate", "a", { type: "Opened" })).toMatchObject({
      outcome: "accepted",
      version: 2,
      position: 2,
      state: "open",
    });
  });

  it.each<[string, MachineEvent, object, string]>([
    ["what the state does not allow", { type: "Closed", why: "" }, {}, "notAllowed"],
    ["what is not declared", { type: "Exploded" }, {}, "undeclared"],
    ["XState's own events", { type: "xstate.stop" }, {}, "undeclared"],
    ["the wildcard", { type: "*" }, {}, "undeclared"],
    ["a property of Object", { type: "constructor" }, {}, "undeclared"],
    ["what is not for a client", { type: "Locked" }, { by: "client" }, "notPublic"],
    ["what the schema does not accept", { type: "Counted", by: "3" }, {}, "invalid"],
    ["an unknown field", { type: "Opened", force: true }, {}, "invalid"],
    ["what a guard denies", { type: "Counted", by: 13 }, {}, "notAllowed"],
    ["a second creation", { type: "Built" }, {}, "alreadyExists"],
    ["another version than expected", { type: "Opened" }, { expectedVersion: 7 }, "versionConflict"],
  ])("refuses %s and writes nothing", async (_, event, more, expected) => {
    const { tell, store } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    expect(reason(await tell("gate", "a", event, more))).toBe(expected);
    expect(await store.head()).toBe(1);
  });

  it("names what would be accepted, to whom it may", async () => {
    const { tell } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    const asClient = await tell("gate", "a", { type: "Closed", why: "" }, { by: "client" });
    expect(asClient).toMatchObject({ outcome: "refused", state: "closed", allowed: ["Opened", "Counted"] });
    const asOperator = await tell("gate", "a", { type: "Closed", why: "" }, { by: "operator" });
    expect(asOperator).toMatchObject({ allowed: ["Opened", "Locked", "Counted"] });
  });

  it("points at the field that is wrong", async () => {
    const { tell } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    expect(await tell("gate", "a", { type: "Counted", by: "3" })).toMatchObject({ errors: [{ pointer: "/by" }] });
  });

  it("refuses everything once finished, and anything but its creation before", async () => {
    const { tell } = await startToys([gate]);
    expect(reason(await tell("gate", "a", { type: "Opened" }))).toBe("notFound");
    await tell("gate", "a", { type: "Built" });
    await tell("gate", "a", { type: "Locked" });
    expect(reason(await tell("gate", "a", { type: "Opened" }))).toBe("finished");
  });

  it.each(["GuardThrew", "AssignThrew", "Spun", "Hoarded"])(
    "refuses %s with the machine's error, and the actor lives",
    async (type) => {
      const { tell, store } = await startToys([rogue]);
      await tell("rogue", "a", { type: "Appeared" });
      expect(reason(await tell("rogue", "a", { type }))).toBe("machineError");
      expect(await store.head()).toBe(1);
      expect(reason(await tell("rogue", "a", { type: "Appeared" }))).toBe("alreadyExists");
    },
  );

  it.each(["", "a b", "a.b", "a/b", "*", ">", "x".repeat(129), "ä"])("throws on the id %j", async (id) => {
    const { runtime } = await startToys([gate]);
    expect(() => runtime.actor("gate", id)).toThrow(/actor id/);
  });

  it("does not know a type that is not registered", async () => {
    const { tell } = await startToys([gate]);
    await expect(tell("door", "a", { type: "Built" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a repeated message", () => {
  it("gets the first answer again, also while the first is on its way", async () => {
    const { tell, store } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    const twice = await Promise.all(
      [1, 2].map(() => tell("gate", "a", { type: "Counted", by: 5 }, { messageId: "m1" })),
    );
    const later = await tell("gate", "a", { type: "Counted", by: 5 }, { messageId: "m1" });
    expect([...twice, later].map(({ outcome }) => outcome).toSorted()).toEqual(["accepted", "duplicate", "duplicate"]);
    expect(new Set([...twice, later].map(({ version }) => version))).toEqual(new Set([2]));
    expect(await store.head()).toBe(2);
  });

  it("gets it after a restart too", async () => {
    const { tell, store } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    await tell("gate", "a", { type: "Counted", by: 5 }, { messageId: "m1" });
    const again = await startToys([gate], store, "two");
    expect(await again.tell("gate", "a", { type: "Counted", by: 5 }, { messageId: "m1" })).toMatchObject({
      outcome: "duplicate",
      version: 2,
    });
  });
});

describe("a hot actor", () => {
  it("takes many proposals at once, in order, each durable before it is answered", async () => {
    const { tell, store, context } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    const receipts = await Promise.all(
      Array.from({ length: 500 }, (_, i) => tell("gate", "a", { type: "Counted", by: i === 13 ? 0 : i })),
    );
    expect(receipts.map(({ version }) => version)).toEqual(receipts.map((_, i) => i + 2));
    expect(await store.head()).toBe(501);
    expect((await context("gate", "a")).total).toBe(500 * 499 / 2 - 13);
  });

  it("refuses the newest once its mailbox is full, as something to try again", async () => {
    const { tell } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1_500 }, () => tell("gate", "a", { type: "Counted", by: 1 })),
    );
    const refused = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.reason).toMatchObject({ code: "OVERLOADED", retryable: true });
    expect(outcomes[0]?.status).toBe("fulfilled");
  });
});

describe("two nodes that write the same actor", () => {
  it("leave a dense history that both agree on", async () => {
    const one = await startToys([gate]);
    const two = await startToys([gate], one.store, "two");
    await one.tell("gate", "a", { type: "Built" });
    const writes = Array.from(
      { length: 60 },
      (_, i) => (i % 2 ? one : two).tell("gate", "a", { type: "Counted", by: 1 }, { messageId: `m${i}` }),
    );
    const receipts = await Promise.all(writes);
    expect(new Set(receipts.map(({ version }) => version)).size).toBe(60);
    const third = await startToys([gate], one.store, "three");
    expect((await third.context("gate", "a")).total).toBe(60);
  });
});

describe("timers", () => {
  it("fire once, as events", async () => {
    const { tell, types } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    await tell("gate", "a", { type: "Opened" });
    await eventually(async () => expect(await types("gate", "a")).toEqual(["Built", "Opened", "TimerFired"]));
  });

  it("do not fire when the state was left, nor for an earlier stay in it", async () => {
    const { tell, types, runtime } = await startToys([gate]);
    await tell("gate", "a", { type: "Built" });
    await tell("gate", "a", { type: "Opened" });
    await tell("gate", "a", { type: "Closed", why: "" });
    await tell("gate", "a", { type: "Opened" });
    await eventually(async () => expect((await runtime.actor("gate", "a").snapshot())?.state).toBe("closed"));
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await types("gate", "a")).toEqual(["Built", "Opened", "Closed", "Opened", "TimerFired"]);
  });

  it("survive a restart", async () => {
    const one = await startToys([gate]);
    await one.tell("gate", "a", { type: "Built" });
    await one.tell("gate", "a", { type: "Opened" });
    await one.runtime.stop(0);
    const two = await startToys([gate], one.store);
    await eventually(async () => expect(await two.types("gate", "a")).toEqual(["Built", "Opened", "TimerFired"]));
  });
});

describe("activities", () => {
  const hire = { type: "Hired" };

  it("hand their output to onDone", async () => {
    const { tell, types, context } = await startToys([worker({ run: async ({ of }) => `did ${of}` })]);
    await tell("worker", "w", hire);
    await eventually(async () => expect((await context("worker", "w")).answer).toBe("did w"));
    expect(await types("worker", "w")).toEqual(["Hired", "ActivityCompleted"]);
  });

  it("may answer with an event of the machine", async () => {
    const { tell, types, context } = await startToys([
      worker({ run: async () => ({ type: "Toiled", sum: 3 }), answersWithEvent: true }),
    ]);
    await tell("worker", "w", hire);
    await eventually(async () => expect((await context("worker", "w")).answer).toBe(3));
    expect(await types("worker", "w")).toEqual(["Hired", "Toiled"]);
  });

  it("fail when they answer with something else", async () => {
    const { tell, context } = await startToys([
      worker({ run: async () => ({ type: "Toiled", sum: "many" }), answersWithEvent: true }),
    ]);
    await tell("worker", "w", hire);
    await eventually(async () =>
      expect((await context("worker", "w")).error).toMatchObject({ name: "NonRetryableError" })
    );
  });

  it("are tried again with the same key, and fail once their attempts are used up", async () => {
    const keys: string[] = [];
    const run = async (_: unknown, { key }: { key: string }) => {
      keys.push(key);
      throw new Error("no luck");
    };
    const { tell, context } = await startToys([worker({ run, retry: { attempts: 3, backoffMs: 1 } })]);
    await tell("worker", "w", hire);
    await eventually(async () => expect((await context("worker", "w")).error).toMatchObject({ message: "no luck" }));
    expect(keys).toEqual(["worker/w/1/0", "worker/w/1/0", "worker/w/1/0"]);
  });

  it("are not tried again when it would be no use", async () => {
    let calls = 0;
    const run = async () => {
      calls++;
      throw new NonRetryableError("never");
    };
    const { tell, context } = await startToys([worker({ run })]);
    await tell("worker", "w", hire);
    await eventually(async () => expect((await context("worker", "w")).error).toMatchObject({ message: "never" }));
    expect(calls).toBe(1);
  });

  it("are asked again when they do not answer in time", async () => {
    let calls = 0;
    const run = () => ++calls === 1 ? new Promise(() => {}) : Promise.resolve("second");
    const { tell, context } = await startToys([worker({ run, retry: { timeoutMs: 30, backoffMs: 1 } })]);
    await tell("worker", "w", hire);
    await eventually(async () => expect((await context("worker", "w")).answer).toBe("second"));
  });

  it("are aborted when their state is left, and a late answer is no event", async () => {
    let aborted = false;
    const run = (_: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(aborted = true)));
    const { tell, types } = await startToys([worker({ run })]);
    await tell("worker", "w", hire);
    await tell("worker", "w", { type: "Abandoned" });
    await eventually(() => expect(aborted).toBe(true));
    expect(await types("worker", "w")).toEqual(["Hired", "Abandoned"]);
  });

  it("run again on the next node when theirs dies between the intent and the outcome", async () => {
    const never = worker({ run: () => new Promise(() => {}) });
    const one = await startToys([never]);
    await one.tell("worker", "w", hire);
    // The first node is not stopped: it hangs, and its successor of the same name takes over.
    const two = await startToys([worker({ run: async () => "at last" })], one.store);
    await eventually(async () => expect((await two.context("worker", "w")).answer).toBe("at last"));
    expect(await two.types("worker", "w")).toEqual(["Hired", "ActivityCompleted"]);
  });
});

describe("messages", () => {
  it("go back and forth, each once", async () => {
    const { tell, context, types } = await startToys([player]);
    await tell("player", "a", { type: "Joined", partner: "b" });
    await tell("player", "b", { type: "Joined", partner: "a" });
    await tell("player", "a", { type: "Served", rallies: 10 });
    await eventually(async () =>
      expect((await context("player", "a")).hits + (await context("player", "b")).hits).toBe(10)
    );
    expect((await types("player", "a")).length + (await types("player", "b")).length).toBe(13);
  });

  it("that their target refuses become dead letters with the receipt", async () => {
    const { tell, store } = await startToys([player]);
    await tell("player", "a", { type: "Joined", partner: "b" });
    await tell("player", "b", { type: "Joined", partner: "a" });
    await tell("player", "a", { type: "Insulted" });
    await eventually(async () =>
      expect(await store.deadLetters({ limit: 10 })).toMatchObject([{
        reason: "message refused",
        source: "player/a/2/0",
      }])
    );
    const [letter] = await store.deadLetters({ limit: 10 });
    expect(JSON.parse(letter!.detail)).toMatchObject({ receipt: { reason: "undeclared" } });
  });

  it("are no longer waited for once delivered", async () => {
    const { tell, store } = await startToys([player]);
    await tell("player", "a", { type: "Joined", partner: "b" });
    await tell("player", "b", { type: "Joined", partner: "a" });
    await tell("player", "a", { type: "Served", rallies: 1 });
    await eventually(async () => expect(await store.waiting("player/a")).toBeUndefined());
  });

  it("are delivered by the next node, and only once, when theirs dies before it knows", async () => {
    const one = await startToys([player]);
    await one.tell("player", "a", { type: "Joined", partner: "b" });
    await one.tell("player", "b", { type: "Joined", partner: "a" });
    await one.tell("player", "a", { type: "Served", rallies: 1 });
    const two = await startToys([player], one.store);
    await eventually(async () => expect(await two.store.waiting("player/a")).toBeUndefined());
    expect(await two.types("player", "b")).toEqual(["Joined", "Hit"]);
  });
});

describe("passivation", () => {
  it("forgets idle actors beyond the bound and remembers them when asked", async () => {
    const { runtime } = await startToys([gate], undefined, "small", 10);
    for (let i = 0; i < 50; i++) {
      await runtime.actor("gate", `g${i}`).propose({ type: "Built" }, { by: "internal" });
      await runtime.actor("gate", `g${i}`).propose({ type: "Counted", by: i === 13 ? 1 : i });
    }
    expect((await runtime.actor("gate", "g3").snapshot())?.context.total).toBe(3);
    expect((await runtime.actor("gate", "g49").snapshot())?.context.total).toBe(49);
  });
});
