import { expect, test } from "vitest";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import { createMetrics } from "../../src/kernel/metrics.ts";
import { measureActivities } from "../../src/runtime/activity-metrics.ts";
import type { ActivityContext, ActorDefinition, LocalActivity } from "../../src/runtime/definition.ts";

test("attempts are timed by how they ended, and go on as they would", async () => {
  const metrics = createMetrics();
  const clock = createManualClock();
  const fault = new Error("no");
  const run = async (input: unknown) => {
    clock.advance(30);
    if (input === "fail") throw fault;
    return "done";
  };
  const remote = { remote: true } as const;
  const definition: ActorDefinition = {
    type: "lamp",
    machine: {} as ActorDefinition["machine"],
    version: "1",
    created: "Bought",
    events: {},
    activities: { light: { run, concurrency: 3 }, paint: remote },
  };
  const [measured] = measureActivities([definition], metrics, clock);
  const light = measured!.activities!["light"] as LocalActivity;
  const context = (signal = new AbortController().signal): ActivityContext => ({
    actor: { type: "lamp", id: "1" },
    key: "k",
    attempt: 1,
    signal,
  });

  expect(light.concurrency).toBe(3);
  expect(measured!.activities!["paint"]).toBe(remote);
  expect(await light.run("go", context())).toBe("done");
  await expect(light.run("fail", context())).rejects.toBe(fault);
  await expect(light.run("fail", context(AbortSignal.abort()))).rejects.toBe(fault);
  const { text } = await metrics.render();
  for (const result of ["answered", "failed", "aborted"]) {
    const labels = `actor="lamp",activity="light",result="${result}"`;
    expect(text).toContain(`statewright_activity_attempt_duration_seconds_sum{${labels}} 0.03\n`);
  }
});

test("definitions without activities stay without", () => {
  const definition = {
    type: "lamp",
    machine: {} as ActorDefinition["machine"],
    version: "1",
    created: "B",
    events: {},
  };
  expect(measureActivities([definition], createMetrics(), createManualClock())).toEqual([definition]);
});
