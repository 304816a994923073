/** A run that the store cannot keep, now or ever, because of one of its events. */
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import { startToys } from "../support/start-toys.ts";
import { gate } from "../support/toys.ts";

/** A store that has something against the number 666. */
async function start() {
  const store = createMemoryStore({ clock: systemClock });
  const { append } = store;
  const runs: number[] = [];
  store.append = async (node, group) => {
    runs.push(...group.map(({ events }) => events.length));
    const isBad = ({ events }: (typeof group)[number]) => events.some(({ data }) => data.includes("666"));
    const results = await append(node, group.filter((run) => !isBad(run)));
    return group.map((run) => isBad(run) ? { outcome: "invalid", detail: "no such number" } : results.shift()!);
  };
  return { ...await startToys([gate], store), runs };
}

const count = (by: number) => ({ type: "Counted", by });

describe("an event that cannot be stored", () => {
  it("fails alone: its neighbours in the same run are stored, in their order", async () => {
    const { tell, runtime, runs } = await start();
    await tell("gate", "a", { type: "Built" });
    const answers = await Promise.allSettled([1, 2, 666, 4, 13, 5].map((by) => tell("gate", "a", count(by))));
    expect(runs).toContain(5);
    expect(answers.map((answer) => answer.status === "fulfilled" ? answer.value.outcome : answer.reason.code)).toEqual([
      "accepted",
      "accepted",
      "INVALID",
      "accepted",
      // By the machine, which counts all but 13.
      "refused",
      "accepted",
    ]);
    const events = await runtime.actor("gate", "a").events();
    expect(events.slice(1).map(({ data }) => data)).toEqual([1, 2, 4, 5].map((by) => `{"by":${by}}`));
  });

  it("does not take what is built on it down with it", async () => {
    const { tell, context } = await start();
    await tell("gate", "a", { type: "Built" });
    const bad = tell("gate", "a", count(666)).catch((error: unknown) => error);
    // One turn of the event loop later, so that they are in the run behind it.
    await Promise.resolve().then(() => {});
    const good = await Promise.all([1, 2, 3].map((by) => tell("gate", "a", count(by))));
    expect(await bad).toMatchObject({ code: "INVALID" });
    expect(good.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted", "accepted"]);
    expect(await context("gate", "a")).toMatchObject({ total: 6 });
  });

  it("leaves an actor that goes on at full speed", async () => {
    const { tell, runs } = await start();
    await tell("gate", "a", { type: "Built" });
    await Promise.allSettled([1, 666].map((by) => tell("gate", "a", count(by))));
    runs.length = 0;
    await Promise.all([1, 2, 3, 4, 5, 6].map((by) => tell("gate", "a", count(by))));
    expect(runs).toEqual([6]);
  });
});
