/** Compares everything that JetStream keeps of the feed with the log. */
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager, ReplayPolicy } from "@nats-io/jetstream";
import { expect } from "vitest";
import { connect } from "../../src/messaging/jetstream/transport.ts";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

interface Heard {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
}

/**
 * Every event of the log is on the feed; nothing is there that is not in the log; and of each actor the first hearings
 * come in the order of its versions, so that who drops what he has heard hears each exactly once, in order.
 */
export async function checkFeed(cluster: TestCluster): Promise<void> {
  await eventually(async () => {
    const heard = await everythingOn(cluster.nats.url);
    const log = (await cluster.query("select position, stream, version, type from events order by position"))
      .map(({ position, stream, version, type }) => ({ position: Number(position), stream, version, type }));
    const firsts = firstHearings(heard);
    expect(firsts.length, "events on the feed").toBe(log.length);
    expect(firsts.toSorted((a, b) => a.position - b.position)).toEqual(log);
    checkOrder(firsts);
  }, 30_000);
}

function firstHearings(heard: readonly Heard[]): Heard[] {
  const known = new Set<number>();
  return heard.filter(({ position }) => !known.has(position) && known.add(position));
}

function checkOrder(firsts: readonly Heard[]): void {
  const versions = new Map<string, number>();
  for (const { stream, version } of firsts) {
    expect(version, `the next of ${stream}`).toBe((versions.get(stream) ?? 0) + 1);
    versions.set(stream, version);
  }
}

async function everythingOn(url: string): Promise<Heard[]> {
  const connection = await connect({ servers: url });
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info("EVENTS");
    const heard: Heard[] = [];
    if (state.messages === 0) return heard;
    const { name } = await manager.consumers.add("EVENTS", {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      replay_policy: ReplayPolicy.Instant,
    });
    const consumer = await jetstream(connection).consumers.get("EVENTS", name);
    for (let before = -1; heard.length > before && heard.length < state.messages;) {
      before = heard.length;
      for await (const { headers } of await consumer.fetch({ max_messages: 1_000, expires: 2_000 })) {
        heard.push({
          position: Number(headers?.get("ce-position")),
          stream: headers?.get("ce-subject") ?? "",
          version: Number(headers?.get("ce-version")),
          type: headers?.get("ce-type") ?? "",
        });
        if (heard.length >= state.messages) break;
      }
    }
    return heard;
  } finally {
    await connection.close();
  }
}
