/**
 * Who follows which actor on this node. What the node itself commits is handed on as it is; of what others commit only
 * hints come, over the bus if there is one, and the followers read the log.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { Bus, FeedSubscription } from "../messaging/bus.ts";
import type { AppendRun, EventLog, RunResult, StoredEvent } from "../store/store.ts";
import type { SubscriptionOptions } from "./receipt.ts";
import { Subscription, type SubscriptionHost } from "./subscription.ts";

/** Each asks the log once a second while nothing happens. */
const MAX_SUBSCRIPTIONS = 1_000;

export class Subscriptions {
  readonly #host: SubscriptionHost;
  readonly #bus: Bus | undefined;
  readonly #byStream = new Map<string, Set<Subscription>>();
  #count = 0;
  #feed: FeedSubscription | undefined;
  #stopped = false;

  constructor(host: SubscriptionHost, bus: Bus | undefined) {
    this.#host = host;
    this.#bus = bus;
  }

  /** Listens to the bus. */
  async start(): Promise<void> {
    this.#feed = await this.#bus?.subscribe(({ stream, version }) => {
      for (const subscription of this.#byStream.get(stream) ?? []) subscription.hint(version);
    });
  }

  /** Ends all, with an error that tells them to go on elsewhere. */
  stop(): void {
    this.#stopped = true;
    this.#feed?.close();
    for (const subscription of [...this.#byStream.values()].flatMap((ofStream) => [...ofStream])) {
      subscription.fail(stopping());
    }
  }

  /** Appends to that log, and lets the followers know. */
  heardBy(log: Pick<EventLog, "append">): Pick<EventLog, "append"> {
    return {
      append: async (node, runs) => {
        const results = await log.append(node, runs);
        if (this.#byStream.size > 0) this.#appended(runs, results);
        return results;
      },
    };
  }

  #appended(runs: readonly AppendRun[], results: readonly RunResult[]): void {
    runs.forEach((run, n) => {
      const result = results[n];
      const subscriptions = this.#byStream.get(run.stream);
      if (subscriptions === undefined || result?.outcome !== "appended") return;
      const { firstPosition, recordedAt } = result;
      const events = run.events.map((event, i): StoredEvent => ({
        ...event,
        position: firstPosition + i,
        stream: run.stream,
        version: run.expectedVersion + 1 + i,
        recordedAt,
      }));
      for (const subscription of subscriptions) subscription.offer(events);
    });
  }

  /**
   * Follows a stream from `fromVersion` (default 1), whether or not it has begun.
   * @throws StatewrightError `INVALID` for an impossible version, `OVERLOADED` beyond 1,000 at once, `UNAVAILABLE` once
   *   the node is stopping
   */
  open(stream: string, { fromVersion = 1, signal }: SubscriptionOptions = {}): Subscription {
    if (!Number.isSafeInteger(fromVersion) || fromVersion < 1) {
      throw new StatewrightError("INVALID", `fromVersion is ${fromVersion}; versions are 1, 2, 3 …`);
    }
    if (this.#stopped) throw stopping();
    if (this.#count >= MAX_SUBSCRIPTIONS) {
      throw new StatewrightError("OVERLOADED", `This node has ${MAX_SUBSCRIPTIONS} subscriptions; try again later`);
    }
    const end = () => subscription.end();
    const subscription = new Subscription(this.#host, stream, fromVersion, () => {
      signal?.removeEventListener("abort", end);
      this.#remove(stream, subscription);
    });
    this.#add(stream, subscription);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();
    return subscription;
  }

  #add(stream: string, subscription: Subscription): void {
    const subscriptions = this.#byStream.get(stream) ?? new Set();
    this.#byStream.set(stream, subscriptions.add(subscription));
    this.#count++;
  }

  #remove(stream: string, subscription: Subscription): void {
    const subscriptions = this.#byStream.get(stream);
    if (!subscriptions?.delete(subscription)) return;
    if (subscriptions.size === 0) this.#byStream.delete(stream);
    this.#count--;
  }
}

function stopping(): StatewrightError {
  const advice = "This node is stopping; subscribe on another one, from the version after the last you have seen";
  return new StatewrightError("UNAVAILABLE", advice);
}
