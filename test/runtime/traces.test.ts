/**
 * Where a caller's trace goes when nobody collects spans here: it is carried on, so that whoever listens further on has
 * the whole of it. With a collector: test/e2e/traces.test.ts.
 */
import { describe, expect, test } from "vitest";
import { NonRetryableError } from "../../src/runtime/activities.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { startToys } from "../support/start-toys.ts";
import { boss, gate, task, worker } from "../support/toys.ts";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const traced = { traceparent: TRACEPARENT };

/** Each event of an actor with what its metadata says. */
async function traces(store: Store, stream: string): Promise<Record<string, unknown>> {
  const rows = await store.read(stream);
  return Object.fromEntries(
    rows.map(({ type, metadata }) => [type, (JSON.parse(metadata) as { traceparent?: string }).traceparent]),
  );
}

describe("a sampled trace goes through", () => {
  test("timers, also when another node fires them", async () => {
    const { tell, store } = await startToys([gate]);
    await tell("gate", "g", { type: "Built" });
    await tell("gate", "g", { type: "Opened" }, traced);
    // The first node hangs from here on; a successor of the same name takes over.
    await startToys([gate], store);
    await eventually(async () =>
      expect(await traces(store, "gate/g")).toEqual({ Built: undefined, Opened: TRACEPARENT, TimerFired: TRACEPARENT })
    );
  });

  test.each([
    ["ActivityCompleted", async () => 1],
    ["ActivityFailed", () => Promise.reject(new NonRetryableError("no"))],
  ])("activities: %s", async (outcome, run) => {
    const { tell, store } = await startToys([worker({ run })]);
    await tell("worker", "w", { type: "Hired" }, traced);
    await eventually(async () =>
      expect(await traces(store, "worker/w")).toEqual({ Hired: TRACEPARENT, [outcome]: TRACEPARENT })
    );
  });

  test("children, their messages and their ends", async () => {
    const { tell, store } = await startToys([boss, task]);
    await tell("boss", "b", { type: "Appointed", of: 21 }, traced);
    await eventually(async () =>
      expect(await traces(store, "task/boss_b_1_helper")).toEqual({ Assigned: TRACEPARENT })
    );
    await tell("task", "boss_b_1_helper", { type: "Done" }, traced);
    await eventually(async () =>
      expect(await traces(store, "boss/b")).toEqual({
        Appointed: TRACEPARENT,
        Begun: TRACEPARENT,
        ChildCompleted: TRACEPARENT,
      })
    );
  });
});

describe("nothing is stored of", () => {
  test.each([
    ["no trace", undefined],
    ["one that is not sampled", `${TRACEPARENT.slice(0, -2)}00`],
    ["nonsense", "nonsense"],
  ])("%s", async (_, traceparent) => {
    const { tell, store } = await startToys([gate]);
    await tell("gate", "g", { type: "Built" }, { traceparent });
    const [row] = await store.read("gate/g");
    expect(row!.metadata).not.toContain("trace");
  });
});
