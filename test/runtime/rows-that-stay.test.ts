/** A waiting row that is early enough is left alone; what that may not change is when timers fire. */
import { expect, it, vi } from "vitest";
import { setup } from "xstate";
import { z } from "zod";
import type { ActorDefinition } from "../../src/runtime/definition.ts";
import { Actor } from "../../src/runtime/actor.ts";
import type { ActorHost } from "../../src/runtime/actor-host.ts";
import type { ActorState } from "../../src/runtime/actor-state.ts";
import { Appender, type PendingRun } from "../../src/runtime/appender.ts";
import { type OpenEffect, rowStays } from "../../src/runtime/effects.ts";
import { registerActors } from "../../src/runtime/register.ts";
import { movedEntry } from "../../src/runtime/run.ts";
import { Tail } from "../../src/runtime/tail.ts";
import type { EventLog, Store } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { newEvent } from "../support/runs.ts";
import { startToys } from "../support/start-toys.ts";

const NOW = 1_000_000;
const about = { id: "1/0", position: 1, correlationId: "c" };
const timer = (dueAt: number | null, delayMs = 0): OpenEffect => ({
  ...about,
  kind: "timer",
  send: "t",
  event: { type: "t" },
  dueAt,
  delayMs,
});
const activity: OpenEffect = { ...about, kind: "activity", child: "c", src: "s", input: null, dueAt: null };
const child: OpenEffect = { ...about, kind: "child", child: "c", to: { type: "other", id: "1" }, dueAt: null };

it.each<[stays: boolean, when: string, shown: OpenEffect[], open: OpenEffect[]]>([
  [true, "a later timer takes its place", [timer(NOW + 10)], [timer(null, 10)]],
  [true, "its timer is over, and a child goes on", [timer(NOW + 10), child], [child]],
  [true, "there is none, and nothing to show", [], []],
  [false, "a timer comes that is due earlier", [timer(NOW + 10)], [timer(NOW + 10), timer(null, 9)]],
  [false, "a timer is left that was due earlier", [timer(NOW + 10)], [timer(NOW + 9)]],
  [false, "work comes", [timer(NOW + 10)], [timer(NOW + 10), activity]],
  [false, "its work is over", [timer(NOW + 10), activity], [timer(NOW + 10)]],
  [false, "a timer comes and it had none", [child], [child, timer(null, 10)]],
  [false, "nothing is open any more", [timer(NOW + 10)], []],
])("stays: %s, when %s", (stays, _, shown, open) => {
  expect(rowStays(shown, open, NOW)).toBe(stays);
});

/** The tail of an actor whose steps are given by what is open after them. */
function startTail() {
  const runs: PendingRun[] = [];
  const appender = { submit: (run: PendingRun) => runs.push(run), grown: () => {} } as unknown as Appender;
  const tail = new Tail("actor/1", appender, { appended() {}, leftOut() {}, unstorable() {}, failed() {} });
  let version = 0;
  const settle = (run: PendingRun, recordedAt = NOW) =>
    run.settle({ outcome: "appended", firstPosition: version, recordedAt });
  return {
    tail,
    runs,
    settle,
    /** Answers the run that the step has come into. */
    step(open: readonly OpenEffect[]): PendingRun {
      const state = { version: ++version, open, path: "", parent: undefined, snapshot: {} } as unknown as ActorState;
      tail.append(movedEntry(), { event: newEvent("A"), state, closed: [] });
      return runs.at(-1)!;
    },
  };
}

const message: OpenEffect = {
  ...about,
  kind: "message",
  to: { type: "other", id: "1" },
  event: { type: "Hi" },
  dueAt: null,
};

it("does not stay when a message was delivered while the run that shows it was under way", () => {
  const { tail, step, settle } = startTail();
  const first = step([message]);
  expect(first.take()).toMatchObject({ leavesRow: false, waiting: { busy: true } });
  tail.delivered(message.id);
  settle(first);
  const second = step([]);
  expect(second.take()).toMatchObject({ leavesRow: false, waiting: null });
  settle(second);
  expect(step([]).take()).toMatchObject({ leavesRow: true });
});

