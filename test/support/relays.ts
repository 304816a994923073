/** Relays of several nodes over one log and one real nats-server, and what the feed holds afterwards. */
import { afterEach, beforeEach, expect } from "vitest";
import type { Clock } from "../../src/kernel/clock.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createMetrics, type Metrics } from "../../src/kernel/metrics.ts";
import { type Bus, feedId } from "../../src/messaging/bus.ts";
import { managerOf } from "../../src/messaging/jetstream/streams.ts";
import { type Relay, startRelay } from "../../src/messaging/relay.ts";
import { createMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "./eventually.ts";
import { closeNats, type NatsBus, natsBusAt } from "./nats-buses.ts";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "./nats-server.ts";
import { newEvent, newRun } from "./runs.ts";

export interface KeptMessage {
  readonly sequence: number;
  readonly id: string;
  readonly position: number;
  readonly previous: number;
  readonly subject: string;
}

export interface RunningRelay {
  readonly relay: Relay;
  readonly nats: NatsBus;
  readonly metrics: Metrics;
  /** The value of one of its metrics, without labels. */
  metric(name: string): Promise<number>;
}

export interface RelayOptions {
  readonly maxAgeMs?: number;
  readonly store?: Store;
  /** Around the bus, to disturb it. */
  readonly wrap?: (bus: Bus) => Bus;
}

export interface Relays {
  server(): NatsServer;
  store(): Store;
  /** Lets time pass for the store, and so for leases and for the age of what is appended from now on. */
  passTime(byMs: number): void;
  /** Another server instead of the test's own. */
  serve(options: NatsServerOptions): Promise<NatsServer>;
  start(holder: string, options?: RelayOptions): Promise<RunningRelay>;
  /** Appends so many events of so many actors in one group, and wakes the relays. */
  append(events: number, store?: Store): Promise<void>;
  kept(): Promise<KeptMessage[]>;
  /** Waits until the feed holds every event of the log exactly once, in the order of the log. */
  expectWholeFeed(store?: Store, timeoutMs?: number): Promise<void>;
  /** Stops them properly. */
  stopAll(): Promise<void>;
}

/** To be called once, at the top of `describeNats`. */
export function useRelays(): Relays {
  let server: NatsServer;
  let store: Store;
  let shiftMs = 0;
  let versions: Map<string, number>;
  const running = new Set<Relay>();
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + shiftMs };

  beforeEach(async () => {
    shiftMs = 0;
    versions = new Map();
    server = await startNatsServer();
    store = createMemoryStore({ clock });
  });
  const stopAll = async () => {
    await Promise.all([...running].map((relay) => relay.stop()));
    running.clear();
  };
  afterEach(async () => {
    await stopAll();
    await closeNats();
    await server.kill();
  });

  const relays: Relays = {
    server: () => server,
    store: () => store,
    passTime: (byMs) => void (shiftMs += byMs),
    async serve(options) {
      await server.kill();
      return server = await startNatsServer(options);
    },
    async start(holder, { store: log = store, wrap = (bus: Bus) => bus, ...options } = {}) {
      const metrics = createMetrics();
      const nats = await natsBusAt(server.url, { ...options, metrics });
      const [bus, cluster] = [wrap(nats.bus), { leases: log, holder }];
      const relay = await startRelay({ log, bus, cluster, clock: systemClock, logger: silentLogger, metrics });
      running.add(relay);
      return { relay, nats, metrics, metric: async (name) => valueOf((await metrics.render()).text, name) };
    },
    async append(events, log = store) {
      const runs = Array.from({ length: Math.min(10, events) }, (_, actor) => {
        const [stream, share] = [`actor/${actor}`, Math.ceil((events - actor) / 10)];
        const version = versions.get(stream) ?? 0;
        versions.set(stream, version + share);
        const more = { events: Array.from({ length: share }, () => newEvent("ThingHappened")) };
        return newRun(stream, version, [], more);
      });
      const results = await log.append(1, runs);
      expect(results.every(({ outcome }) => outcome === "appended")).toBe(true);
      for (const relay of running) relay.wake();
    },
    kept: () => keptMessages(server),
    async expectWholeFeed(log = store, timeoutMs = 20_000) {
      const events = await log.readAll({ after: 0, limit: 100_000 });
      await eventually(async () => {
        const kept = await keptMessages(server);
        expect(kept.map(({ id }) => id)).toEqual(events.map(feedId));
      }, timeoutMs);
    },
    stopAll,
  };
  return relays;
}

async function keptMessages(server: NatsServer): Promise<KeptMessage[]> {
  const { nats, close } = await natsBusAt(server.url);
  try {
    const { streams } = await managerOf(nats.client());
    const { state } = await streams.info("EVENTS");
    const kept: KeptMessage[] = [];
    for (let sequence = state.first_seq; sequence <= state.last_seq; sequence++) {
      const message = await streams.getMessage("EVENTS", { seq: sequence });
      if (message === null) continue;
      const { header, subject } = message;
      const number = (name: string) => Number(header.get(name));
      kept.push({
        sequence,
        subject,
        id: header.get("ce-id"),
        position: number("ce-position"),
        previous: number("ce-prevposition"),
      });
    }
    return kept;
  } finally {
    await close();
  }
}

function valueOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}
