import { describe, expect, test } from "vitest";
import { createManualClock } from "../../src/kernel/manual-clock.ts";
import { StatewrightError } from "../../src/kernel/errors.ts";
import { createMetrics } from "../../src/kernel/metrics.ts";
import { measureAppends } from "../../src/runtime/append-metrics.ts";
import type { AppendRun, EventLog, RunResult } from "../../src/store/store.ts";

const event = (type: string) => ({ type, data: "{}", state: "", effects: null, snapshotHash: "", metadata: "{}" });
const run = (stream: string, ...types: string[]): AppendRun => ({
  stream,
  expectedVersion: 0,
  events: types.map(event),
  waiting: null,
  requestKeys: [],
});

function measured(answer: () => readonly RunResult[], tookMs = 0) {
  const metrics = createMetrics();
  const clock = createManualClock();
  const append: EventLog["append"] = async () => {
    clock.advance(tookMs);
    return [...answer()];
  };
  const samples = async () => (await metrics.render()).text.split("\n").filter((line) => !line.startsWith("#"));
  return { append: measureAppends({ append }, metrics, clock), samples };
}

describe("measured appends", () => {
  test("count what was stored, by actor type and outcome, and what was left out", async () => {
    const appended = { outcome: "appended", firstPosition: 1, recordedAt: 0 } as const;
    const { append, samples } = measured(() => [appended, appended, { outcome: "conflict" }, appended], 20);
    const results = await append(1, [
      run("lamp/1", "Bought", "TimerFired", "TimerFired"),
      run("lamp/2", "Bought"),
      run("lamp/3", "Bought"),
      // Only its waiting row is replaced.
      run("lamp/4"),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["appended", "appended", "conflict", "appended"]);
    expect(await samples()).toEqual(expect.arrayContaining([
      'statewright_append_runs_total{outcome="appended"} 3',
      'statewright_append_runs_total{outcome="conflict"} 1',
      'statewright_events_total{actor="lamp"} 4',
      'statewright_outcomes_total{outcome="TimerFired"} 2',
      "statewright_append_size_events_sum 4",
      "statewright_append_duration_seconds_sum 0.02",
    ]));
  });

  test("count commits that came to nothing, and let the error through", async () => {
    const away = new StatewrightError("UNAVAILABLE", "The database does not answer");
    const { append, samples } = measured(() => {
      throw away;
    });
    await expect(append(1, [run("lamp/1", "Bought")])).rejects.toBe(away);
    expect(await samples()).toContain('statewright_append_failures_total{code="UNAVAILABLE"} 1');
  });
});
