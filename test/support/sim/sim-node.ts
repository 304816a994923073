/** One node of the shop as `npm start` puts it together: runtime, relay and projector, on simulated wires. */
import type { Logger } from "../../../src/kernel/logger.ts";
import { startRelay } from "../../../src/messaging/relay.ts";
import type { ProjectionStore } from "../../../src/projection/fold.ts";
import { startProjector } from "../../../src/projection/projector.ts";
import type { ActorDefinition } from "../../../src/runtime/definition.ts";
import { createRuntime, type Runtime } from "../../../src/runtime/runtime.ts";
import { shopActors } from "../../../src/shop/actors.ts";
import { orderSummaries } from "../../../src/shop/projections/order-summaries.ts";
import { productSummaries } from "../../../src/shop/projections/product-summaries.ts";
import type { SimBroker } from "./sim-broker.ts";
import type { SimDatabase } from "./sim-database.ts";
import type { SimNetwork } from "./sim-link.ts";
import { SimProcess } from "./sim-process.ts";
import type { SimProvider } from "./sim-provider.ts";
import { type NodeStore, nodeStore } from "./sim-store.ts";
import type { Weather } from "./weather.ts";
import type { World } from "./world.ts";

/** Everything that the nodes share. */
export interface Surroundings {
  readonly world: World;
  readonly weather: Weather;
  readonly database: SimDatabase;
  readonly network: SimNetwork;
  readonly broker: SimBroker;
  readonly provider: SimProvider;
  /** Actors that a node keeps in memory. */
  readonly maxResident: number;
}

const PROJECTIONS = [orderSummaries, productSummaries];
const DRAIN_MS = 3_000;

export class SimNode {
  /** Its name across restarts. */
  readonly id: string;
  readonly process: SimProcess;
  readonly store: NodeStore;
  readonly runtime: Runtime;
  readonly #around: Surroundings;
  readonly #ends: (() => Promise<unknown>)[] = [];
  isUp = false;
  isStopping = false;
  /** Until when it cannot reach the database. */
  awayUntil = 0;

  /** @param life counts the lives of all nodes */
  constructor(around: Surroundings, id: string, life: number) {
    const { world, weather, database, network, broker, provider, maxResident } = around;
    this.id = id;
    this.#around = around;
    this.process = new SimProcess(world, `${id}.${life}`);
    const isAway = () => world.now < this.awayUntil;
    this.store = nodeStore({ world, weather, database, process: this.process, isAway });
    const chance = world.chance(`dice of ${this.process.name}`);
    this.runtime = createRuntime({
      store: this.store,
      actors: definitions(shopActors(provider.clientOf(this.process))),
      bus: broker.busOf(this.process),
      clock: this.process,
      random: chance.next,
      logger: loggerOf(world, this.process.name),
      nodeId: id,
      link: network.linkOf(this.process),
      maxResident,
      onCommitted: () => this.#wake(),
    });
  }

  #wake = () => {};

  /** Rejects when the store fails meanwhile: then its supervisor starts it anew. */
  async start(): Promise<void> {
    const { world, broker } = this.#around;
    const { process, store } = this;
    const logger = loggerOf(world, process.name);
    const random = world.chance(`readers of ${process.name}`).next;
    const bus = broker.busOf(process);
    const relay = await startRelay({
      log: store,
      bus,
      clock: process,
      logger,
      cluster: { leases: store, holder: this.id },
    });
    this.#ends.push(() => relay.stop());
    const readModels = store as unknown as ProjectionStore & NodeStore;
    const projector = startProjector({ store: readModels, projections: PROJECTIONS, clock: process, logger, random });
    this.#ends.push(() => projector.stop());
    this.#wake = () => {
      relay.wake();
      projector.wake();
    };
    this.#ends.push(await store.onAppended(() => this.#wake()));
    await bus.subscribe(() => projector.wake());
    await this.runtime.start();
    this.isUp = true;
  }

  /** Ends as a signal would have it end. */
  async stop(): Promise<void> {
    this.isStopping = true;
    try {
      await this.runtime.stop(DRAIN_MS);
    } finally {
      for (const end of this.#ends.toReversed()) await end();
      this.process.kill();
    }
  }

  /** Drops it on the floor. */
  crash(): void {
    this.isUp = false;
    this.process.kill();
  }
}

/** Without their folders, which would be read at every start; a machine does not change within a run. */
function definitions(actors: readonly ActorDefinition[]): ActorDefinition[] {
  const wanted = actors.filter(({ type }) => type !== "customer" && type !== "conversation");
  return wanted.map((actor) => {
    const { source: _, ...definition } = actor;
    return definition;
  });
}

/** What a node complains of is part of the trace. */
function loggerOf(world: World, name: string): Logger {
  const say = (level: string) => (fields: object, message: string) => {
    const { error } = fields as { error?: { message: string } };
    world.trace(`${name} ${level}: ${message}${error ? ` (${error.message})` : ""}`);
    if (/flaw|internal/i.test(error?.message ?? "")) world.count("internal errors");
    if (COUNTED[message] !== undefined) world.count(COUNTED[message]);
  };
  return { debug() {}, info: say("info"), warn: say("warn"), error: say("error") };
}

/** What is told of in the log only. */
const COUNTED: Readonly<Record<string, string>> = {
  "others took this node for dead; it has joined again": "node joined again",
  "the feed has lost events; they are published once more": "feed filled again",
  "an activity will be tried again": "activity tried again",
  "another node feeds the feed now": "relay lost its lease",
  "an outcome could not be recorded; trying again": "outcome tried again",
};