it("does not bring a message back that was delivered while more was collected behind the run under way", () => {
  const { tail, step, settle } = startTail();
  const first = step([message]);
  first.take();
  settle(first);
  const second = step([message]);
  second.take();
  step([message]);
  tail.delivered(message.id);
  settle(second);
  expect(tail.committed!.state.open).toEqual([]);
});

it("is what was corrected, also when more was collected behind the correction", () => {
  const { tail, runs, step, settle } = startTail();
  const set = (id: string, delayMs: number): OpenEffect => ({ ...timer(null, delayMs), id, position: 0 });
  const [over, later] = [set("1/0", 10), set("2/0", 1_000)];
  const first = step([over]);
  first.take();
  settle(first);
  const second = step([later]);
  expect(second.take()).toMatchObject({ leavesRow: true });
  settle(second);
  tail.flush();
  const correction = runs.at(-1)!;
  expect(correction.take()).toMatchObject({ waiting: { dueAt: NOW + 1_000 } });
  // Due before what the row says by then, though not before what it said first.
  const third = step([later, set("3/0", 500)]);
  settle(correction);
  expect(third.take()).toMatchObject({ leavesRow: false });
});

/** Falls asleep a while after it has moved for the last time. */
function sitter(afterMs: number): ActorDefinition {
  return {
    type: "sitter",
    machine: setup({ types: { events: {} as { type: "Moved" } } }).createMachine({
      id: "sitter",
      initial: "awake",
      states: {
        awake: { on: { Moved: { target: "awake", reenter: true } }, after: { [afterMs]: "asleep" } },
        asleep: { type: "final" },
      },
    }),
    version: "1",
    created: "SatDown",
    events: {
      SatDown: { by: "client", schema: z.strictObject({}) },
      Moved: { by: "client", schema: z.strictObject({}) },
    },
  };
}

async function startSitter(afterMs: number, maxResident = 100) {
  const toys = await startToys([sitter(afterMs)], undefined, "one", maxResident);
  const row = () => toys.store.waiting("sitter/s");
  const tell = async (type: string) => {
    const receipt = await toys.tell("sitter", "s", { type });
    return (receipt as { recordedAt: number }).recordedAt + afterMs;
  };
  return { ...toys, row, tell };
}

it("is corrected when an actor is quiet", async () => {
  const { tell, row } = await startSitter(3_600_000);
  const first = await tell("SatDown");
  await eventually(async () => expect(Date.now()).toBeGreaterThan(first - 3_600_000));
  const last = await tell("Moved");
  expect(await row()).toMatchObject({ dueAt: first, open: expect.stringContaining('"1/0"') });
  await eventually(async () =>
    expect(await row()).toMatchObject({ dueAt: last, open: expect.stringContaining('"2/') })
  );
});

it("is corrected when the actor is forgotten before it was", async () => {
  const { tell, row, runtime } = await startSitter(3_600_000, 1);
  const first = await tell("SatDown");
  await eventually(async () => expect(Date.now()).toBeGreaterThan(first - 3_600_000));
  const last = await tell("Moved");
  await runtime.actor("sitter", "other").propose({ type: "SatDown" });
  expect(await row()).toMatchObject({ dueAt: first });
  await eventually(async () => expect(await row()).toMatchObject({ dueAt: last }));
});

it("is corrected by whoever wakes the actor up, when the node that left it has died", async () => {
  const { tell, row, store } = await startSitter(3_600_000);
  await tell("SatDown");
  const early = (await row())!;
  await tell("Moved");
  await eventually(async () => expect((await row())!.open).not.toBe(early.open));
  const exact = await row();
  const waiting = { dueAt: early.dueAt, dueInMs: null, busy: false, open: early.open };
  await store.append(0, [{ stream: "sitter/s", expectedVersion: 2, events: [], waiting, requestKeys: [] }]);
  expect(await row()).toEqual(early);
  // The same node, come up again.
  const other = await startToys([sitter(3_600_000)], store, "one");
  expect(await other.runtime.actor("sitter", "s").snapshot()).toMatchObject({ state: "awake" });
  await eventually(async () => expect(await row()).toEqual(exact));
});

