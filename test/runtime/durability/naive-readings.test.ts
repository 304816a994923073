/** What a naive reading of XState gets wrong, one test each, over a real Postgres. */
import { setTimeout as pause } from "node:timers/promises";
import { createActor, createMachine } from "xstate";
import { describe, expect, it } from "vitest";
import { actorRef } from "../../../machines/actor-ref.ts";
import { systemClock } from "../../../src/kernel/clock.ts";
import type { Activity, LocalActivity } from "../../../src/runtime/definition.ts";
import type { EventMetadata } from "../../../src/runtime/actor-state.ts";
import type { Effect } from "../../../src/runtime/effects.ts";
import { registerActors } from "../../../src/runtime/register.ts";
import { eventually } from "../../support/eventually.ts";
import { flawsOf } from "../../support/histories.ts";
import { usePostgresNodes } from "../../support/postgres-nodes.ts";
import { boss, gate, task, worker } from "../../support/toys.ts";
import { alarm } from "../../support/toys-effects.ts";
import { breeder, clerk, clumsy, courier, eager, hoarder, mute, recipient, visitor } from "../../support/toys-traps.ts";

const nodes = usePostgresNodes();
const idle: Activity = { run: () => new Promise(() => {}) };
const all = [
  boss,
  clumsy,
  gate,
  task,
  worker(idle),
  alarm,
  breeder,
  clerk,
  courier,
  eager(idle),
  hoarder,
  mute(idle),
  recipient,
  visitor,
];

const lettersOf = async (stream: string) =>
  (await nodes.store().deadLetters({ limit: 100 })).filter((letter) => letter.stream === stream);
const settled = async (actor: string) =>
  (await nodes.history(actor)).map(({ metadata }) => (JSON.parse(metadata) as EventMetadata).settles);

describe("timers", () => {
  it("of an earlier stay in a state are stale after re-entry, though the machine would take them", async () => {
    const node = await nodes.start([visitor]);
    for (const event of ["Arrived", "CameIn"]) await node.tell("visitor/a", event);
    await pause(500);
    for (const event of ["WentOut", "CameIn"]) await node.tell("visitor/a", event);
    await eventually(async () => expect(await node.look("visitor/a")).toMatchObject({ state: "shownOut" }));
    const history = await nodes.history("visitor/a");
    expect(history.map(({ type }) => type)).toEqual(["Arrived", "CameIn", "WentOut", "CameIn", "TimerFired"]);
    expect(history[4]!.recordedAt - history[3]!.recordedAt).toBeGreaterThanOrEqual(1_000);
    expect((await settled("visitor/a"))[4]).toBe("4/0");
  });

  it("of an earlier stay are stale after a crash too, when both are overdue", async () => {
    const node = await nodes.start([visitor]);
    for (const event of ["Arrived", "CameIn", "WentOut", "CameIn"]) await node.tell("visitor/b", event);
    node.crash();
    await pause(1_100);
    const next = await nodes.start([visitor]);
    await eventually(async () => expect(await next.look("visitor/b")).toMatchObject({ state: "shownOut" }));
    expect((await settled("visitor/b")).slice(4)).toEqual(["4/0"]);
    expect(await lettersOf("visitor/b")).toEqual([]);
  });

  it("that were raised with a delay end with their machine", async () => {
    const node = await nodes.start([alarm]);
    await node.tell("alarm/a", "Made");
    await node.tell("alarm/a", { type: "Set", ms: 600 });
    await node.tell("alarm/a", "Broken");
    expect(await nodes.open("alarm/a")).toEqual([]);
    await pause(800);
    expect(await nodes.types("alarm/a")).toEqual(["Made", "Set", "Broken"]);
    expect(await lettersOf("alarm/a")).toEqual([]);
  });

  it("are due by the database's clock, whatever the node's says", async () => {
    for (const offMs of [-86_400_000, 86_400_000]) {
      const clock = { ...systemClock, now: () => Date.now() + offMs };
      const node = await nodes.start([alarm], { clock });
      const actor = `alarm/off${offMs}`;
      await node.tell(actor, "Made");
      await node.tell(actor, { type: "Set", ms: 100 });
      await eventually(async () => expect(await nodes.types(actor)).toEqual(["Made", "Set", "TimerFired"]));
      const history = await nodes.history(actor);
      expect(history[2]!.recordedAt - history[1]!.recordedAt).toBeGreaterThanOrEqual(100);
      expect(Math.abs(history[2]!.recordedAt - Date.now())).toBeLessThan(10_000);
      node.crash();
    }
  });

  it("on which the machine fails become dead letters, and hold up no others", async () => {
    const node = await nodes.start([clumsy]);
    await node.tell("clumsy/a", "Left");
    await eventually(async () => expect(await node.look("clumsy/a")).toMatchObject({ state: "arrived" }));
    expect(await lettersOf("clumsy/a")).toMatchObject([{ source: "clumsy/a/1/0" }]);
    expect(await node.tell("clumsy/a", "Walked")).toMatchObject({ outcome: "accepted" });
  });
});

