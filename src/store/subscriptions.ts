/**
 * What durable subscriptions keep: cursors into the log, in partitions that the members of a group share.
 *
 *  1. A partition has at most one holder, and each claim of it has a higher token than the one before.
 *  2. A cursor moves only under the token of the newest claim, and only forward; only a reset moves it back.
 *  3. Who is alive is judged by the store's clock: a member is dead {@link LEASE_MS} after its last beat.
 */
import type { ReaderTransaction, Transaction } from "./transaction.ts";

export const LEASE_MS = 5_000;

/** Into how many partitions a subscription's keys fall: the most members that can share its work. */
export const PARTITIONS = 16;

/** One partition in one member's hand. */
export interface PartitionClaim {
  readonly partition: number;
  readonly token: number;
}

/** A claim with its cursor: everything up to `position` is behind it. */
export interface PartitionCursor extends PartitionClaim {
  readonly position: number;
}

/** What a member is told at each beat. */
export interface GroupShare {
  readonly held: readonly PartitionCursor[];
  /** How many partitions it should hold. What it holds beyond, it lets go of when it has put it in order. */
  readonly fairShare: number;
  /** True while parked events wait to be tried again. */
  readonly hasRedrives: boolean;
}

export interface SubscriptionStatus {
  readonly name: string;
  /** The lowest cursor. */
  readonly position: number;
  /** Living members. */
  readonly members: number;
  readonly parked: number;
}

export interface Subscriptions {
  /**
   * Joins the group of a subscription; a name that is new begins after `position`. Another member of the same name is
   * dead at once, so that a restarted process goes on without waiting.
   * @returns the member's epoch
   */
  joinGroup(subscription: string, member: string, position: number): Promise<number>;
  /** Says that a member is alive, and claims what is free up to its fair share. Undefined: it is dead, and has to join again. */
  shareGroup(subscription: string, epoch: number): Promise<GroupShare | undefined>;
  /** Ends a membership; what it holds is free. */
  leaveGroup(subscription: string, epoch: number): Promise<void>;
  /** Lets go of partitions. */
  releasePartitions(subscription: string, claims: readonly PartitionClaim[]): Promise<void>;
  /** Moves cursors. Answers the partitions that were moved; the others are held by somebody else, or being reset. */
  movePartitions(subscription: string, cursors: readonly PartitionCursor[]): Promise<number[]>;
  /**
   * Moves one cursor to a position and does some work in the same transaction. False, and nothing is done, when the
   * cursor is no longer where it was or what it was. When `work` rejects, nothing has happened.
   */
  advancePartition(
    subscription: string,
    cursor: PartitionCursor,
    to: number,
    work: (transaction: ReaderTransaction) => Promise<void>,
  ): Promise<boolean>;
  /**
   * Takes all partitions of a subscription back or forth to a position, and out of their holders' hands. Events after
   * it are no longer parked, since they come again.
   * @param prepare clears, in the same transaction, what a replay would write twice
   * @throws StatewrightError `NOT_FOUND`
   */
  resetSubscription(
    subscription: string,
    position: number,
    prepare?: (transaction: Transaction) => Promise<void>,
  ): Promise<void>;
  /** All of them, by name. */
  subscriptions(): Promise<SubscriptionStatus[]>;
}
