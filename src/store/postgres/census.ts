/** What stands in the database, for metrics. Every node sees the same: take the maximum over nodes, not the sum. */
import type { Metrics } from "../../kernel/metrics.ts";
import type { Transaction } from "../read-models.ts";

/** No count goes further: a scrape must not read whole tables. */
const COUNT_AT_MOST = 100_000;

const CENSUS = `select
  (select count(*) from (select from waiting limit ${COUNT_AT_MOST}) as counted) as waiting,
  (select count(*) from (select from waiting where claimed_by is not null limit ${COUNT_AT_MOST}) as counted) as claimed,
  (select count(*) from (select from waiting where due <= clock_timestamp() limit ${COUNT_AT_MOST}) as counted) as due,
  (select greatest(0, extract(epoch from clock_timestamp() - min(due))) from waiting) as overdue`;

const DEAD_LETTERS =
  `select reason, count(*) as count from (select reason from dead_letters limit ${COUNT_AT_MOST}) as counted group by reason`;

/** Counts when somebody scrapes, once a scrape. */
export function reportCensus(metrics: Metrics, database: Transaction): void {
  let underWay: Promise<Record<string, unknown>> | undefined;
  const census = () =>
    underWay ??= database.query(CENSUS).then(([row]) => row ?? {}).finally(() => underWay = undefined);
  const gauge = (name: string, help: string, column: string) =>
    metrics.gauge(name, help, [], async () => Number((await census())[column] ?? 0));

  gauge("statewright_waiting_actors", `Actors that wait for something, at most ${COUNT_AT_MOST}`, "waiting");
  gauge("statewright_claimed_actors", "Actors that a node looks after: work is under way, or a timer fires", "claimed");
  gauge("statewright_due_timers", "Actors whose earliest timer is due and has not fired", "due");
  gauge("statewright_timer_lag_seconds", "How long the earliest timer has been due", "overdue");
  metrics.gauge("statewright_dead_letters", "What could not be handled", ["reason"], async () => {
    const rows = await database.query(DEAD_LETTERS);
    return rows.map(({ reason, count }) => ({ labels: { reason: String(reason) }, value: Number(count) }));
  });
}
