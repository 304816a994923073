/** NATS, where it is configured. */
import type { Config } from "../../config.ts";
import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { type BrokerFacts, examineBroker as factsOf } from "../../messaging/jetstream/broker-facts.ts";
import { openNats } from "../../messaging/jetstream/connection.ts";
import { bytes, type Finding, finding, judged } from "./finding.ts";

const FULL_SHARE = 0.8;

export async function examineBroker(config: Config, clock: Clock): Promise<Finding[]> {
  const { natsUrl: url, natsCredentials: credentials } = config;
  if (url === undefined) return [finding("bus", "ok", "in-process; NATS_URL is not set")];
  const nats = await openNats({ url, credentials, name: "statewright doctor", clock, logger: silentLogger });
  try {
    return findings(nats.description, await factsOf(nats));
  } catch (thrown) {
    return [finding("bus", "away", StatewrightError.from(thrown).message)];
  } finally {
    await nats.close();
  }
}

function findings(description: string, facts: BrokerFacts): Finding[] {
  const { storedBytes, maxStoredBytes, feed } = facts;
  const kept = maxStoredBytes < 0 ? "as much as there is" : bytes(maxStoredBytes);
  const hasRoom = maxStoredBytes < 0 || storedBytes < maxStoredBytes * FULL_SHARE;
  return [
    finding("bus", "ok", `${description}, messages up to ${bytes(facts.maxPayloadBytes)}`),
    judged(
      "jetstream",
      hasRoom,
      "warning",
      `${bytes(storedBytes)} of ${kept}`,
      "what is published is refused when it is full",
    ),
    feed === undefined
      ? finding("feed", "warning", "There is none yet; the first node makes it")
      : finding("feed", "ok", `${feed.messages} events, ${feed.replicas} copies, ${ageOf(feed.keptForMs)}`),
  ];
}

function ageOf(ms: number): string {
  return ms === 0 ? "kept for ever" : `kept for ${(ms / 3_600_000).toFixed(1)} h`;
}
