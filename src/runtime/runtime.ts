/**
 * The runtime of one node: resident actors over an event store, with their activities, messages and timers.
 */
import { type Clock, keepProcessAlive, systemClock } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, newId, streamOf } from "../kernel/ids.ts";
import { type Logger, silentLogger } from "../kernel/logger.ts";
import { type Metrics, noMetrics } from "../kernel/metrics.ts";
import { type Random, systemRandom } from "../kernel/random.ts";
import { currentTraceparent } from "../kernel/tracing.ts";
import type { Bus } from "../messaging/bus.ts";
import type { NodeLink } from "../messaging/node-link.ts";
import type { RemoteWork } from "../messaging/remote-work.ts";
import type { Member, Store, StoredEvent, StoredSnapshot } from "../store/store.ts";
import type { ActorHost, HostedActor } from "./actor-host.ts";
import type { AskActor } from "./actor-requests.ts";
import { Appender } from "./appender.ts";
import { Cluster } from "./cluster.ts";
import type { ActorDefinition } from "./definition.ts";
import type { OpenEffect } from "./effects.ts";
import { localActors } from "./local-actors.ts";
import { NodeMetrics } from "./node-metrics.ts";
import { checkOptions } from "./proposal-check.ts";
import type { ActorHandle, ActorSnapshot, ActorSystem, Proposal, Receipt, SubscriptionOptions } from "./receipt.ts";
import { reportMachineChanges } from "./machine-changes.ts";
import { registerActors, type RegisteredActor } from "./register.ts";
import { Residents } from "./residents.ts";
import type { SnapshotFlaw } from "./state-snapshot.ts";
import { Subscriptions } from "./subscriptions.ts";
import { Work } from "./work.ts";

export interface RuntimeOptions {
  readonly store: Store;
  readonly actors: readonly ActorDefinition[];
  /** Tells subscriptions at once what other nodes have committed; without it they notice within a second. */
  readonly bus?: Bus;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  /** Names this node across restarts. Default: a new name, so that nobody else's work is taken for its own. */
  readonly nodeId?: string;
  /** How this node asks others, and is asked. Without it each handles every actor by itself, and looks more often. */
  readonly link?: NodeLink;
  /** The types of the actors that this node runs; others are left to nodes that do. Default: all. */
  readonly hostTypes?: readonly string[];
  readonly metrics?: Metrics;
  /** Carries remote activities to their workers, and the outcomes back. */
  readonly remote?: RemoteWork;
  /** Actors in memory at most. Default 20,000. */
  readonly maxResident?: number;
  /** Called after commits, as a hint that the log has grown. */
  readonly onCommitted?: () => void;
}

export interface Runtime extends ActorSystem {
  /**
   * Joins the nodes and takes up what was left under way. Proposals are taken from then on, and the process lives until
   * `stop`.
   */
  start(): Promise<void>;
  /** Takes nothing new, waits up to `drainMs` for what is under way, and leaves. */
  stop(drainMs: number): Promise<void>;
  readonly definitions: readonly ActorDefinition[];
  /** For `createOperations`: asks an actor on the node that it lives on. */
  readonly ask: AskActor;
  /** The nodes that are alive, as this one knows; it is among them once it has started. */
  members(): readonly Member[];
  /** The node that an actor lives on; undefined when none runs its type. */
  placement(type: string, id: string): Member | undefined;
}

/** How long a waiting row may show what is not open any more: delivered messages, timers that are over. */
const FLUSH_MS = 500;

/** @throws StatewrightError `USAGE` when a machine cannot be made durable, or for host types that cannot be */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new NodeRuntime(options);
}

class NodeRuntime implements Runtime, ActorHost {
  readonly definitions: readonly ActorDefinition[];
  readonly log: Store;
  readonly appender: Appender;
  readonly #registered: ReadonlyMap<string, RegisteredActor>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #residents: Residents;
  readonly #cluster: Cluster;
  readonly #metrics: NodeMetrics;
  readonly #work: Work;
  readonly #subscriptions: Subscriptions;
  readonly #onCommitted: () => void;
  readonly #toFlush = new Set<HostedActor>();
  #phase: "new" | "running" | "stopping" | "stopped" = "new";
  #letProcessEnd: () => void = () => {};

