/** What every event store keeps, whatever it is made of. Each test is a sentence of src/store/store.ts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AppendRun, readStream, type RequestKey, type Store, type StoredEvent } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { newEvent, newRun, waitingFor } from "../support/runs.ts";

export interface StoreUnderTest {
  readonly store: Store;
  /** The same data through another process's store. */
  readonly other: Store;
  /** Lets time pass for the store's clock. */
  passTime(byMs: number): Promise<void>;
  dispose(): Promise<void>;
}

const NODE = 1;
const HOUR_MS = 3_600_000;
const CONFLICT = { outcome: "conflict" };
const APPENDED = { outcome: "appended" };

function keyed(key: string, more: Partial<RequestKey> = {}): AppendRun["requestKeys"] {
  return [{ principal: "somebody", operation: "POST /things", key, requestHash: "hash", eventIndex: 0, ...more }];
}

export function storeContract(open: () => Promise<StoreUnderTest>): void {
  let under: StoreUnderTest;
  let store: Store;
  beforeEach(async () => {
    under = await open();
    store = under.store;
  });
  afterEach(() => under.dispose());

  const append = (...runs: AppendRun[]) => store.append(NODE, runs);
  const versions = async (stream: string) => (await store.read(stream)).map(({ version }) => version);
  const types = async (stream: string) => (await store.read(stream)).map(({ type }) => type);

  describe("append", () => {
    appendContract(append, versions, types, () => store);
  });

  describe("a run that the store cannot keep", () => {
    it.each<[string, AppendRun]>([
      ["a NUL character", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { state: "o\0pen" })] })],
      ["half a surrogate pair", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { state: "\ud83d" })] })],
      ["an escaped NUL", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { data: '{"a":"\\u0000"}' })] })],
      ["an escaped half of a pair", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { metadata: '{"id":"\\uDE00"}' })] })],
      ["broken JSON", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { effects: "[" })] })],
      ["broken JSON in what is waited for", newRun("bad/1", 0, [], { waiting: waitingFor({ open: "nothing" }) })],
    ])("is invalid by %s, and harms no other", async (_, bad) => {
      const results = await append(newRun("good/1", 0, ["A"]), bad, newRun("good/2", 0, ["A"]), newRun("good/3", 0, ["A"]));
      expect(results.map(({ outcome }) => outcome)).toEqual(["appended", "invalid", "appended", "appended"]);
      expect(results[1]).toMatchObject({ detail: expect.stringMatching(/\w+/) });
      expect((await store.readAll({ after: 0, limit: 10 })).map(({ stream }) => stream)).toEqual(["good/1", "good/2", "good/3"]);
      expect(await store.waiting("bad/1")).toBeUndefined();
    });

    it("is not one that only looks like it", async () => {
      const data = String.raw`{"path":"C:\\u0000","smile":"\ud83d\ude00","tab":"\u001e"}`;
      await append(newRun("good/1", 0, ["A"], { events: [newEvent("A", { data })] }));
      expect((await store.read("good/1"))[0]!.data).toBe(data);
    });
  });

  describe("reading", () => readingContract(append, () => under));
  describe("request keys", () => requestKeyContract(append, () => under));
  describe("waiting rows", () => waitingContract(append, () => under));
  describe("nodes", () => nodeContract(append, () => under));

  describe("dead letters", () => {
    const letter = { reason: "late outcome", stream: "actor/1", source: "actor/1/2/0", attempts: 3, detail: '{"b":1,"a":2}' };

    it("are kept once for a source and a reason", async () => {
      await store.bury(letter);
      await store.bury({ ...letter, attempts: 9 });
      await store.bury({ ...letter, reason: "message refused" });
      const letters = await store.deadLetters({ limit: 10 });
      expect(letters).toMatchObject([letter, { ...letter, reason: "message refused" }]);
      expect(new Set(letters.map(({ id }) => id)).size).toBe(2);
    });

    it("are read in pages, the oldest first", async () => {
      for (const source of ["a/1", "b/1", "c/1"]) await store.bury({ ...letter, source });
      const first = await store.deadLetters({ limit: 2 });
      const rest = await store.deadLetters({ limit: 2, after: first[1]!.id });
      expect([...first, ...rest].map(({ source }) => source)).toEqual(["a/1", "b/1", "c/1"]);
    });
  });

  it("answers a ping", async () => {
    await expect(store.ping(5_000)).resolves.toBeUndefined();
  });
}

