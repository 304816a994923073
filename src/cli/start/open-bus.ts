/** The wire of this node: NATS when it is configured, else a bus within the process. */
import type { Config } from "../../config.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { Metrics } from "../../kernel/metrics.ts";
import type { Bus } from "../../messaging/bus.ts";
import { createInProcessBus } from "../../messaging/in-process-bus.ts";
import { type Nats, openNats } from "../../messaging/jetstream/connection.ts";
import { createJetStreamBus } from "../../messaging/jetstream/jetstream-bus.ts";
import { createNatsLink } from "../../messaging/jetstream/nats-link.ts";
import type { NodeLink } from "../../messaging/node-link.ts";

export interface OpenBus {
  readonly bus: Bus;
  /** How other nodes are asked; undefined without NATS. */
  readonly link: NodeLink | undefined;
  /** The connection itself, for queues; undefined without NATS. */
  readonly nats: Nats | undefined;
  close(): Promise<void>;
}

export interface OpenBusOptions {
  /** This node, as the servers' operators see it. */
  readonly nodeId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Opens the bus. NATS may be away: then it is waited for in the background.
 * @throws StatewrightError `USAGE` when NATS does not let us in
 */
export async function openBus(
  config: Pick<Config, "natsUrl" | "natsCredentials" | "feedMaxAgeMs">,
  { nodeId, clock, logger, metrics }: OpenBusOptions,
): Promise<OpenBus> {
  if (config.natsUrl === undefined) {
    const bus = createInProcessBus(logger);
    return { bus, link: undefined, nats: undefined, close: () => bus.close() };
  }
  const name = `statewright ${nodeId}`;
  const nats = await openNats({ url: config.natsUrl, credentials: config.natsCredentials, name, clock, logger });
  const feed = { maxAgeMs: config.feedMaxAgeMs, replicas: 1 };
  const bus = createJetStreamBus({ nats, feed, logger, metrics });
  return {
    bus,
    link: createNatsLink(nats),
    nats,
    async close() {
      await bus.close();
      await nats.close();
    },
  };
}