  constructor(options: RuntimeOptions) {
    const { store, actors, clock = systemClock, random = systemRandom, logger = silentLogger } = options;
    const { metrics = noMetrics } = options;
    this.definitions = actors;
    this.#registered = registerActors(actors);
    this.#logger = logger;
    this.log = store;
    this.#clock = clock;
    this.#onCommitted = options.onCommitted ?? (() => {});
    this.#metrics = new NodeMetrics(metrics, {
      members: () => this.members().length,
      epoch: () => this.epoch(),
      residents: () => this.#residents.count,
    });
    this.#subscriptions = new Subscriptions({ log: store, clock, logger }, options.bus);
    this.appender = new Appender(this.#subscriptions.heardBy(store), () => this.epoch());
    this.#residents = new Residents(this.#registered, this, options.maxResident ?? 20_000);
    this.#work = new Work({
      clock,
      random,
      logger,
      store,
      registered: this.#registered,
      residents: this.#residents,
      remote: options.remote,
      router: () => this.#cluster.router,
      epoch: () => this.epoch(),
      confirmAlive: () => this.#cluster.confirm(false),
      hasStopped: () => this.#phase === "stopped",
    });
    this.#cluster = this.#createCluster(options, clock);
  }

  #createCluster({ nodeId = newId(), link, hostTypes, store }: RuntimeOptions, clock: Clock): Cluster {
    const here = localActors({
      residents: this.#residents,
      log: store,
      activities: this.#work,
      isShared: () => !this.#cluster.router.isAlone,
    });
    return new Cluster({ nodeId, link, hostTypes }, {
      registry: store,
      clock,
      logger: this.#logger,
      registered: this.#registered,
      residents: this.#residents,
      wakeups: this.#work.wakeups,
      here,
      forwarded: this.#metrics.forwarded,
      takesRequests: () => this.#phase === "new" || this.#phase === "running",
      onTakenForDead: () => this.#work.abandon(),
    });
  }

  epoch(): number {
    return this.#cluster.epoch;
  }

  livesElsewhere(epoch: number): boolean {
    return epoch !== this.epoch() && this.members().some((member) => member.epoch === epoch);
  }

  confirmEpoch(): Promise<void> {
    return this.#cluster.confirm(true);
  }

  members(): readonly Member[] {
    return this.#cluster.router.placement.members;
  }

  placement(type: string, id: string): Member | undefined {
    return this.#cluster.router.placement.ownerOf(type, streamOf({ type, id }));
  }

  async start(): Promise<void> {
    await this.#subscriptions.start();
    await reportMachineChanges(this.#registered.values(), this.log, this.#logger);
    await this.#cluster.join();
    this.#phase = "running";
    this.#letProcessEnd = keepProcessAlive();
    this.#work.start();
  }

  async stop(drainMs: number): Promise<void> {
    this.#phase = "stopping";
    try {
      await this.#cluster.retire();
      await this.#work.drain(drainMs);
      this.#flush();
      await this.appender.drained();
      this.#subscriptions.stop();
      await this.#cluster.leave();
    } finally {
      this.#phase = "stopped";
      this.#letProcessEnd();
    }
  }

  actor(type: string, id: string): ActorHandle {
    const ref: ActorRef = { type, id };
    const stream = streamOf(ref);
    return {
      propose: (event, options) =>
        this.#propose(ref, { ...options, event, traceparent: options?.traceparent ?? currentTraceparent() }),
      snapshot: () => this.#snapshot(ref),
      events: (options) => this.log.read(stream, options),
      subscribe: (options) => this.#subscribe(ref, stream, options),
    };
  }

  readonly ask: AskActor = async (to, name, asked) => {
    this.#requireRunning();
    return await this.#cluster.router.ask(to, name, asked);
  };

  #requireRunning(): void {
    if (this.#phase === "running") return;
    throw new StatewrightError("UNAVAILABLE", "This node is not taking proposals: it is starting or stopping", {
      retryAfterMs: 1_000,
    });
  }

  async #propose(ref: ActorRef, proposal: Proposal): Promise<Receipt> {
    this.#requireRunning();
    checkOptions(proposal);
    try {
      const receipt = await this.#cluster.router.propose(ref, proposal);
      this.#metrics.answered(receipt);
      return receipt;
    } catch (thrown) {
      this.#metrics.failed(thrown);
      throw thrown;
    }
  }

  async #snapshot(ref: ActorRef): Promise<ActorSnapshot | undefined> {
    return await this.#cluster.router.ask(ref, "look", {}) ?? undefined;
  }

  #subscribe(ref: ActorRef, stream: string, options?: SubscriptionOptions): AsyncIterableIterator<StoredEvent> {
    this.#residents.requireRegistered(ref.type);
    return this.#subscriptions.open(stream, options);
  }

  committed(actor: HostedActor, open: readonly OpenEffect[], closed: readonly string[]): void {
    this.#work.close(actor, closed);
    this.#work.begin(actor, open);
    this.#onCommitted();
  }

  saveSnapshot(snapshot: StoredSnapshot): void {
    this.log.saveSnapshot(snapshot).catch((thrown: unknown) =>
      this.#logger.warn({ stream: snapshot.stream, error: plainError(thrown) }, "a snapshot could not be saved")
    );
  }

  snapshotIgnored(flaw: SnapshotFlaw): void {
    this.#metrics.snapshotIgnored(flaw);
  }

  flushSoon(actor: HostedActor): void {
    // Whoever takes the work over delivers once more, and hears that it was delivered.
    if (this.#phase === "stopped") return;
    if (this.#toFlush.size === 0) this.#clock.schedule(FLUSH_MS, () => this.#flush());
    this.#toFlush.add(actor);
  }

  #flush(): void {
    const due = [...this.#toFlush];
    this.#toFlush.clear();
    for (const actor of due) if (!this.#residents.hasReplaced(actor)) actor.flush();
  }
}
