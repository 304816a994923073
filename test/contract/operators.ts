/** What the store keeps for operators: how actors stand, dead letters by reason, and who did what. */
import { expect, it } from "vitest";
import { newRun, waitingFor } from "../support/runs.ts";
import { appender, type Subject } from "./subject.ts";

export function operatorContract(subject: Subject): void {
  const append = appender(subject);
  const standing = (options: { type?: string; before?: string; limit: number }) => subject().store.standing(options);

  it("answers the newest event of each actor, addresses descending, in pages", async () => {
    const open = JSON.stringify([{ effect: "2/0", kind: "timer", what: "patience" }]);
    await append(
      newRun("actor/1", 0, ["A", "B"], { waiting: waitingFor({ dueInMs: 60_000, open }) }),
      newRun("actor/2", 0, ["A"]),
      newRun("actor2/1", 0, ["A", "B", "C"]),
      newRun("zebra/1", 0, ["A"]),
    );
    const all = await standing({ limit: 10 });
    expect(all.map(({ stream, version, type }) => [stream, version, type])).toEqual([
      ["zebra/1", 1, "A"],
      ["actor2/1", 3, "C"],
      ["actor/2", 1, "A"],
      ["actor/1", 2, "B"],
    ]);
    expect(all[2]).toMatchObject({ state: "open", dueAt: null, open: null });
    const { open: found, dueAt, recordedAt } = all[3]!;
    expect(JSON.parse(found!)).toEqual(JSON.parse(open));
    expect(dueAt).toBe(recordedAt + 60_000);
    const first = await standing({ limit: 2 });
    expect([...first, ...await standing({ limit: 5, before: first[1]!.stream })]).toEqual(all);
    expect((await standing({ type: "actor", limit: 5 })).map(({ stream }) => stream)).toEqual(["actor/2", "actor/1"]);
    expect(await standing({ type: "actor", before: "actor/1", limit: 5 })).toEqual([]);
    expect(await standing({ type: "nobody", limit: 5 })).toEqual([]);
  });

  it("tells its clock, by which events are recorded", async () => {
    const { store } = subject();
    const before = await store.now();
    await append(newRun("actor/1", 0, ["A"]));
    const [row] = await store.read("actor/1");
    expect(row!.recordedAt).toBeGreaterThanOrEqual(Math.floor(before));
    expect(row!.recordedAt).toBeLessThanOrEqual(await store.now());
  });

  it("finds dead letters by id, reason and actor, counts them, and removes one once", async () => {
    const { store } = subject();
    const letter = { reason: "late outcome", stream: "a/1", source: "a/1/2/0", attempts: 1, detail: "{}" };
    await store.bury(letter);
    await store.bury({ ...letter, reason: "message refused" });
    await store.bury({ ...letter, stream: "a/2", source: "a/2/1/0" });
    expect(await store.deadLetterReasons()).toEqual([
      { reason: "late outcome", count: 2 },
      { reason: "message refused", count: 1 },
    ]);
    const late = await store.deadLetters({ limit: 9, reason: "late outcome" });
    expect(late.map(({ stream }) => stream)).toEqual(["a/1", "a/2"]);
    expect(await store.deadLetters({ limit: 9, stream: "a/2" })).toEqual([late[1]]);
    const { id } = late[0]!;
    expect(await store.deadLetter(id)).toEqual(late[0]);
    expect(await store.removeDeadLetter(id)).toBe(true);
    expect(await store.removeDeadLetter(id)).toBe(false);
    expect(await store.deadLetter(id)).toBeUndefined();
  });

  it("keeps who did what, before and after its outcome is known", async () => {
    const { store } = subject();
    const entry = { who: "op-1", action: "propose", subject: "a/1", reason: "why not", detail: '{"event":"A"}' };
    const first = await store.recordAudit(entry);
    const second = await store.recordAudit({ ...entry, subject: "a/2" });
    await store.concludeAudit(first, "version 2");
    const all = await store.audits({ limit: 10 });
    expect(all).toMatchObject([
      { ...entry, id: second, subject: "a/2", outcome: null },
      { ...entry, id: first, outcome: "version 2" },
    ]);
    expect(await store.audits({ limit: 10, before: second })).toEqual([all[1]]);
    expect(await store.audits({ limit: 10, subject: "a/2" })).toEqual([all[0]]);
  });
}