it("is not corrected by another node while the one that left it lives", async () => {
  const { tell, row, store } = await startSitter(3_600_000);
  const first = await tell("SatDown");
  await eventually(async () => expect(Date.now()).toBeGreaterThan(first - 3_600_000));
  await tell("Moved");
  const early = await row();
  const log: ActorHost["log"] & Pick<EventLog, "append"> = {
    ...store,
    append: vi.fn<EventLog["append"]>(store.append),
  };
  const flushSoon = vi.fn<() => void>();
  let lives = true;
  const host = { log, appender: new Appender(log, () => 2), epoch: () => 2, livesElsewhere: () => lives, flushSoon };
  const registered = registerActors([sitter(3_600_000)]).get("sitter")!;
  const actor = new Actor(
    { type: "sitter", id: "s" },
    "sitter/s",
    registered,
    host as unknown as ActorHost,
    false,
  );
  await actor.committed();
  await actor.correctRow(new Set());
  expect(await row()).toEqual(early);
  expect(flushSoon).not.toHaveBeenCalled();
  lives = false;
  await actor.correctRow(new Set());
  expect(log.append).toHaveBeenCalledTimes(1);
});

it("is corrected by whoever looks too early, and the timer fires in its time, once", async () => {
  const { tell, row, types, store } = await startSitter(2_000);
  const first = await tell("SatDown");
  await eventually(async () => expect(Date.now()).toBeGreaterThan(first - 1_900));
  const last = await tell("Moved");
  expect(await row()).toMatchObject({ dueAt: first });
  await eventually(async () => expect(await row()).toBeUndefined());
  expect(await types("sitter", "s")).toEqual(["SatDown", "Moved", "TimerFired"]);
  const [fired] = await store.read("sitter/s", { fromVersion: 3 });
  expect(fired!.recordedAt).toBeGreaterThanOrEqual(last);
});

it("is not written again for an event that changes nothing about it", async () => {
  const { tell, store } = await startSitter(3_600_000);
  const writes: string[] = [];
  const { append } = store;
  store.append = (node, runs) => {
    writes.push(...runs.filter(({ events }) => events.length === 0).map(({ stream }) => stream));
    return append(node, runs);
  };
  await tell("SatDown");
  // Longer than a row that was left may last.
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(writes).toEqual([]);
  await tell("Moved");
  await eventually(async () => expect(writes).toEqual(["sitter/s"]));
});

/** Its first timer is one that the machine fails on; a nap is a timer that comes later. */
const moody: ActorDefinition = {
  type: "moody",
  machine: setup({
    types: { events: {} as { type: "Napped" } },
    guards: {
      broken: () => {
        throw new Error("not today");
      },
    },
  }).createMachine({
    id: "moody",
    type: "parallel",
    states: {
      mood: { initial: "good", states: { good: { after: { 100: { guard: "broken", target: "bad" } } }, bad: {} } },
      rest: {
        initial: "up",
        states: { up: { on: { Napped: "napping" } }, napping: { after: { 5_000: "rested" } }, rested: {} },
      },
    },
  }),
  version: "1",
  created: "WokeUp",
  events: {
    WokeUp: { by: "client", schema: z.strictObject({}) },
    Napped: { by: "client", schema: z.strictObject({}) },
  },
};

async function startMoody(store?: Store) {
  const { tell, store: on } = await startToys([moody], store);
  return {
    store: on,
    wakeUp: () => tell("moody", "m", { type: "WokeUp" }),
    isPutOff: () =>
      eventually(async () => expect((await on.waiting("moody/m"))!.dueAt).toBeGreaterThan(Date.now() + 10_000)),
    /** When its nap is over, by the receipt and by the row. */
    nap: async () => {
      const receipt = await tell("moody", "m", { type: "Napped" });
      return {
        over: (receipt as { recordedAt: number }).recordedAt + 5_000,
        due: (await on.waiting("moody/m"))!.dueAt!,
      };
    },
  };
}

it("does not stay when it was put off, because the machine fails on a timer", async () => {
  const { wakeUp, isPutOff, nap } = await startMoody();
  await wakeUp();
  await isPutOff();
  const { over, due } = await nap();
  expect(due).toBeLessThanOrEqual(over);
});

it("does not stay when it was put off before the actor was woken up here", async () => {
  const first = await startMoody();
  await first.wakeUp();
  await first.isPutOff();
  const { nap } = await startMoody(first.store);
  const { over, due } = await nap();
  expect(due).toBeLessThanOrEqual(over);
});
