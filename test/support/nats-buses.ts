/** Buses over a real nats-server, one connection each. */
import { systemClock } from "../../src/kernel/clock.ts";
import { type Logger, silentLogger } from "../../src/kernel/logger.ts";
import { type Metrics, noMetrics } from "../../src/kernel/metrics.ts";
import type { Bus } from "../../src/messaging/bus.ts";
import { type Nats, openNats } from "../../src/messaging/jetstream/connection.ts";
import { createJetStreamBus } from "../../src/messaging/jetstream/jetstream-bus.ts";

export interface NatsBus {
  readonly nats: Nats;
  readonly bus: Bus;
  close(): Promise<void>;
}

export const DAY_MS = 86_400_000;

const open = new Set<Nats>();

export async function natsAt(url: string, logger: Logger = silentLogger): Promise<Nats> {
  const nats = await openNats({ url, name: "tests", clock: systemClock, logger });
  open.add(nats);
  return nats;
}

export async function natsBusAt(
  url: string,
  options: { logger?: Logger; metrics?: Metrics; maxAgeMs?: number } = {},
): Promise<NatsBus> {
  const { logger = silentLogger, metrics = noMetrics, maxAgeMs = DAY_MS } = options;
  const nats = await natsAt(url, logger);
  const bus = createJetStreamBus({ nats, feed: { maxAgeMs, replicas: 1 }, logger, metrics });
  return {
    nats,
    bus,
    async close() {
      await bus.close();
      await nats.close();
    },
  };
}

/** For `afterEach`. */
export async function closeNats(): Promise<void> {
  await Promise.all([...open].map((nats) => nats.close()));
  open.clear();
}
