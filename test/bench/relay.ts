/** Figures about the way of events from the log onto the feed, over a real nats-server. */
import { systemClock } from "../../src/kernel/clock.ts";
import { newId } from "../../src/kernel/ids.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { type Bus, feedId } from "../../src/messaging/bus.ts";
import { openNats } from "../../src/messaging/jetstream/connection.ts";
import { createJetStreamBus } from "../../src/messaging/jetstream/jetstream-bus.ts";
import { type Relay, startRelay } from "../../src/messaging/relay.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { natsBinary, startNatsServer } from "../support/nats-server.ts";
import { newEvent, newRun } from "../support/runs.ts";
import { type Figure, median, percentile } from "./figures.ts";
import { LIFE, parcel } from "./parcel.ts";
import type { BenchServer } from "./server.ts";

const ROUNDS = 3;
const BACKLOG = 60_000;
const RATES = [600, 3_000, 9_000];
const LOAD_S = 4;
/** What the first second shows is the engine warming up. */
const WARM_UP_S = 1;

export async function relayFigures(server: BenchServer): Promise<Figure[]> {
  const binary = await natsBinary();
  if ("missing" in binary) {
    console.error(`relay is left out: ${binary.missing}`);
    return [];
  }
  const throughput: number[] = [];
  for (let round = 0; round < ROUNDS; round++) throughput.push(await server.withDatabase(drain));
  const figures: Figure[] = [{
    name: "relay-throughput",
    value: median(throughput),
    unit: "events/s",
    floor: 25_000,
    aim: 50_000,
    better: "higher",
  }];
  for (const perSecond of RATES) {
    const lags = await server.withDatabase((url) => lagsAt(url, perSecond));
    const figure = (name: string, share: number, floor: number, aim: number): Figure => ({
      name: `feed-lag-${perSecond}-${name}`,
      value: percentile(lags, share),
      unit: "ms",
      floor,
      aim,
      better: "lower",
    });
    figures.push(figure("p50", 0.5, 5, 1.5), figure("p99", 0.99, 50, 15));
  }
  return figures;
}

/** A relay and a NATS server of its own over a database; the bus is another connection's, as another node's would be. */
async function withRelay<T>(
  url: string,
  work: (store: PostgresStore, bus: Bus, relay: Relay) => Promise<T>,
): Promise<T> {
  const nats = await startNatsServer();
  const [clock, logger, feed] = [systemClock, silentLogger, { maxAgeMs: 0, replicas: 1 }];
  const connections = await Promise.all(
    ["relay", "receiver"].map((name) => openNats({ url: nats.url, name, clock, logger })),
  );
  const [publishing, receiving] = connections.map((nats) => createJetStreamBus({ nats, feed, logger }));
  const store = await openPostgresStore({ url });
  const cluster = { leases: store, holder: "bench" };
  const relay = await startRelay({ log: store, bus: publishing!, clock, logger, cluster });
  try {
    return await work(store, receiving!, relay);
  } finally {
    await relay.stop();
    await store.close();
    await Promise.all(connections.map((nats) => nats.close()));
    await nats.kill();
  }
}

/** A log that the feed has nothing of. Answers events/s until the feed has it all. */
async function drain(url: string): Promise<number> {
  const store = await openPostgresStore({ url });
  await fill(store);
  await store.close();
  const startedAt = performance.now();
  return await withRelay(url, async (_, __, relay) => {
    while (((await relay.lag())?.positions ?? 1) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    return BACKLOG / (performance.now() - startedAt) * 1_000;
  });
}

async function fill(store: PostgresStore): Promise<void> {
  const metadata = JSON.stringify({ id: newId(), correlation: newId(), machine: "parcel@1#0123456789abcdef", node: 1 });
  const lifeOf = (stream: string) => ({
    ...newRun(stream, 0, []),
    events: LIFE.map(({ type, ...data }) => newEvent(type, { data: JSON.stringify(data), metadata })),
  });
  const perGroup = 200;
  for (let stored = 0; stored < BACKLOG; stored += perGroup * LIFE.length) {
    await store.append(1, Array.from({ length: perGroup }, () => lifeOf(`parcel/${newId()}`)));
  }
}

/** Parcels live at their own pace. Answers the ms from each commit, as its caller hears of it, to its event's arrival. */
async function lagsAt(url: string, perSecond: number): Promise<number[]> {
  return await withRelay(url, async (store, bus, relay) => {
    const runtime = createRuntime({ store, actors: [parcel], nodeId: "bench", onCommitted: () => relay.wake() });
    await runtime.start();
    const received = new Map<string, number>();
    await bus.subscribe((event) => void received.set(feedId(event), performance.now()));
    const committed = await load(runtime, perSecond);
    while (committed.some(({ id }) => !received.has(id))) await new Promise((resolve) => setTimeout(resolve, 20));
    await runtime.stop(100);
    return committed.slice(perSecond * WARM_UP_S).map(({ id, at }) => Math.max(0, received.get(id)! - at));
  });
}

async function load(runtime: Runtime, perSecond: number): Promise<{ id: string; at: number }[]> {
  const committed: { id: string; at: number }[] = [];
  const slots = Array.from({ length: 500 }, () => ({ id: newId(), next: 0 }));
  const answers: Promise<void>[] = [];
  const propose = async ({ id, next }: { id: string; next: number }) => {
    const receipt = await runtime.actor("parcel", id).propose(LIFE[next]!, { messageId: newId() });
    if (receipt.outcome !== "accepted") throw new Error(`The bench's own event: ${JSON.stringify(receipt)}`);
    committed.push({ id: `parcel/${id}/${receipt.version}`, at: performance.now() });
  };
  const startedAt = performance.now();
  for (let sent = 0; sent < perSecond * LOAD_S;) {
    const due = Math.min(perSecond * LOAD_S, Math.floor((performance.now() - startedAt) / 1_000 * perSecond));
    for (; sent < due; sent++) {
      const slot = slots[sent % slots.length]!;
      if (slot.next === LIFE.length) Object.assign(slot, { id: newId(), next: 0 });
      answers.push(propose({ ...slot }));
      slot.next++;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(answers);
  return committed;
}
