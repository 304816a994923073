/** What this node writes: events, outcomes, conflicts, and how large and how fast its commits are. */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import type { Metrics } from "../kernel/metrics.ts";
import type { AppendRun, EventLog, RunResult } from "../store/store.ts";
import { OUTCOME_NAMES } from "./outcome-names.ts";

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const EVENTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** The log's `append`, counted: a few additions a commit, whatever its size. */
export function measureAppends(log: Pick<EventLog, "append">, metrics: Metrics, clock: Clock): EventLog["append"] {
  const duration = metrics.histogram("statewright_append_duration_seconds", "One commit, retries included", SECONDS);
  const size = metrics.histogram("statewright_append_size_events", "Events in one commit", EVENTS);
  const runs = metrics.counter("statewright_append_runs_total", "Runs of one actor's events", ["outcome"]);
  const failures = metrics.counter("statewright_append_failures_total", "Commits that came to nothing", ["code"]);
  const events = metrics.counter("statewright_events_total", "Events that were stored", ["actor"]);
  const outcomes = metrics.counter("statewright_outcomes_total", "Outcomes that were stored", ["outcome"]);

  return async (node, group) => {
    const startedAt = clock.now();
    try {
      const results = await log.append(node, group);
      duration.observe((clock.now() - startedAt) / 1_000);
      const count = countGroup(group, results);
      size.observe(count.events);
      for (const [outcome, by] of count.byResult) runs.add(by, { outcome });
      for (const [actor, by] of count.byActor) events.add(by, { actor });
      for (const [outcome, by] of count.byOutcome) outcomes.add(by, { outcome });
      return results;
    } catch (thrown) {
      failures.add(1, { code: StatewrightError.from(thrown).code });
      throw thrown;
    }
  };
}

function countGroup(group: readonly AppendRun[], results: readonly RunResult[]) {
  const byResult = new Tally();
  const byActor = new Tally();
  const byOutcome = new Tally();
  let events = 0;
  group.forEach((run, i) => {
    const { outcome } = results[i]!;
    byResult.add(outcome);
    if (outcome !== "appended" || run.events.length === 0) return;
    events += run.events.length;
    byActor.add(run.stream.slice(0, run.stream.indexOf("/")), run.events.length);
    for (const { type } of run.events) if (OUTCOME_NAMES.has(type)) byOutcome.add(type);
  });
  return { byResult, byActor, byOutcome, events };
}

class Tally extends Map<string, number> {
  add(name: string, by = 1): void {
    this.set(name, (this.get(name) ?? 0) + by);
  }
}
