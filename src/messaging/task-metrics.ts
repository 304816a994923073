import type { Metrics } from "../kernel/metrics.ts";
import type { QueueStats, TaskOffice } from "./task-queues.ts";

/** Has the queues' figures read when somebody asks for metrics: once for all of them. */
export function measureTasks(metrics: Metrics, office: TaskOffice): void {
  let asked: Promise<readonly QueueStats[]> | undefined;
  const stats = () => asked ??= office.stats().finally(() => (asked = undefined));
  const gauge = (name: string, help: string, valueOf: (stats: QueueStats) => number) =>
    metrics.gauge(
      name,
      help,
      ["queue"],
      async () => (await stats()).map((one) => ({ labels: { queue: one.queue }, value: valueOf(one) })),
    );

  gauge("statewright_tasks_waiting", "Tasks that wait for a worker", ({ waiting }) => waiting);
  gauge("statewright_tasks_in_process", "Tasks that are out with a worker", ({ inProcess }) => inProcess);
  gauge("statewright_tasks_dead", "Tasks that could not be done", ({ dead }) => dead);
  gauge(
    "statewright_tasks_oldest_age_seconds",
    "Age of the oldest task that is not done",
    ({ oldestAgeMs }) => (oldestAgeMs ?? 0) / 1_000,
  );
}
