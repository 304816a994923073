/**
 * One process's part in a subscription: it beats, holds its fair share of the partitions, reads the log once for all of
 * them, and lets them take turns, a few at a time.
 *
 *  1. The store says at each beat what is held. What it no longer says is dropped; what is too much is let go of once
 *     its turn is over.
 *  2. No turn begins when the last good beat is older than the lease, by this process's own clock: another member may
 *     be at it. That spares work and disorder; that nothing is written twice, the claim's token sees to.
 *  3. Events in memory are bounded: while too many wait, the log is not read on.
 */
import { createHash } from "node:crypto";
import { type Clock, sleep } from "../kernel/clock.ts";
import { plainError } from "../kernel/errors.ts";
import { follow, type Follower } from "../kernel/follower.ts";
import type { EventLog, StoredEvent } from "../store/store.ts";
import { type GroupShare, LEASE_MS, PARTITIONS } from "../store/subscriptions.ts";
import { positionOf } from "./beginning.ts";
import { Partition, type PartitionParts } from "./partition.ts";
import type { Subscription } from "./subscription.ts";

const BEAT_MS = 1_500;
/** How soon to ask again while others have yet to let go of what is this member's share. */
const ASK_AGAIN_MS = 200;
const POLL_MS = 1_000;
const READ_BATCH = 500;
const MOST_QUEUED = 2_000;
/** How long the end waits for turns that are under way. */
const STOP_WITHIN_MS = 5_000;

export interface GroupMemberOptions extends PartitionParts {
  readonly store: PartitionParts["store"] & Pick<EventLog, "head" | "positionAt">;
  /** Unique among the living; a process that comes back under the same name goes on at once. */
  readonly member: string;
  /** Partitions that may have their turn at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
}

export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #held = new Map<number, Partition>();
  /** Too much: they are released once their turn is over. */
  readonly #leaving = new Map<number, Partition>();
  /** Partitions, by number, that have their turn. */
  readonly #active = new Map<number, Promise<void>>();
  /** Those that wait for one, in the order in which they get it. */
  readonly #ready = new Set<Partition>();
  /** Those that wait a while after a failure, each with what ends the wait. */
  readonly #pausing = new Map<Partition, () => void>();
  #epoch: number | undefined;
  #heldUntil = 0;
  #isStopping = false;
  #beat: Follower | undefined;
  #reader: Follower | undefined;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  /** Joins; from then on it works by itself. */
  async start(): Promise<void> {
    await this.#join();
    const { clock, logger, subscription: { name } } = this.#options;
    this.#reader = follow({ name: `subscription ${name}`, clock, logger, pollMs: POLL_MS, work: () => this.#read() });
    this.#beat = follow({ name: `group ${name}`, clock, logger, pollMs: BEAT_MS, work: () => this.#share() });
  }

  /** A hint that the log has grown. */
  wake(): void {
    this.#reader?.wake();
  }

