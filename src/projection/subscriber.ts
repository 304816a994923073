/** Runs this process's part of durable subscriptions. */
import type { Clock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import { type Metrics, noMetrics } from "../kernel/metrics.ts";
import { type Random, systemRandom } from "../kernel/random.ts";
import type { Transaction } from "../store/transaction.ts";
import { positionOf } from "./beginning.ts";
import { GroupMember, type GroupMemberOptions } from "./consumer-group.ts";
import { measureLag } from "./lag.ts";
import type { Beginning, Subscription } from "./subscription.ts";

export interface SubscriberOptions {
  readonly store: GroupMemberOptions["store"];
  /** This process among those that share the work: a node's id. Default: a new one. */
  readonly member?: string;
  /** Partitions of one subscription that this process works on at the same time. Each takes a connection. Default 4. */
  readonly concurrency?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly random?: Random;
}

export interface Subscriber {
  /**
   * Takes part in a subscription. Resolves once its cursor is in the store.
   * @throws StatewrightError `ALREADY_EXISTS` when this subscriber runs one of that name
   */
  subscribe(subscription: Subscription): Promise<void>;
  /**
   * Takes a subscription to any place in the log, from which it goes on.
   * @param prepare clears, in the same transaction, what a replay would write twice
   * @throws StatewrightError `NOT_FOUND` when nobody has subscribed under that name yet
   */
  reset(name: string, to: Beginning, prepare?: (transaction: Transaction) => Promise<void>): Promise<void>;
  /** A hint that the log has grown. */
  wake(): void;
  /** Lets what is under way end, and leaves what is left to others. */
  stop(): Promise<void>;
}

export function createSubscriber(options: SubscriberOptions): Subscriber {
  const { store, clock, metrics = noMetrics, member = newId(), concurrency = 4, random = systemRandom } = options;
  const members = new Map<string, GroupMember>();
  const handled = metrics.counter("statewright_subscription_events_total", "Events handled", ["subscription"]);
  measureLag({
    metrics,
    what: "subscription",
    log: store,
    clock,
    readers: async () => (await store.subscriptions()).filter(({ name }) => members.has(name)),
  });
  return {
    async subscribe(subscription) {
      const { name } = subscription;
      if (members.has(name)) throw new StatewrightError("ALREADY_EXISTS", `"${name}" is subscribed here already`);
      const labels = { subscription: name };
      const part = new GroupMember({
        ...options,
        subscription,
        member,
        concurrency,
        random,
        handled: (events) => handled.add(events, labels),
      });
      members.set(name, part);
      await part.start().catch((thrown: unknown) => {
        members.delete(name);
        throw thrown;
      });
    },
    async reset(name, to, prepare) {
      await store.resetSubscription(name, await positionOf(store, to), prepare);
    },
    wake() {
      for (const part of members.values()) part.wake();
    },
    async stop() {
      await Promise.all([...members.values()].map((part) => part.stop()));
    },
  };
}
