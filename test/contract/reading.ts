import { expect, it } from "vitest";
import { readStream, type StoredEvent } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { newEvent, newRun, waitingFor } from "../support/runs.ts";
import { appender, type Subject } from "./subject.ts";

export function readingContract(subject: Subject): void {
  const append = appender(subject);

  it("reads a stream from a version, and at most a limit", async () => {
    await append(newRun("actor/1", 0, ["A", "B", "C"]), newRun("actor/2", 0, ["D"]));
    expect(await subject().store.read("actor/1", { fromVersion: 2, limit: 1 })).toMatchObject([{
      version: 2,
      type: "B",
    }]);
    expect(await subject().store.read("actor/9")).toEqual([]);
  });

  it("reads a long stream in pages", async () => {
    const many = Array.from({ length: 700 }, (_, i) => `E${i + 1}`);
    await append(newRun("actor/1", 0, many));
    await append(newRun("actor/1", 700, many));
    const seen: number[] = [];
    for await (const { version } of readStream(subject().store, "actor/1", 2)) seen.push(version);
    expect(seen).toEqual(Array.from({ length: 1_399 }, (_, i) => i + 2));
  });

  it("loads an actor: its events and what it waits for", async () => {
    await append(newRun("actor/1", 0, ["A", "B"], { waiting: waitingFor({ dueAt: 9_000, open: '[{"id":"x"}]' }) }));
    const { events, waiting, snapshot } = await subject().store.load("actor/1", "m@1");
    expect(events).toMatchObject([{ version: 1, type: "A" }, { version: 2, type: "B" }]);
    expect(waiting).toEqual({ stream: "actor/1", dueAt: 9_000, open: '[{"id":"x"}]' });
    expect(snapshot).toBeUndefined();
    expect(await subject().store.load("actor/9", "m@1")).toEqual({
      snapshot: undefined,
      events: [],
      waiting: undefined,
    });
  });

  it("loads an actor from its newest snapshot by that machine, and from that snapshot's own event on", async () => {
    const { store } = subject();
    await append(newRun("actor/1", 0, ["A", "B", "C"]));
    for (const version of [1, 2]) {
      await store.saveSnapshot({ stream: "actor/1", version, machine: "m@1", body: `{"v": ${version}}` });
    }
    const loaded = await store.load("actor/1", "m@1");
    expect(loaded.snapshot).toEqual({ stream: "actor/1", version: 2, machine: "m@1", body: '{"v": 2}' });
    expect(loaded.events.map(({ version }) => version)).toEqual([2, 3]);
    for (const other of ["m@2", null]) {
      const { snapshot, events } = await store.load("actor/1", other);
      expect(snapshot).toBeUndefined();
      expect(events).toHaveLength(3);
    }
  });

  it("reads the log in pages after a position", async () => {
    await append(newRun("actor/1", 0, ["A", "B"]), newRun("actor/2", 0, ["C"]));
    expect(await subject().store.readAll({ after: 1, limit: 1 })).toMatchObject([{ position: 2, type: "B" }]);
    expect(await subject().store.readAll({ after: 3, limit: 5 })).toEqual([]);
  });

  it("knows the head", async () => {
    expect(await subject().store.head()).toBe(0);
    await append(newRun("actor/1", 0, ["A", "B"]));
    expect(await subject().store.head()).toBe(2);
  });

  it("knows the position at which a moment began", async () => {
    const { store, passTime } = subject();
    expect(await store.positionAt(0)).toBe(0);
    const times: number[] = [];
    for (let n = 0; n < 5; n++) {
      await append(newRun(`actor/${n}`, 0, ["A", "B"]));
      times.push((await store.read(`actor/${n}`))[0]!.recordedAt);
      // The database's own clock goes on by itself.
      await passTime(5);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const [n, time] of times.entries()) expect(await store.positionAt(time)).toBe(2 * n);
    expect(await store.positionAt(times[4]! + 1)).toBe(10);
    expect(await store.positionAt(0)).toBe(0);
  });

  it("finds the event of a message id in its own stream only", async () => {
    const event = newEvent("A", { metadata: JSON.stringify({ id: 'm "1"', node: 7 }) });
    await append(
      newRun("actor/1", 0, [], { events: [newEvent("Z"), event] }),
      newRun("actor/2", 0, [], { events: [event] }),
    );
    expect(await subject().store.findMessage("actor/1", 'm "1"', 1)).toMatchObject({
      stream: "actor/1",
      version: 2,
      position: 2,
    });
    expect(await subject().store.findMessage("actor/1", "7", 1)).toBeUndefined();
  });

  it("never shows a reader who follows the positions less than everything, whoever appends", async () => {
    const { store, other } = subject();
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
    const unlisten = await subject().other.onAppended(() => void hints++);
    const before = hints;
    await append(newRun("actor/1", 0, ["A"]));
    await eventually(() => expect(hints).toBeGreaterThan(before));
    await unlisten();
  });
}
