import { describe, expect, it } from "vitest";
import type { AppendRun } from "../../src/store/store.ts";
import { newEvent, newRun, waitingFor } from "../support/runs.ts";
import { APPENDED, appender, CONFLICT, type Subject } from "./subject.ts";

const KEYS = [{ principal: "somebody", operation: "POST /things", key: "k", requestHash: "hash", eventIndex: 0 }];

export function appendingContract(subject: Subject): void {
  const append = appender(subject);
  const versions = async (stream: string) => (await subject().store.read(stream)).map(({ version }) => version);
  const types = async (stream: string) => (await subject().store.read(stream)).map(({ type }) => type);

  it("numbers a stream's events 1, 2, 3 …, and the log's too", async () => {
    await append(newRun("actor/1", 0, ["A", "B"]));
    const [result] = await append(newRun("actor/1", 2, ["C"]));
    expect(await versions("actor/1")).toEqual([1, 2, 3]);
    const log = await subject().store.readAll({ after: 0, limit: 10 });
    expect(log.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(result).toEqual({ outcome: "appended", firstPosition: 3, recordedAt: log[2]!.recordedAt });
  });

  it("numbers what comes after a group that lost a run behind all of that group", async () => {
    const group = [newRun("actor/1", 7, ["X", "Y"]), newRun("actor/2", 0, ["A", "B"])];
    const results = [...await append(...group), ...await append(newRun("actor/3", 0, ["C"]))];
    expect(results).toMatchObject([CONFLICT, APPENDED, APPENDED]);
    const log = await subject().store.readAll({ after: 0, limit: 10 });
    expect(log.map(({ stream, version }) => `${stream}/${version}`)).toEqual(["actor/2/1", "actor/2/2", "actor/3/1"]);
    const firsts = log.filter(({ version }) => version === 1).map(({ position }) => position);
    expect(results.flatMap((result) => "firstPosition" in result ? result.firstPosition : [])).toEqual(firsts);
  });

  it("keeps each text as it was, to the letter", async () => {
    const event = newEvent("A", {
      data: '{ "b": 1.0, "a": [1e2, "\\u00e4ü😀"],"b":2 }',
      state: "paid.refunding | shipped",
      effects: '[{"id":"actor/1/1/0"}]',
      metadata: '{"id": "m 1"}',
    });
    await append(newRun("actor/1", 0, [], { events: [event] }));
    expect((await subject().store.read("actor/1"))[0]).toMatchObject({
      ...event,
      stream: "actor/1",
      version: 1,
      position: 1,
    });
  });

  it("keeps the texts of a run of one plain event, too", async () => {
    const event = newEvent("A", {
      data: '{ "b": 1.0, "a": [1e2, "äü😀"],"b":2, "quote": "\\""}',
      effects: '[ {"id":"actor/1/1/0"} ]',
      metadata: '{"id": "m 1"}',
    });
    const [result] = await append(
      newRun("actor/1", 0, [], { events: [event], waiting: waitingFor({ open: "[ 1]", dueInMs: 20 }) }),
    );
    const [stored] = await subject().store.read("actor/1");
    expect(stored).toMatchObject({ ...event, version: 1, position: 1 });
    expect(result).toEqual({ outcome: "appended", firstPosition: 1, recordedAt: stored!.recordedAt });
    expect(await subject().store.waiting("actor/1")).toEqual({
      stream: "actor/1",
      open: "[ 1]",
      dueAt: stored!.recordedAt + 20,
    });
  });

  it("keeps the state of a machine that has no states", async () => {
    await append(newRun("actor/1", 0, [], { events: [newEvent("A", { state: "" })] }));
    expect((await subject().store.read("actor/1"))[0]).toMatchObject({ state: "", effects: null });
  });

  it("stores runs of several streams in the order of the group, at one moment", async () => {
    const results = await append(newRun("actor/1", 0, ["A", "B"]), newRun("actor/2", 0, ["C"]));
    const log = await subject().store.readAll({ after: 0, limit: 10 });
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
        newRun("actor/1", expectedVersion, ["X", "Y"], { requestKeys: KEYS }),
        newRun("actor/3", 0, ["D"]),
      );
      expect(results).toMatchObject([APPENDED, CONFLICT, APPENDED]);
      expect(await types("actor/1")).toEqual(["A", "B"]);
      expect(await subject().store.waiting("actor/1")).toMatchObject({ open: "[1]" });
      expect(await subject().store.findRequest(KEYS[0]!)).toBeUndefined();
      const [first, , last] = results as { firstPosition: number }[];
      expect(await subject().store.readAll({ after: 2, limit: 10 })).toMatchObject([
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

  describe("a run that the store cannot keep", () => {
    it.each<[string, AppendRun]>([
      ["a NUL character", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { state: "o\0pen" })] })],
      ["half a surrogate pair", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { state: "\ud83d" })] })],
      ["an escaped NUL", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { data: '{"a":"\\u0000"}' })] })],
      [
        "an escaped half of a pair",
        newRun("bad/1", 0, ["A"], { events: [newEvent("A", { metadata: '{"id":"\\uDE00"}' })] }),
      ],
      ["broken JSON", newRun("bad/1", 0, ["A"], { events: [newEvent("A", { effects: "[" })] })],
      ["broken JSON in what is waited for", newRun("bad/1", 0, [], { waiting: waitingFor({ open: "nothing" }) })],
    ])("is invalid by %s, and harms no other", async (_, bad) => {
      const results = await append(
        newRun("good/1", 0, ["A"]),
        bad,
        newRun("good/2", 0, ["A"]),
        newRun("good/3", 0, ["A"]),
      );
      expect(results.map(({ outcome }) => outcome)).toEqual(["appended", "invalid", "appended", "appended"]);
      expect(results[1]).toMatchObject({ detail: expect.stringMatching(/\w+/) });
      expect((await subject().store.readAll({ after: 0, limit: 10 })).map(({ stream }) => stream)).toEqual([
        "good/1",
        "good/2",
        "good/3",
      ]);
      expect(await subject().store.waiting("bad/1")).toBeUndefined();
    });

    it("is not one that only looks like it", async () => {
      const data = String.raw`{"path":"C:\\u0000","smile":"\ud83d\ude00","tab":"\u001e"}`;
      await append(newRun("good/1", 0, ["A"], { events: [newEvent("A", { data })] }));
      expect((await subject().store.read("good/1"))[0]!.data).toBe(data);
    });
  });
}
