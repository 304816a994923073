/**
 * The relay publishes committed events from the log to the feed, in commit order. A feed that ends with this process is
 * fed by this process, from now on. One that the whole cluster hears is fed by one node at a time, from a checkpoint on.
 */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { follow, type Follower } from "../kernel/follower.ts";
import type { Logger } from "../kernel/logger.ts";
import { type CounterMetric, type Metrics, noMetrics } from "../kernel/metrics.ts";
import type { Bus } from "./bus.ts";
import { ClusterRelay, type RelayLeases } from "./cluster-relay.ts";
import type { LogReader } from "./feed-resumption.ts";

export interface RelayOptions {
  readonly log: LogReader;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Needed for a bus whose reach is the cluster. */
  readonly cluster?: {
    readonly leases: RelayLeases;
    /** This node, by a name that it has after a restart too. */
    readonly holder: string;
  };
}

/** How far the feed is behind the log. */
export interface RelayLag {
  readonly positions: number;
  /** Since the oldest event that the feed lacks was committed. */
  readonly seconds: number;
}

export interface Relay extends Follower {
  /** Of this feed, whoever feeds it; undefined when nobody has ever done it. */
  lag(): Promise<RelayLag | undefined>;
}

/** What feeds a bus. */
export interface Feeder {
  /** Publishes a bounded batch; true when there may be more. */
  work(): Promise<boolean>;
  /** The position in the log up to which the feed is fed. */
  position(): Promise<number | undefined>;
  stop(): Promise<void>;
}

const BATCH = 500;
const POLL_MS = 1_000;

/**
 * Starts to relay.
 * @throws StatewrightError `USAGE` when the bus reaches a cluster and `cluster` is missing
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { log, clock, logger, metrics = noMetrics } = options;
  const relayed = metrics.counter("statewright_relayed_total", "Events that this node has published on the feed");
  const feeder = await feederOf(options, metrics, relayed);
  const follower = follow({ name: "relay", clock, logger, pollMs: POLL_MS, work: () => feeder.work() });
  const lag = async () => await lagBehind(log, await feeder.position(), clock.now());
  observe(metrics, lag);
  return {
    wake: () => follower.wake(),
    lag,
    async stop() {
      await follower.stop();
      await feeder.stop();
    },
  };
}

async function feederOf(options: RelayOptions, metrics: Metrics, relayed: CounterMetric): Promise<Feeder> {
  const { bus, cluster } = options;
  if (bus.reach === "process") return await feedOneself(options, relayed);
  if (cluster !== undefined) return new ClusterRelay({ ...options, ...cluster, batch: BATCH, metrics, relayed });
  throw new StatewrightError("USAGE", `${bus.description} is heard by others, so its relay needs leases`);
}

/** Feeds a bus that ends with this process. A subscriber that wants what was before reads the log. */
async function feedOneself({ log, bus }: RelayOptions, relayed: CounterMetric): Promise<Feeder> {
  let published = await log.head();
  return {
    async work() {
      const events = await log.readAll({ after: published, limit: BATCH });
      await bus.publish(events, published);
      published = events.at(-1)?.position ?? published;
      relayed.add(events.length);
      return events.length === BATCH;
    },
    position: async () => published,
    stop: async () => {},
  };
}

function observe(metrics: Metrics, lag: Relay["lag"]): void {
  const gauge = (name: string, help: string, read: (lag: RelayLag) => number) =>
    metrics.gauge(name, help, [], async () => {
      const behind = await lag();
      return behind === undefined ? [] : read(behind);
    });
  gauge("statewright_relay_lag_positions", "Positions of the log that the feed lacks", ({ positions }) => positions);
  gauge("statewright_relay_lag_seconds", "Age of the oldest event that the feed lacks", ({ seconds }) => seconds);
}

async function lagBehind(log: LogReader, position: number | undefined, nowMs: number): Promise<RelayLag | undefined> {
  if (position === undefined) return undefined;
  const [head, [oldest]] = await Promise.all([log.head(), log.readAll({ after: position, limit: 1 })]);
  if (oldest === undefined) return { positions: 0, seconds: 0 };
  return { positions: Math.max(0, head - position), seconds: Math.max(0, nowMs - oldest.recordedAt) / 1_000 };
}