type Append = (...runs: AppendRun[]) => ReturnType<Store["append"]>;

function appendContract(
  append: Append,
  versions: (stream: string) => Promise<number[]>,
  types: (stream: string) => Promise<string[]>,
  store: () => Store,
): void {
  it("numbers a stream's events 1, 2, 3 …, and the log's too", async () => {
    await append(newRun("actor/1", 0, ["A", "B"]));
    const [result] = await append(newRun("actor/1", 2, ["C"]));
    expect(await versions("actor/1")).toEqual([1, 2, 3]);
    const log = await store().readAll({ after: 0, limit: 10 });
    expect(log.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(result).toEqual({ outcome: "appended", firstPosition: 3, recordedAt: log[2]!.recordedAt });
  });

  it("keeps each text as it was, to the letter", async () => {
    const event = newEvent("A", {
      data: '{ "b": 1.0, "a": [1e2, "\\u00e4ü😀"],"b":2 }',
      state: "paid.refunding | shipped",
      effects: '[{"id":"actor/1/1/0"}]',
      metadata: '{"id": "m 1"}',
    });
    await append(newRun("actor/1", 0, [], { events: [event] }));
    expect((await store().read("actor/1"))[0]).toMatchObject({ ...event, stream: "actor/1", version: 1, position: 1 });
  });

  it("keeps the state of a machine that has no states", async () => {
    await append(newRun("actor/1", 0, [], { events: [newEvent("A", { state: "" })] }));
    expect((await store().read("actor/1"))[0]).toMatchObject({ state: "", effects: null });
  });

  it("stores runs of several streams in the order of the group, at one moment", async () => {
    const results = await append(newRun("actor/1", 0, ["A", "B"]), newRun("actor/2", 0, ["C"]));
    const log = await store().readAll({ after: 0, limit: 10 });
    expect(log.map(({ stream, type }) => `${stream} ${type}`)).toEqual(["actor/1 A", "actor/1 B", "actor/2 C"]);
    expect(new Set(log.map(({ recordedAt }) => recordedAt)).size).toBe(1);
    expect(results).toMatchObject([{ firstPosition: 1 }, { firstPosition: 3 }]);
  });

  it.each([["a new stream that exists", 0], ["fewer events than there are", 1], ["more events than there are", 3]])(
    "leaves out whole, and alone, a run that expects %s",
    async (_, expectedVersion) => {
      await append(newRun("actor/1", 0, ["A", "B"], { waiting: waitingFor({ open: "[1]" }) }));
      const results = await append(
        newRun("actor/2", 0, ["C"]),
        newRun("actor/1", expectedVersion, ["X", "Y"], { requestKeys: keyed("k") }),
        newRun("actor/3", 0, ["D"]),
      );
      expect(results).toMatchObject([APPENDED, CONFLICT, APPENDED]);
      expect(await types("actor/1")).toEqual(["A", "B"]);
      expect(await store().waiting("actor/1")).toMatchObject({ open: "[1]" });
      expect(await store().findRequest(keyed("k")[0]!)).toBeUndefined();
      const [first, , last] = results as { firstPosition: number }[];
      expect(await store().readAll({ after: 2, limit: 10 })).toMatchObject([
        { stream: "actor/2", position: first!.firstPosition },
        { stream: "actor/3", position: last!.firstPosition },
      ]);
    },
  );

  it("lets exactly one of several concurrent appends of the same version through", async () => {
    const results = await Promise.all(Array.from({ length: 8 }, (_, i) => append(newRun("actor/1", 0, [`Try${i}`]))));
    expect(results.flat().filter(({ outcome }) => outcome === "appended")).toHaveLength(1);
    expect(await versions("actor/1")).toEqual([1]);
  });

  it("answers an empty group", async () => {
    expect(await append()).toEqual([]);
  });
}

function readingContract(append: Append, under: () => StoreUnderTest): void {
  it("reads a stream from a version, and at most a limit", async () => {
    await append(newRun("actor/1", 0, ["A", "B", "C"]), newRun("actor/2", 0, ["D"]));
    expect(await under().store.read("actor/1", { fromVersion: 2, limit: 1 })).toMatchObject([{ version: 2, type: "B" }]);
    expect(await under().store.read("actor/9")).toEqual([]);
  });

  it("reads a long stream in pages", async () => {
    const many = Array.from({ length: 700 }, (_, i) => `E${i + 1}`);
    await append(newRun("actor/1", 0, many));
    await append(newRun("actor/1", 700, many));
    const seen: number[] = [];
    for await (const { version } of readStream(under().store, "actor/1", 2)) seen.push(version);
    expect(seen).toEqual(Array.from({ length: 1_399 }, (_, i) => i + 2));
  });

  it("loads an actor: its events from a version and what it waits for", async () => {
    await append(newRun("actor/1", 0, ["A", "B"], { waiting: waitingFor({ open: '[{"id":"x"}]' }) }));
    const { events, open } = await under().store.load("actor/1", 2);
    expect(events).toMatchObject([{ version: 2, type: "B" }]);
    expect(open).toBe('[{"id":"x"}]');
    expect(await under().store.load("actor/9", 1)).toEqual({ events: [], open: null });
  });

  it("reads the log in pages after a position", async () => {
    await append(newRun("actor/1", 0, ["A", "B"]), newRun("actor/2", 0, ["C"]));
    expect(await under().store.readAll({ after: 1, limit: 1 })).toMatchObject([{ position: 2, type: "B" }]);
    expect(await under().store.readAll({ after: 3, limit: 5 })).toEqual([]);
  });

  it("knows the head", async () => {
    expect(await under().store.head()).toBe(0);
    await append(newRun("actor/1", 0, ["A", "B"]));
    expect(await under().store.head()).toBe(2);
  });

  it("finds the event of a message id in its own stream only", async () => {
    const event = newEvent("A", { metadata: JSON.stringify({ id: 'm "1"', node: 7 }) });
    await append(newRun("actor/1", 0, [], { events: [newEvent("Z"), event] }), newRun("actor/2", 0, [], { events: [event] }));
    expect(await under().store.findMessage("actor/1", 'm "1"')).toMatchObject({ stream: "actor/1", version: 2, position: 2 });
    expect(await under().store.findMessage("actor/1", "7")).toBeUndefined();
  });

  it("never shows a reader who follows the positions less than everything, whoever appends", async () => {
    const { store, other } = under();
    const groups = 40;
    const work = [store, other, store, other].map(async (one, writer) => {
      for (let i = 0; i < groups; i++) {
        const size = 1 + (i + writer) % 5;
        await one.append(writer, Array.from({ length: size }, (_, n) => newRun(`w${writer}/${i}-${n}`, 0, ["A", "B"])));
      }
    });
    let done = false;
    const seen: StoredEvent[] = [];
    const reader = (async () => {
      for (;;) {
        const last = done;
        const page = await other.readAll({ after: seen.at(-1)?.position ?? 0, limit: 50 });
        seen.push(...page);
        if (last && page.length === 0) return;
        if (page.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await Promise.all(work);
    done = true;
    await reader;
    expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: await store.head() }, (_, i) => i + 1));
    expect(seen).toHaveLength(4 * 2 * (groups / 5) * (1 + 2 + 3 + 4 + 5));
  });

  it("hints to readers that somebody has appended", async () => {
    let hints = 0;
    const unlisten = await under().other.onAppended(() => void hints++);
    const before = hints;
    await append(newRun("actor/1", 0, ["A"]));
    await eventually(() => expect(hints).toBeGreaterThan(before));
    await unlisten();
  });
}

function requestKeyContract(append: Append, under: () => StoreUnderTest): void {
  const find = (key: string, more: Partial<RequestKey> = {}) => under().store.findRequest(keyed(key, more)[0]!);

  it("are answered by the event that the run names", async () => {
    await append(newRun("actor/1", 0, ["A"]));
    await append(newRun("actor/1", 1, ["B", "C"], { requestKeys: keyed("k", { eventIndex: 1 } as Partial<RequestKey>) }));
    expect(await find("k")).toEqual({ stream: "actor/1", version: 3, requestHash: "hash" });
    expect(await find("k", { principal: "else" })).toBeUndefined();
    expect(await find("k", { operation: "GET" })).toBeUndefined();
    expect(await find("other")).toBeUndefined();
  });

  it("keep a run out whose key is taken, whole and alone", async () => {
    await append(newRun("actor/1", 0, ["A"], { requestKeys: keyed("k") }));
    const results = await append(
      newRun("actor/2", 0, ["B"], { requestKeys: [...keyed("new"), ...keyed("k")], waiting: waitingFor() }),
      newRun("actor/3", 0, ["C"], { requestKeys: keyed("k", { principal: "" }) }),
    );
    expect(results).toMatchObject([{ outcome: "keyTaken" }, APPENDED]);
    expect(await under().store.read("actor/2")).toEqual([]);
    expect(await under().store.waiting("actor/2")).toBeUndefined();
    expect(await find("new")).toBeUndefined();
    expect(await find("k", { principal: "" })).toMatchObject({ stream: "actor/3" });
  });

  it("are taken by one of two runs of the same group", async () => {
    const results = await append(
      newRun("actor/1", 0, ["A"], { requestKeys: keyed("k") }),
      newRun("actor/2", 0, ["A"], { requestKeys: keyed("k") }),
      newRun("actor/3", 0, ["A"]),
    );
    expect(results).toMatchObject([APPENDED, { outcome: "keyTaken" }, APPENDED]);
  });

  it("are forgotten after 24 h, and may be used again", async () => {
    await append(newRun("actor/1", 0, ["A"], { requestKeys: keyed("k") }));
    await under().passTime(24 * HOUR_MS - 60_000);
    expect(await find("k")).toBeDefined();
    await under().passTime(120_000);
    expect(await find("k")).toBeUndefined();
    expect(await append(newRun("actor/2", 0, ["B"], { requestKeys: keyed("k") }))).toMatchObject([APPENDED]);
    expect(await find("k")).toMatchObject({ stream: "actor/2" });
  });
}

function waitingContract(append: Append, under: () => StoreUnderTest): void {
  const row = (stream = "actor/1") => under().store.waiting(stream);

  it("are replaced by each run, and removed by one that waits for nothing", async () => {
    await append(newRun("actor/1", 0, ["A"], { waiting: waitingFor({ open: "[1]" }) }));
    await append(newRun("actor/1", 1, ["B"], { waiting: waitingFor({ open: "[2]" }) }));
    expect(await row()).toEqual({ stream: "actor/1", dueAt: null, open: "[2]" });
    await append(newRun("actor/1", 2, ["C"]));
    expect(await row()).toBeUndefined();
  });

  it("are replaced without an event too, when the version is as expected", async () => {
    await append(newRun("actor/1", 0, ["A"], { waiting: waitingFor({ open: "[1]" }) }));
    expect(await append(newRun("actor/1", 1, [], { waiting: waitingFor({ open: "[2]" }) }))).toMatchObject([APPENDED]);
    expect(await append(newRun("actor/1", 0, [], { waiting: waitingFor({ open: "[3]" }) }))).toEqual([CONFLICT]);
    expect(await row()).toMatchObject({ open: "[2]" });
    expect(await under().store.head()).toBe(1);
  });

  it("count a delay from their commit, by the store's clock", async () => {
    const [result] = await append(newRun("actor/1", 0, ["A"], { waiting: waitingFor({ dueInMs: 1_500 }) }));
    const { recordedAt } = result as { recordedAt: number };
    expect((await row())!.dueAt).toBe(recordedAt + 1_500);
  });

  it("are due when the earlier of their two timers is", async () => {
    const [result] = await append(newRun("actor/1", 0, ["A"]));
    const { recordedAt } = result as { recordedAt: number };
    await append(newRun("actor/1", 1, ["B"], { waiting: waitingFor({ dueAt: recordedAt + 60_000, dueInMs: HOUR_MS }) }));
    expect((await row())!.dueAt).toBe(recordedAt + 60_000);
    await append(newRun("actor/1", 2, ["C"], { waiting: waitingFor({ dueAt: recordedAt + HOUR_MS * 9, dueInMs: 10 }) }));
    expect((await row())!.dueAt).toBeLessThan(recordedAt + HOUR_MS);
  });
}

function nodeContract(append: Append, under: () => StoreUnderTest): void {
  const streams = (rows: readonly { stream: string }[]) => rows.map(({ stream }) => stream);
  const due = async (epoch: number, limit = 10) => streams((await under().store.claimDue(epoch, limit)).rows);
  const orphans = async (epoch: number, limit = 10) => streams(await under().other.claimOrphans(epoch, limit)).sort();
  const timer = (stream: string, dueInMs: number, busy = false) => newRun(stream, 0, ["A"], { waiting: waitingFor({ dueInMs, busy, open: `["${stream}"]` }) });
  const appendAs = (epoch: number, ...runs: AppendRun[]) => under().store.append(epoch, runs);

  it("get epochs that rise", async () => {
    const [a, b] = [await under().store.join("a"), await under().other.join("b")];
    expect(b).toBeGreaterThan(a);
    expect(await under().store.join("a")).toBeGreaterThan(b);
  });

  it("claim what is due, the earliest first, and hear of the next", async () => {
    const { store, passTime } = under();
    const epoch = await store.join("a");
    await append(timer("actor/1", 20_000), timer("actor/2", 10_000), timer("actor/3", HOUR_MS), newRun("actor/4", 0, ["A"], { waiting: waitingFor() }));
    expect(await store.claimDue(epoch, 10)).toMatchObject({ rows: [] });
    await passTime(30_000);
    await store.beat(epoch);
    const { now, rows, nextDueAt } = await store.claimDue(epoch, 10);
    expect(streams(rows)).toEqual(["actor/2", "actor/1"]);
    expect(rows[0]).toMatchObject({ open: '["actor/2"]' });
    expect(rows[0]!.dueAt).toBeLessThan(now);
    expect(nextDueAt).toBe((await store.waiting("actor/3"))!.dueAt);
    expect(nextDueAt).toBeGreaterThan(now);
  });

  it("claim no more than a limit, and get again what they claimed before", async () => {
    const epoch = await under().store.join("a");
    await append(timer("actor/1", 1), timer("actor/2", 2), timer("actor/3", 3));
    await under().passTime(10);
    expect(await due(epoch, 2)).toEqual(["actor/1", "actor/2"]);
    expect(await due(epoch, 2)).toEqual(["actor/1", "actor/2"]);
    expect((await under().store.claimDue(epoch, 3)).nextDueAt).toBeNull();
  });

  it("leave alone what another living node looks after, until it is dead", async () => {
    const { store, other, passTime } = under();
    const a = await store.join("a");
    const b = await other.join("b");
    await append(timer("actor/1", 1));
    await appendAs(b, timer("actor/2", 1, true));
    await passTime(10);
    expect(await due(a)).toEqual(["actor/1"]);
    expect(await due(b)).toEqual(["actor/2"]);
    expect(await orphans(a)).toEqual([]);
    await passTime(7_000);
    expect(await store.beat(a)).toBe(true);
    await passTime(2_000);
    expect(await due(a)).toEqual(["actor/1", "actor/2"]);
  });

  it("take over the work of the dead, each actor once", async () => {
    const { store, other, passTime } = under();
    const dead = await store.join("dead");
    await appendAs(dead, ...Array.from({ length: 6 }, (_, i) => newRun(`actor/${i}`, 0, ["A"], { waiting: waitingFor({ busy: true }) })));
    await appendAs(dead, newRun("actor/idle", 0, ["A"], { waiting: waitingFor() }));
    await passTime(9_000);
    const [a, b] = [await store.join("a"), await other.join("b")];
    expect(await orphans(a, 2)).toHaveLength(2);
    const [more, others] = await Promise.all([orphans(a, 10), under().store.claimOrphans(b, 10)]);
    expect(more.length + others.length).toBe(4);
    expect([...more, ...streams(others)]).not.toContain("actor/idle");
    expect(await orphans(b)).toEqual([]);
  });

  it("are dead at once in their earlier epochs when they join again", async () => {
    const first = await under().store.join("a");
    await appendAs(first, newRun("actor/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }));
    const second = await under().store.join("a");
    expect(await under().store.beat(first)).toBe(false);
    expect(await orphans(second)).toEqual(["actor/1"]);
  });

  it("hear that they are dead when they have not beaten for 8 s", async () => {
    const epoch = await under().store.join("a");
    await under().passTime(7_000);
    expect(await under().store.beat(epoch)).toBe(true);
    await under().passTime(7_000);
    expect(await under().store.beat(epoch)).toBe(true);
    await under().passTime(8_001);
    expect(await under().store.beat(epoch)).toBe(false);
  });

  it("leave their work behind when they leave", async () => {
    const { store, other } = under();
    const [a, b] = [await store.join("a"), await other.join("b")];
    await appendAs(a, newRun("actor/1", 0, ["A"], { waiting: waitingFor({ busy: true }) }));
    expect(await orphans(b)).toEqual([]);
    await store.leave(a);
    expect(await store.beat(a)).toBe(false);
    expect(await orphans(b)).toEqual(["actor/1"]);
  });

  it("give up a claim with the actor's next append", async () => {
    const { store, other, passTime } = under();
    const [a, b] = [await store.join("a"), await other.join("b")];
    await append(timer("actor/1", 1));
    await passTime(10);
    expect(await due(a)).toEqual(["actor/1"]);
    await append(newRun("actor/1", 1, ["B"], { waiting: waitingFor({ dueInMs: 1 }) }));
    await passTime(10);
    expect(await due(b)).toEqual(["actor/1"]);
  });

  it("put off an actor they cannot wake, so that those behind it come", async () => {
    const { store, passTime } = under();
    const epoch = await store.join("a");
    await append(timer("actor/1", 1), timer("actor/2", 2));
    await passTime(10);
    expect(await due(epoch, 1)).toEqual(["actor/1"]);
    await store.postpone(epoch, "actor/1", 5_000);
    expect(await due(epoch, 1)).toEqual(["actor/2"]);
    await passTime(6_000);
    expect(await due(epoch)).toEqual(["actor/2", "actor/1"]);
  });

  it("cannot put off what is not theirs", async () => {
    const { store, other, passTime } = under();
    const [a, b] = [await store.join("a"), await other.join("b")];
    await append(timer("actor/1", 1));
    await passTime(10);
    await due(a);
    await store.postpone(b, "actor/1", HOUR_MS);
    expect(await due(a)).toEqual(["actor/1"]);
  });
}
