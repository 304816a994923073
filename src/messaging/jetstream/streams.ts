/** Streams of JetStream as the configuration wants them: made when they are missing, changed when they differ. */
import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { StatewrightError } from "../../kernel/errors.ts";

/** What we say about a stream; everything else is left as it is. */
export type WantedStream = Partial<StreamConfig> & Pick<StreamConfig, "name" | "subjects">;

const TIMEOUT_MS = 5_000;

export function managerOf(client: NatsConnection): Promise<JetStreamManager> {
  // Whether JetStream is there is seen by the first question.
  return jetstreamManager(client, { timeout: TIMEOUT_MS, checkAPI: false });
}

/**
 * Makes a stream be as wanted. Idempotent, and safe when several nodes do it at once.
 * @throws StatewrightError `USAGE` when there is a stream of that name that cannot become it
 */
export async function reconcileStream(client: NatsConnection, wanted: WantedStream): Promise<StreamInfo> {
  const manager = await managerOf(client);
  const config = fitting(client, wanted);
  const found = await findStream(manager, wanted.name);
  try {
    // Adding the very same stream again answers the one that is there, so that two who add it at once both succeed.
    if (found === undefined) return await manager.streams.add(config);
    return differs(found.config, config) ? await manager.streams.update(config.name, config) : found;
  } catch (thrown) {
    if (!(thrown instanceof JetStreamApiError)) throw thrown;
    throw new StatewrightError(
      "USAGE",
      `The stream ${wanted.name} cannot be what it should (${thrown.message}). Change it by hand, or delete it: ` +
        "what the log still has is published again",
      { cause: thrown },
    );
  }
}

/** The stream, or undefined when there is none of that name. */
export async function findStream(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && thrown.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw thrown;
  }
}

/** Milliseconds as JetStream counts time. */
export function nanosOf(ms: number): number {
  return ms * 1_000_000;
}

/** True when the server that is connected is of that version, or newer. */
export function isAtLeast(client: NatsConnection, major: number, minor: number): boolean {
  const [itsMajor = 0, itsMinor = 0] = (client.info?.version ?? "").split(".").map((part) => Number.parseInt(part, 10));
  return itsMajor > major || (itsMajor === major && itsMinor >= minor);
}

/** Without what the server is too old for: it would refuse the whole stream. */
function fitting(client: NatsConnection, { metadata, ...config }: WantedStream): WantedStream {
  return metadata !== undefined && isAtLeast(client, 2, 10) ? { ...config, metadata } : config;
}

/** Of objects only the fields that we name: servers add some of their own. */
function differs(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || typeof found !== "object" || found === null) {
    return found !== wanted;
  }
  if (Array.isArray(wanted)) return JSON.stringify(found) !== JSON.stringify(wanted);
  const fields = new Map(Object.entries(found));
  return Object.entries(wanted).some(([name, value]) => differs(fields.get(name), value));
}
