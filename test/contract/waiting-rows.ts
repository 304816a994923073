import { describe, expect, it } from "vitest";
import { newRun, waitingFor } from "../support/runs.ts";
import { APPENDED, appender, CONFLICT, HOUR_MS, type Subject } from "./subject.ts";

export function waitingContract(subject: Subject): void {
  const append = appender(subject);
  const row = (stream = "actor/1") => subject().store.waiting(stream);

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
    expect(await subject().store.head()).toBe(1);
  });

  it("count a delay from their commit, by the store's clock", async () => {
    const [result] = await append(newRun("actor/1", 0, ["A"], { waiting: waitingFor({ dueInMs: 1_500 }) }));
    const { recordedAt } = result as { recordedAt: number };
    expect((await row())!.dueAt).toBe(recordedAt + 1_500);
  });

  it("are due when the earlier of their two timers is", async () => {
    const [result] = await append(newRun("actor/1", 0, ["A"]));
    const { recordedAt } = result as { recordedAt: number };
    await append(
      newRun("actor/1", 1, ["B"], { waiting: waitingFor({ dueAt: recordedAt + 60_000, dueInMs: HOUR_MS }) }),
    );
    expect((await row())!.dueAt).toBe(recordedAt + 60_000);
    await append(
      newRun("actor/1", 2, ["C"], { waiting: waitingFor({ dueAt: recordedAt + HOUR_MS * 9, dueInMs: 10 }) }),
    );
    expect((await row())!.dueAt).toBeLessThan(recordedAt + HOUR_MS);
  });

  describe("that make somebody look early enough", () => {
    const first = waitingFor({ dueInMs: HOUR_MS, open: "[1]" });
    const later = waitingFor({ dueInMs: HOUR_MS, open: "[2]" });
    /** Two events, the first with a timer in an hour. */
    const after = async (waiting: ReturnType<typeof waitingFor>, second = waiting) => {
      const [result] = await append(newRun("actor/1", 0, ["A"], { waiting: first }));
      await append(newRun("actor/1", 1, ["B"], { waiting: second }));
      return (result as { recordedAt: number }).recordedAt + HOUR_MS;
    };

    it.each([
      ["a later timer", later],
      ["no timer any more", waitingFor({ open: "[2]" })],
    ])("stay when an event leaves %s", async (_, waiting) => {
      const dueAt = await after(waiting);
      expect(await row()).toEqual({ stream: "actor/1", dueAt, open: "[1]" });
    });

    it("stay in a group, too", async () => {
      await after(later);
      await append(
        newRun("actor/1", 2, ["C"], { waiting: later }),
        newRun("actor/2", 0, ["A"], { waiting: first }),
      );
      await append(
        newRun("actor/1", 3, ["D"], { waiting: later }),
        newRun("actor/2", 1, ["B"], { waiting: waitingFor({ dueInMs: 10, open: "[2]" }) }),
      );
      expect(await row()).toMatchObject({ open: "[1]" });
      expect(await row("actor/2")).toMatchObject({ open: "[2]" });
    });

    it.each([
      ["an earlier timer", waitingFor({ dueInMs: 10, open: "[2]" })],
      ["work under way", waitingFor({ dueInMs: HOUR_MS, open: "[2]", busy: true })],
    ])("are replaced when an event leaves %s", async (_, waiting) => {
      await after(waiting);
      expect(await row()).toMatchObject({ open: "[2]" });
    });

    it("are replaced once a node has work under way, or looks after them", async () => {
      await append(newRun("actor/1", 0, ["A"], { waiting: { ...first, busy: true } }));
      await append(newRun("actor/1", 1, ["B"], { waiting: later }));
      expect(await row()).toMatchObject({ open: "[2]" });
      await append(newRun("actor/2", 0, ["A"], { waiting: waitingFor({ dueInMs: 0, open: "[1]" }) }));
      const epoch = await subject().store.join({ id: "one", address: null, types: ["actor"] });
      expect((await subject().store.claimDue(epoch, 10)).rows).toMatchObject([{ stream: "actor/2" }]);
      await append(newRun("actor/2", 1, ["B"], { waiting: later }));
      expect(await row("actor/2")).toMatchObject({ open: "[2]" });
    });

    it("are replaced without an event, which is what that is for", async () => {
      await after(later);
      await append(newRun("actor/1", 2, [], { waiting: later }));
      expect(await row()).toMatchObject({ open: "[2]" });
    });
  });
}
