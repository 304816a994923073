/** How far readers of the log are behind it. */
import type { Clock } from "../kernel/clock.ts";
import type { Metrics } from "../kernel/metrics.ts";
import type { EventLog } from "../store/store.ts";

export interface ReaderPosition {
  readonly name: string;
  readonly position: number;
  readonly parked: number;
}

/** A reader with how far it is behind: events' positions, and the age of the first event that it has not read. */
export interface ReaderLag extends ReaderPosition {
  readonly head: number;
  readonly lagPositions: number;
  readonly lagSeconds: number;
}

type Log = Pick<EventLog, "head" | "readAll">;

export async function lagOf(log: Log, clock: Clock, readers: readonly ReaderPosition[]): Promise<ReaderLag[]> {
  const head = await log.head();
  return await Promise.all(readers.map(async (reader) => {
    const [unread] = reader.position < head ? await log.readAll({ after: reader.position, limit: 1 }) : [];
    return {
      ...reader,
      head,
      lagPositions: Math.max(0, head - reader.position),
      lagSeconds: unread === undefined ? 0 : Math.max(0, clock.now() - unread.recordedAt) / 1_000,
    };
  }));
}

/**
 * Shows the lag of readers as gauges, looked up when somebody asks.
 * @param options.what `projection` or `subscription`: part of the names, and the label
 */
export function measureLag(options: {
  readonly metrics: Metrics;
  readonly what: string;
  readonly log: Log;
  readonly clock: Clock;
  readers(): Promise<readonly ReaderPosition[]>;
}): void {
  const { metrics, what, log, clock, readers } = options;
  const gauge = (unit: string, help: string, value: (lag: ReaderLag) => number) =>
    metrics.gauge(
      `statewright_${what}_${unit}`,
      help,
      [what],
      async () =>
        (await lagOf(log, clock, await readers())).map((lag) => ({ labels: { [what]: lag.name }, value: value(lag) })),
    );
  gauge("lag_positions", `Positions between the head of the log and where the ${what} is`, (lag) => lag.lagPositions);
  gauge("lag_seconds", `Age of the first event that the ${what} has not read`, (lag) => lag.lagSeconds);
  gauge("parked_events", `Events that the ${what} has set aside`, (lag) => lag.parked);
}
