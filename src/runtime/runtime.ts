/**
 * The runtime of one node: resident actors over an event store, with their activities, messages and timers.
 */
import { type Clock, keepProcessAlive, systemClock } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, newId, streamOf } from "../kernel/ids.ts";
import { type Logger, silentLogger } from "../kernel/logger.ts";
import { type Random, systemRandom } from "../kernel/random.ts";
import type { Bus } from "../messaging/bus.ts";
import type { Store, StoredEvent, StoredSnapshot, WaitingRow } from "../store/store.ts";
import { allowedEvents, type Outcome } from "./acceptance.ts";
import { Activities } from "./activities.ts";
import type { Actor, ActorHost } from "./actor.ts";
import { Appender } from "./appender.ts";
import type { ActorDefinition, Proposer } from "./definition.ts";
import { fireDueTimers } from "./due-timers.ts";
import type { OpenEffect } from "./effects.ts";
import { Membership } from "./membership.ts";
import { Messages, type OpenMessage } from "./messages.ts";
import { checkOptions } from "./proposal-check.ts";
import type {
  ActorHandle,
  ActorSnapshot,
  ActorSystem,
  Proposal,
  Receipt,
  Refused,
  SubscriptionOptions,
} from "./receipt.ts";
import { reportMachineChanges } from "./machine-changes.ts";
import { registerActors, type RegisteredActor } from "./register.ts";
import { Residents } from "./residents.ts";
import { settlePersistently } from "./settlement.ts";
import { Subscriptions } from "./subscriptions.ts";
import { Wakeups } from "./wakeups.ts";

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
}

/** How long a delivered message may still stand in its waiting row. */
const FLUSH_MS = 250;