describe("children", () => {
  it("of a parent with the longest name there may be come to be all the same", async () => {
    const node = await nodes.start([boss, task]);
    const actor = `boss/${"b".repeat(128)}`;
    await node.tell(actor, { type: "Appointed", of: 4 });
    await eventually(async () => expect(await nodes.types(actor)).toEqual(["Appointed", "Begun"]));
    expect(await lettersOf(actor)).toEqual([]);
  });
});

describe("outcomes that `can` denies", () => {
  const twice = async (actor: string, run: LocalActivity["run"]) => {
    let calls = 0;
    const counted: Activity = { run: (...args) => (calls++, run(...args)), retry: { attempts: 1 } };
    const node = await nodes.start([mute(counted)]);
    await node.tell(actor, "Born");
    await eventually(async () => expect(await nodes.history(actor)).toHaveLength(2));
    node.crash();
    const next = await nodes.start([mute(counted)]);
    await pause(50);
    expect(calls).toBe(1);
    return next;
  };

  it("settle when they are an end that nobody handles", async () => {
    const node = await twice("mute/done", async () => 1);
    expect(await nodes.types("mute/done")).toEqual(["Born", "ActivityCompleted"]);
    expect((await nodes.open("mute/done")).map(({ kind }) => kind)).toEqual(["timer"]);
    expect(await node.look("mute/done")).toMatchObject({ state: "busy", status: "active" });
  });

  it("settle when they are a failure that nobody handles: the actor ends in error, with nothing left open", async () => {
    const node = await twice("mute/error", async () => {
      throw new Error("torn");
    });
    expect(await nodes.types("mute/error")).toEqual(["Born", "ActivityFailed"]);
    expect(await nodes.open("mute/error")).toEqual([]);
    expect(await node.look("mute/error")).toMatchObject({ status: "error" });
    expect(await node.tell("mute/error", "Waved")).toMatchObject({ outcome: "refused", reason: "finished" });
  });
});

describe("references to actors", () => {
  it("in an event are stored as their address", async () => {
    const node = await nodes.start([hoarder, task]);
    await node.tell("hoarder/a", "Began");
    await node.tell("hoarder/a", { type: "Kept", what: { whom: actorRef("gate", "a") as unknown } });
    expect((await nodes.history("hoarder/a"))[1]!.data).toBe('{"what":{"whom":{"type":"gate","id":"a"}}}');
    expect((await node.look("hoarder/a"))?.context).toEqual({ kept: { whom: { type: "gate", id: "a" } } });
  });

  it("of XState's own kind in an event are refused, with what to do", async () => {
    const node = await nodes.start([hoarder, task]);
    await node.tell("hoarder/b", "Began");
    const live = createActor(createMachine({})).start();
    const receipt = await node.tell("hoarder/b", { type: "Kept", what: live });
    expect(receipt).toMatchObject({ outcome: "refused", reason: "invalid" });
    expect(receipt).toMatchObject({ detail: expect.stringContaining("actorRef(type, id)") });
    expect(await nodes.types("hoarder/b")).toEqual(["Began"]);
  });

  it.each(["SelfKept", "AddressKept"])("in the context are refused, with what to do: %s", async (type) => {
    const node = await nodes.start([hoarder, task]);
    const actor = `hoarder/${type}`;
    await node.tell(actor, "Began");
    const receipt = await node.tell(actor, type);
    expect(receipt).toMatchObject({ outcome: "refused", reason: "machineError" });
    expect(receipt).toMatchObject({ detail: expect.stringContaining("{ type, id } for an actor") });
    expect(await node.look(actor)).toMatchObject({ version: 1, context: { kept: null } });
  });
});

describe("spawn inside an assign", () => {
  it("is refused, with what to do, and the actor lives", async () => {
    const node = await nodes.start([hoarder, task]);
    await node.tell("hoarder/c", "Began");
    const receipt = await node.tell("hoarder/c", "ChildKept");
    expect(receipt).toMatchObject({ outcome: "refused", reason: "machineError" });
    expect(receipt).toMatchObject({ detail: expect.stringContaining("use spawnChild or invoke") });
    expect(await node.tell("hoarder/c", { type: "Kept", what: 1 })).toMatchObject({ outcome: "accepted", version: 2 });
  });

  it("is refused while the context is being made: no such actor comes to be", async () => {
    const node = await nodes.start([breeder, task]);
    expect(await node.tell("breeder/a", "Began")).toMatchObject({ outcome: "refused", reason: "machineError" });
    expect(await node.look("breeder/a")).toBeNull();
    expect(await nodes.history("breeder/a")).toEqual([]);
  });
});

