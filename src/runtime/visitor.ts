/**
 * Writes to actors from a process that runs none: a command that ends in a moment. It judges and records by what the log
 * has, under the same optimistic concurrency as every node, and leaves what was asked for to the nodes.
 *
 * Invariants:
 *  1. It begins no activity, message or timer. Its appends are claimed by nobody alive, so that whoever runs the type
 *     takes the work up within a second; without any node it waits in the log.
 *  2. While it writes, the nodes see it among the members, and for some seconds after: they know that their memory may
 *     be behind the log. It does not leave, since one that comes and goes between two of their looks was never seen.
 */
import { type Clock, systemClock } from "../kernel/clock.ts";
import { type ActorRef, newId, streamOf } from "../kernel/ids.ts";
import { type Logger, silentLogger } from "../kernel/logger.ts";
import type { Store } from "../store/store.ts";
import type { ActorHost } from "./actor-host.ts";
import type { AskActor, RequestName } from "./actor-requests.ts";
import { Appender } from "./appender.ts";
import type { ActorDefinition } from "./definition.ts";
import { localActors } from "./local-actors.ts";
import { checkOptions } from "./proposal-check.ts";
import type { ActorSystem } from "./receipt.ts";
import { registerActors } from "./register.ts";
import { Residents } from "./residents.ts";
import { Subscriptions } from "./subscriptions.ts";

/** No node has it: epochs begin with 1. */
const NOBODY = 0;
/** A member is dead after 8 s without a beat. */
const SEEN_FOR_MS = 4_000;
const MAX_RESIDENT = 1_000;
/** What only looks. */
const READS: ReadonlySet<RequestName> = new Set(["look", "attempts", "retry"]);

export interface Visitor extends ActorSystem {
  /** As a node's, but that it knows of no activity under way. */
  readonly ask: AskActor;
  /** Waits for what it writes. The store stays open. */
  close(): Promise<void>;
}

export interface VisitorOptions {
  readonly store: Store;
  readonly actors: readonly ActorDefinition[];
  readonly clock?: Clock;
  readonly logger?: Logger;
}

export function visitActors({ store, actors, clock = systemClock, logger = silentLogger }: VisitorOptions): Visitor {
  const membership = briefMembership(store, clock);
  const subscriptions = new Subscriptions({ log: store, clock, logger }, undefined);
  const host: ActorHost & { readonly log: Store } = {
    log: store,
    appender: new Appender(subscriptions.heardBy(store), () => NOBODY),
    epoch: membership.epoch,
    // It corrects no rows, so it need not know.
    livesElsewhere: () => true,
    // Whoever reads need not be seen, and whoever writes has just been.
    async confirmEpoch() {},
    committed() {},
    saveSnapshot() {},
    snapshotIgnored() {},
    flushSoon() {},
  };
  const residents = new Residents(registerActors(actors), host, MAX_RESIDENT);
  const activities = { attemptsOf: () => undefined, retry: async () => "elsewhere" as const };
  const here = localActors({ residents, log: store, activities, isShared: () => true });
  const ask: AskActor = async (to, name, asked) => {
    residents.requireRegistered(to.type);
    if (!READS.has(name)) await membership.renew();
    return await here[name](to, asked);
  };
  return {
    ask,
    actor(type, id) {
      const ref: ActorRef = { type, id };
      const stream = streamOf(ref);
      return {
        async propose(event, options) {
          const proposal = { ...options, event };
          checkOptions(proposal);
          return await ask(ref, "propose", { proposal, sentAt: undefined });
        },
        snapshot: async () => await ask(ref, "look", {}) ?? undefined,
        events: (options) => store.read(stream, options),
        subscribe(options) {
          residents.requireRegistered(type);
          return subscriptions.open(stream, options);
        },
      };
    },
    async close() {
      await host.appender.drained();
      subscriptions.stop();
    },
  };
}

/** Seen by the nodes for some seconds after each renewal. It runs no types, so that nothing is asked of it. */
function briefMembership(store: Pick<Store, "join" | "beat">, clock: Clock) {
  const node = { id: `visitor-${newId()}`, address: null, types: [] };
  let epoch = NOBODY;
  let seenAt = -Infinity;
  let renewing: Promise<void> | undefined;
  const renew = async () => {
    const now = clock.now();
    if (epoch === NOBODY || await store.beat(epoch) === undefined) epoch = await store.join(node);
    seenAt = now;
  };
  return {
    epoch: () => epoch,
    renew: () => {
      if (clock.now() - seenAt < SEEN_FOR_MS) return Promise.resolve();
      return renewing ??= renew().finally(() => renewing = undefined);
    },
  };
}
