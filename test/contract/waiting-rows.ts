import { describe, expect, it } from "vitest";
import { newRun, waitingFor } from "../support/runs.ts";
import { APPENDED, appender, CONFLICT, HOUR_MS, type Subject } from "./subject.ts";

export function waitingContract(subject: Subject): void {
  const append = appender(subject);
  const row = (stream = "actor/1") => subject().store.waiting(stream);

  it("are replaced by a run, and removed by one that waits for nothing", async () => {
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
    const early = waitingFor({ dueInMs: HOUR_MS, open: "[1]" });
    const later = waitingFor({ dueInMs: 2 * HOUR_MS, open: "[2]" });
    const leavesRow = { waiting: later, leavesRow: true };

    it("stay when a run leaves them as they are", async () => {
      const [result] = await append(newRun("actor/1", 0, ["A"], { waiting: early }));
      await append(newRun("actor/1", 1, ["B"], leavesRow));
      const { recordedAt } = result as { recordedAt: number };
      expect(await row()).toEqual({ stream: "actor/1", dueAt: recordedAt + HOUR_MS, open: "[1]" });
    });

    it("stay in a group, too, whatever becomes of others", async () => {
      await append(newRun("actor/1", 0, ["A"], { waiting: early }), newRun("actor/2", 0, ["A"], { waiting: early }));
      for (const [n, others] of [[], [newRun("actor/3", 7, ["X"])]].entries()) {
        await append(
          newRun("actor/1", n + 1, ["B"], leavesRow),
          newRun("actor/2", n + 1, ["B"], { waiting: { ...later, open: `[2,${n}]` } }),
          ...others,
        );
        expect(await row()).toMatchObject({ open: "[1]" });
        expect(await row("actor/2")).toMatchObject({ open: `[2,${n}]` });
      }
    });

    it("are replaced when a run says so", async () => {
      await append(newRun("actor/1", 0, ["A"], { waiting: early }));
      await append(newRun("actor/1", 1, ["B"], { waiting: later }));
      expect(await row()).toMatchObject({ open: "[2]" });
    });

    it("are replaced without an event, which is what that is for", async () => {
      await append(newRun("actor/1", 0, ["A"], { waiting: early }));
      await append(newRun("actor/1", 1, ["B"], leavesRow));
      await append(newRun("actor/1", 2, [], { waiting: later }));
      expect(await row()).toMatchObject({ open: "[2]" });
    });
  });
}
