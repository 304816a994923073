/** Facts about a broker, for whoever has to judge whether it is as it should be. */
import type { Nats } from "./connection.ts";
import { busError } from "./failures.ts";
import { FEED_STREAM } from "./feed-stream.ts";
import { findStream, managerOf } from "./streams.ts";

export interface BrokerFacts {
  readonly version: string;
  readonly maxPayloadBytes: number;
  /** What JetStream keeps on disk for this account, and may; -1: as much as there is. */
  readonly storedBytes: number;
  readonly maxStoredBytes: number;
  /** Undefined while nobody has made it. */
  readonly feed: { readonly messages: number; readonly replicas: number; readonly keptForMs: number } | undefined;
}

/** @throws StatewrightError `UNAVAILABLE` when it does not answer, or has no JetStream */
export async function examineBroker(nats: Nats): Promise<BrokerFacts> {
  const client = nats.client();
  try {
    const manager = await managerOf(client);
    const { storage, limits } = await manager.getAccountInfo();
    const feed = await findStream(manager, FEED_STREAM);
    return {
      version: client.info?.version ?? "",
      maxPayloadBytes: client.info?.max_payload ?? 0,
      storedBytes: storage,
      maxStoredBytes: limits.max_storage,
      feed: feed && {
        messages: feed.state.messages,
        replicas: feed.config.num_replicas,
        keptForMs: feed.config.max_age / 1_000_000,
      },
    };
  } catch (thrown) {
    throw busError(thrown);
  }
}