  /** Lets turns that are under way end, for a while, and leaves; the others take over at once. */
  async stop(): Promise<void> {
    const { store, subscription, clock, logger } = this.#options;
    this.#isStopping = true;
    for (const cancel of this.#pausing.values()) cancel();
    await this.#reader?.stop();
    await Promise.race([Promise.all(this.#active.values()), sleep(clock, STOP_WITHIN_MS)]);
    await this.#beat?.stop();
    try {
      await this.#moveIdle([...this.#held.values()]);
      if (this.#epoch !== undefined) await store.leaveGroup(subscription.name, this.#epoch);
    } catch (thrown) {
      // The others take over when the lease is over.
      logger.warn(
        { subscription: subscription.name, error: plainError(thrown) },
        "a member could not say that it leaves",
      );
    }
  }

  async #join(): Promise<number> {
    const { store, subscription: { name, from }, member } = this.#options;
    this.#epoch = await store.joinGroup(name, member, await positionOf(store, from));
    return this.#epoch;
  }

  /** One beat. True when the next one is due at once. */
  async #share(): Promise<boolean> {
    const { store, subscription, clock } = this.#options;
    const epoch = this.#epoch ?? await this.#join();
    await this.#moveIdle([...this.#held.values()]);
    await this.#release();
    const began = clock.now();
    const share = await store.shareGroup(subscription.name, epoch);
    if (share === undefined) {
      this.#epoch = undefined;
      this.#held.clear();
      this.#leaving.clear();
      return true;
    }
    this.#heldUntil = began + LEASE_MS;
    this.#take(share);
    for (const partition of this.#held.values()) this.#enqueue(partition);
    this.#run();
    this.#reader?.wake();
    if (share.held.length < share.fairShare) clock.schedule(ASK_AGAIN_MS, () => this.#beat?.wake());
    return [...this.#leaving.keys()].some((number) => !this.#active.has(number));
  }

  #take({ held, fairShare, hasRedrives }: GroupShare): void {
    const tokens = new Map(held.map(({ partition, token }) => [partition, token]));
    for (const partitions of [this.#held, this.#leaving]) {
      for (const [number, { claim }] of partitions) if (tokens.get(number) !== claim.token) partitions.delete(number);
    }
    for (const cursor of held) {
      const { partition: number } = cursor;
      if (this.#held.has(number) || this.#leaving.has(number)) continue;
      this.#held.set(number, new Partition(this.#options, cursor));
    }
    const excess = Math.max(0, this.#held.size - fairShare);
    for (const [number, partition] of [...this.#held].slice(0, excess)) {
      this.#held.delete(number);
      this.#leaving.set(number, partition);
    }
    if (hasRedrives) { for (const partition of this.#held.values()) partition.redrive(); }
  }

  async #release(): Promise<void> {
    const { store, subscription } = this.#options;
    const free = [...this.#leaving.values()].filter(({ claim }) => !this.#active.has(claim.partition));
    if (free.length === 0) return;
    await this.#moveIdle(free);
    await store.releasePartitions(subscription.name, free.map(({ claim }) => claim));
    for (const { claim } of free) this.#leaving.delete(claim.partition);
  }

  /** Writes down how far partitions have come in which nothing happens. */
  async #moveIdle(partitions: readonly Partition[]): Promise<void> {
    const { store, subscription } = this.#options;
    const idle = partitions.filter(({ claim }) => !this.#active.has(claim.partition));
    const marks = idle.flatMap(({ idleMark }) => idleMark ?? []);
    if (marks.length === 0) return;
    // Meanwhile they have no turn: two writers of one cursor would each think that it was taken away.
    const moving = store.movePartitions(subscription.name, marks);
    for (const { partition } of marks) this.#active.set(partition, moving.then(() => {}, () => {}));
    try {
      const moved = new Set(await moving);
      for (const { partition, position } of marks) {
        if (moved.has(partition)) idle.find(({ claim }) => claim.partition === partition)?.moved(position);
      }
    } finally {
      for (const { partition } of marks) this.#active.delete(partition);
      this.#run();
    }
  }

  /** Reads on for all partitions. True when there may be more. */
  async #read(): Promise<boolean> {
    const { store, subscription } = this.#options;
    // Who joins while the log is read may lack what was before, and is not offered what comes after.
    const held = new Map(this.#held);
    const queued = [...held.values()].reduce((sum, partition) => sum + partition.queued, 0);
    if (held.size === 0 || queued >= MOST_QUEUED || this.#isStopping) return false;
    const after = Math.min(...[...held.values()].map(({ offered }) => offered));
    const events = await store.readAll({ after, limit: READ_BATCH });
    const last = events.at(-1);
    if (last === undefined) return false;
    for (const event of events) {
      if (!isWanted(subscription, event)) continue;
      const key = keyOf(subscription, event);
      held.get(partitionOf(key))?.offer(key, event);
    }
    for (const partition of held.values()) {
      partition.lookedThrough(last.position);
      this.#enqueue(partition);
    }
    this.#run();
    return events.length === READ_BATCH;
  }

  #enqueue(partition: Partition): void {
    const isHeld = this.#held.get(partition.claim.partition) === partition;
    if (isHeld && partition.hasWork && !this.#pausing.has(partition)) this.#ready.add(partition);
  }

  /** Begins as many turns as may be. */
  #run(): void {
    const { clock, concurrency } = this.#options;
    if (this.#isStopping || clock.now() >= this.#heldUntil) return;
    for (const partition of this.#ready) {
      const { partition: number } = partition.claim;
      if (this.#active.size >= concurrency) return;
      if (this.#active.has(number)) continue;
      this.#ready.delete(partition);
      if (this.#held.get(number) === partition) this.#active.set(number, this.#turn(partition));
    }
  }

  async #turn(partition: Partition): Promise<void> {
    const { clock } = this.#options;
    const after = await partition.turn();
    const { partition: number } = partition.claim;
    this.#active.delete(number);
    if (after === "lost") {
      if (this.#held.get(number) === partition) this.#held.delete(number);
      this.#beat?.wake();
    } else if (after.waitMs > 0 && !this.#isStopping) {
      const resume = () => {
        this.#pausing.delete(partition);
        this.#enqueue(partition);
        this.#run();
      };
      this.#pausing.set(partition, clock.schedule(after.waitMs, resume));
    } else this.#enqueue(partition);
    if (this.#leaving.has(number)) this.#beat?.wake();
    this.#reader?.wake();
    this.#run();
  }
}

function isWanted({ types, events }: Subscription, event: StoredEvent): boolean {
  const type = event.stream.slice(0, event.stream.indexOf("/"));
  return types.includes(type) && (events === undefined || events.includes(event.type));
}

/** An event that its key cannot be made from stays in its stream's order; its handler will fail on it, most likely. */
function keyOf(subscription: Subscription, event: StoredEvent): string {
  try {
    return subscription.key?.(event) ?? event.stream;
  } catch {
    return event.stream;
  }
}

/** The same for ever: cursors depend on it. */
function partitionOf(key: string): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) % PARTITIONS;
}