describe("effects of the initial state", () => {
  it("are stored with the creation, and carried out after a crash", async () => {
    const work: Activity = { run: async () => null };
    const node = await nodes.start([eager(idle), gate, task]);
    await node.tell("gate/ofTheEager", "Built");
    await node.tell("eager/a", "Woke");
    node.crash();
    const [creation] = await nodes.history("eager/a");
    const kinds = (JSON.parse(creation!.effects!) as Effect[]).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(["activity", "child", "emit", "message", "message", "timer", "timer"]);
    const next = await nodes.start([eager(work), gate, task]);
    await eventually(async () =>
      expect((await next.look("eager/a"))?.context.done.toSorted()).toEqual(["after", "bell", "child", "work"])
    );
    await eventually(async () => expect(await nodes.types("gate/ofTheEager")).toContain("Opened"));
  });
});

describe("late outcomes", () => {
  it("of work that was done although its state was left are no events, but dead letters", async () => {
    let finish: ((answer: unknown) => void) | undefined;
    const stubborn: Activity = { run: () => new Promise((resolve) => finish = resolve) };
    const node = await nodes.start([worker(stubborn)]);
    await node.tell("worker/late", "Hired");
    await eventually(() => expect(finish).toBeDefined());
    await node.tell("worker/late", "Abandoned");
    finish?.("captured 10.00");
    await eventually(async () =>
      expect(await lettersOf("worker/late")).toMatchObject([{ reason: "late outcome", source: "worker/late/1/0" }])
    );
    expect((await lettersOf("worker/late"))[0]?.detail).toContain("captured 10.00");
    expect(await nodes.types("worker/late")).toEqual(["Hired", "Abandoned"]);
  });

  it("of work of an earlier stay do not settle the work of this one", async () => {
    const finish: ((answer: unknown) => void)[] = [];
    const stubborn: Activity = { run: () => new Promise((resolve) => finish.push(resolve)) };
    const node = await nodes.start([worker(stubborn)]);
    await node.tell("worker/again", "Hired");
    await eventually(() => expect(finish).toHaveLength(1));
    for (const event of ["Abandoned", "Resumed"]) await node.tell("worker/again", event);
    await eventually(() => expect(finish).toHaveLength(2));
    finish[0]!("old");
    await pause(30);
    finish[1]!("new");
    await eventually(async () => expect((await node.look("worker/again"))?.context.answer).toBe("new"));
    expect((await settled("worker/again")).at(-1)).toBe("3/0");
  });
});

describe("values that JSON changes", () => {
  it("a Date in an event takes the same path live and on replay", async () => {
    const node = await nodes.start([clerk]);
    await node.tell("clerk/a", "Seated");
    expect(await node.tell("clerk/a", { type: "Stamped", at: new Date(0) })).toMatchObject({ state: "text" });
    node.crash();
    const next = await nodes.start([clerk]);
    expect(await next.look("clerk/a")).toMatchObject({ state: "text" });
  });

  it.each([false, true])(
    "a Date and an undefined in a message arrive the same, with a crash between: %s",
    async (crash) => {
      const node = await nodes.start([courier, recipient]);
      const [from, to] = [`courier/${crash}`, `recipient/${crash}`];
      await node.tell(to, "Moved");
      await node.tell(from, "Hired");
      const sent = { type: "Sent", to: String(crash) };
      if (crash) {
        await node.tellAndCrash(from, sent);
        await nodes.start([courier, recipient]);
      } else await node.tell(from, sent);
      await eventually(async () => expect(await nodes.types(to)).toEqual(["Moved", "Received"]));
      expect((await nodes.history(to))[1]!.data).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
      expect(await lettersOf(from)).toEqual([]);
    },
  );

  it("a Date in the context is refused, with what to do", async () => {
    const node = await nodes.start([hoarder, task]);
    await node.tell("hoarder/d", "Began");
    const receipt = await node.tell("hoarder/d", "DateMade");
    expect(receipt).toMatchObject({
      reason: "machineError",
      detail: expect.stringContaining("an ISO text for a Date"),
    });
  });
});

it("leaves histories that are dense, told once, and proven by their replay", async () => {
  expect(await flawsOf(nodes.store(), registerActors(all))).toEqual([]);
});
