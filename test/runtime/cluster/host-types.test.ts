/** Nodes that run some actor types only. */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createRuntime } from "../../../src/runtime/runtime.ts";
import { createInProcessLink } from "../../../src/messaging/in-process-link.ts";
import { eventually } from "../../support/eventually.ts";
import { useLinkedNodes } from "../../support/linked-nodes.ts";
import { gate } from "../../support/toys.ts";
import { alarm, oracle, pilgrim } from "../../support/toys-effects.ts";

const nodes = useLinkedNodes();
const ACTORS = [gate, pilgrim, oracle, alarm];
/** Retries follow each other without a pause to speak of. */
const random = () => 0.001;

describe("a node that runs some types only", () => {
  it("asks others for the rest, and is asked for its own", async () => {
    const front = await nodes.start("front", ACTORS, { hostTypes: ["gate", "pilgrim"] });
    const back = await nodes.start("back", ACTORS, { hostTypes: ["oracle", "alarm"] });
    await back.tell("gate/g", "Built");
    await front.tell("oracle/o", "Founded");
    expect(await nodes.writers("gate/g")).toEqual([front.epoch()]);
    expect(await nodes.writers("oracle/o")).toEqual([back.epoch()]);
    expect((await back.look("gate/g"))?.state).toBe("closed");
    expect(front.runtime.placement("alarm", "a")).toMatchObject({ id: "back", types: ["oracle", "alarm"] });
    await expect(front.tell("unknown/u", "Built")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("says that it cannot while nobody runs the type, and a message waits until somebody does", async () => {
    const front = await nodes.start("front", ACTORS, { hostTypes: ["gate", "pilgrim"], random });
    const back = await nodes.start("back", ACTORS, { hostTypes: ["oracle", "alarm"] });
    await Promise.all([front.tell("oracle/o2", "Founded"), front.tell("pilgrim/p", "SetOut")]);
    await back.stop(0);
    await eventually(() => expect(front.runtime.members()).toHaveLength(1));

    await expect(front.tell("oracle/o2", { type: "Asked", number: 1, by: { type: "pilgrim", id: "p" } })).rejects
      .toMatchObject({ code: "UNAVAILABLE", retryable: true, details: { retryAfterMs: 1_000 } });
    await expect(front.look("oracle/o2")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(front.runtime.placement("oracle", "o2")).toBeUndefined();
    // More often than a message is tried that something is wrong with.
    for (const number of [1, 2, 3]) await front.tell("pilgrim/p", { type: "Wondered", number, oracle: "o2" });
    await pause(1_000);
    expect(await nodes.store().deadLetters({ limit: 5 })).toEqual([]);
    expect((await nodes.open("pilgrim/p")).map(({ kind }) => kind)).toEqual(["message", "message", "message"]);

    await nodes.start("back", ACTORS, { hostTypes: ["oracle", "alarm"] });
    await eventually(async () => expect((await front.look("pilgrim/p"))?.context.answers).toEqual([2, 4, 6]));
    expect(await nodes.flaws(ACTORS)).toEqual([]);
  });

  it("leaves the timers and the work of others alone", async () => {
    const back = await nodes.start("back", ACTORS, { hostTypes: ["alarm"] });
    await nodes.start("front", ACTORS, { hostTypes: ["gate"] });
    await back.tell("alarm/a", "Made");
    await back.tell("alarm/a", { type: "Set", ms: 1_000 });
    back.crash();
    await nodes.declareDead("back");
    await pause(2_500);
    expect(await nodes.types("alarm/a")).toEqual(["Made", "Set"]);
    await nodes.start("back", ACTORS, { hostTypes: ["alarm"] });
    await eventually(async () => expect(await nodes.types("alarm/a")).toEqual(["Made", "Set", "TimerFired"]));
  });

  it("is refused when it cannot work", () => {
    const options = { store: nodes.store(), actors: ACTORS, link: createInProcessLink() };
    expect(() => createRuntime({ ...options, hostTypes: ["gate", "unknown"] })).toThrow(
      /"unknown", which is not registered/,
    );
    const { link: _, ...alone } = options;
    expect(() => createRuntime({ ...alone, hostTypes: ["gate"] })).toThrow(
      /not to run pilgrim, oracle, alarm, and has no link/,
    );
  });
});