/**
 * @throws StatewrightError `USAGE` when a machine cannot be made durable
 */
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
  readonly #membership: Membership;
  readonly #activities: Activities;
  readonly #messages: Messages;
  readonly #wakeups: Wakeups;
  readonly #subscriptions: Subscriptions;
  readonly #onCommitted: () => void;
  readonly #toFlush = new Set<Actor>();
  #phase: "new" | "running" | "stopping" = "new";
  #letProcessEnd: () => void = () => {};

  constructor(options: RuntimeOptions) {
    const { store, actors, clock = systemClock, random = systemRandom, logger = silentLogger } = options;
    this.definitions = actors;
    this.#registered = registerActors(actors);
    this.#logger = logger;
    this.log = store;
    this.#clock = clock;
    this.#onCommitted = options.onCommitted ?? (() => {});
    this.#membership = new Membership(
      options.nodeId ?? newId(),
      store,
      clock,
      logger,
      () => {
        this.#activities.abandon();
        this.#wakeups.wake();
      },
    );
    this.#subscriptions = new Subscriptions({ log: store, clock, logger }, options.bus);
    this.appender = new Appender(this.#subscriptions.heardBy(store), () => this.epoch());
    this.#residents = new Residents(this.#registered, this, options.maxResident ?? 20_000);
    const settle = (ref: ActorRef, outcome: Outcome) =>
      settlePersistently({ clock, random, store, logger }, () => this.#residents.get(ref), outcome);
    this.#activities = new Activities({
      clock,
      random,
      logger,
      settle,
      confirmAlive: () => this.#membership.confirm(false),
    });
    this.#messages = new Messages({
      clock,
      random,
      propose: async (to, proposal, sentAt) => this.#residents.get(to, proposal.event.type).propose(proposal, sentAt),
      settle,
      stop: async (child, causationId, correlationId) =>
        void await this.#residents.get(child).stopByParent(causationId, correlationId),
      delivered: (source, effectId) => this.#residents.get(source).delivered(effectId),
      refused: (source, message, receipt) => this.#offerRefusal(source, message, receipt),
      bury: (letter) => store.bury(letter),
    });
    this.#wakeups = new Wakeups({
      clock,
      logger,
      registry: store,
      epoch: () => this.epoch(),
      fireDue: async (row, now) => fireDueTimers(await this.#residents.claimed(row), now, store),
      resume: (row) => this.#resume(row),
    });
  }

  epoch(): number {
    return this.#membership.epoch;
  }

  confirmEpoch(): Promise<void> {
    return this.#membership.confirm(true);
  }

  async start(): Promise<void> {
    await this.#subscriptions.start();
    await reportMachineChanges(this.#registered.values(), this.log, this.#logger);
    await this.#membership.join();
    this.#phase = "running";
    this.#letProcessEnd = keepProcessAlive();
    this.#wakeups.start();
  }

  async stop(drainMs: number): Promise<void> {
    this.#phase = "stopping";
    try {
      await this.#drain(drainMs);
      await this.#membership.leave();
    } finally {
      this.#letProcessEnd();
    }
  }

  async #drain(drainMs: number): Promise<void> {
    const deadline = this.#clock.now() + drainMs;
    this.#messages.stop();
    await this.#wakeups.stop();
    while (this.#activities.running + this.#messages.running > 0 && this.#clock.now() < deadline) {
      await new Promise<void>((resolve) => this.#clock.schedule(20, resolve));
    }
    this.#activities.stop();
    this.#flush();
    await this.appender.drained();
    this.#subscriptions.stop();
  }

  actor(type: string, id: string): ActorHandle {
    const ref: ActorRef = { type, id };
    const stream = streamOf(ref);
    return {
      propose: (event, options) => this.#propose(ref, { ...options, event }),
      snapshot: () => this.#snapshot(ref),
      events: (options) => this.log.read(stream, options),
      subscribe: (options) => this.#subscribe(ref, stream, options),
    };
  }

  async #propose(ref: ActorRef, proposal: Proposal): Promise<Receipt> {
    if (this.#phase !== "running") {
      throw new StatewrightError("UNAVAILABLE", "This node is not taking proposals: it is starting or stopping", {
        retryAfterMs: 1_000,
      });
    }
    checkOptions(proposal);
    return await this.#residents.get(ref, proposal.event.type).propose(proposal);
  }

  async #snapshot(ref: ActorRef): Promise<ActorSnapshot | undefined> {
    const actor = this.#residents.get(ref);
    const committed = await actor.committed();
    if (committed === undefined) return undefined;
    const { state, position, createdAt, updatedAt } = committed;
    const { status, tags, context } = state.snapshot;
    return {
      ref,
      version: state.version,
      position,
      state: state.path,
      status,
      tags: [...tags],
      context,
      allowed: (by: Proposer) => allowedEvents(actor.registered, state, by),
      createdAt,
      updatedAt,
    };
  }

  #subscribe(ref: ActorRef, stream: string, options?: SubscriptionOptions): AsyncIterableIterator<StoredEvent> {
    this.#residents.requireRegistered(ref.type);
    return this.#subscriptions.open(stream, options);
  }

  committed(actor: Actor, open: readonly OpenEffect[], closed: readonly string[]): void {
    for (const effectId of closed) this.#activities.close(`${actor.stream}/${effectId}`);
    this.#begin(actor, open);
    this.#onCommitted();
  }

  #begin(actor: Actor, open: readonly OpenEffect[]): void {
    for (const effect of open) {
      if (effect.kind === "activity") this.#activities.start(actor.registered, actor.ref, effect);
      else if (effect.kind === "message") this.#messages.start(actor.ref, effect);
      else if (effect.kind === "timer") this.#wakeups.hint(effect.delayMs);
    }
  }

  saveSnapshot(snapshot: StoredSnapshot): void {
    this.log.saveSnapshot(snapshot).catch((thrown: unknown) =>
      this.#logger.warn({ stream: snapshot.stream, error: plainError(thrown) }, "a snapshot could not be saved")
    );
  }

  flushSoon(actor: Actor): void {
    if (this.#toFlush.size === 0) this.#clock.schedule(FLUSH_MS, () => this.#flush());
    this.#toFlush.add(actor);
  }

  #flush(): void {
    for (const actor of this.#toFlush) actor.flush();
    this.#toFlush.clear();
  }

  async #resume(row: WaitingRow): Promise<void> {
    const actor = await this.#residents.claimed(row);
    const committed = await actor.committed();
    if (committed) this.#begin(actor, committed.state.open);
  }

  /** A refusal becomes an event of the sender, if its machine listens for it. */
  async #offerRefusal(source: ActorRef, message: OpenMessage, receipt: Refused): Promise<boolean> {
    const actor = this.#residents.get(source);
    const committed = await actor.committed();
    const { reason, detail } = receipt;
    const event = { type: "MessageRefused", to: message.to, refused: message.event.type, reason, detail };
    if (!committed?.state.snapshot.can(event)) return false;
    return await actor.settle({ effectId: message.id, type: event.type, data: { event } } satisfies Outcome);
  }
}
