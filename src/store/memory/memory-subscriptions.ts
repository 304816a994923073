import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { LEASE_MS, type PartitionCursor, PARTITIONS, type Subscriptions } from "../subscriptions.ts";
import type { MemoryParking } from "./memory-parking.ts";

interface Partition {
  readonly number: number;
  position: number;
  holder: number | null;
  token: number;
  /** True within a transaction: nobody else can claim or move it. */
  locked: boolean;
}

interface Member {
  readonly name: string;
  readonly epoch: number;
  seenAt: number;
}

interface Group {
  readonly partitions: readonly Partition[];
  members: Member[];
}

/** Subscriptions in memory. A transaction has no tables here: it moves cursors, and parks. */
export function createMemorySubscriptions(clock: Clock, parking: MemoryParking): Subscriptions {
  const groups: Groups = new Map();
  return { ...createMembers(clock, groups, parking), ...createCursors(groups, parking) };
}

type Groups = Map<string, Group>;

type OfMembers = "joinGroup" | "shareGroup" | "leaveGroup" | "subscriptions";

function createMembers(clock: Clock, groups: Groups, parking: MemoryParking): Pick<Subscriptions, OfMembers> {
  let lastEpoch = 0;
  const alive = ({ members }: Group) => members.filter(({ seenAt }) => seenAt > clock.now() - LEASE_MS);

  return {
    async joinGroup(subscription, name, position) {
      const group = groups.get(subscription) ?? newGroup(position);
      groups.set(subscription, group);
      const member = { name, epoch: ++lastEpoch, seenAt: clock.now() };
      group.members = [...group.members.filter((other) => other.name !== name), member];
      return member.epoch;
    },

    async shareGroup(subscription, epoch) {
      const group = groupOf(groups, subscription);
      const living = alive(group);
      const me = living.find((member) => member.epoch === epoch);
      if (me === undefined) return undefined;
      me.seenAt = clock.now();
      const fairShare = shareOf(living, epoch);
      const held = group.partitions.filter(({ holder }) => holder === epoch);
      const free = group.partitions.filter(({ holder, locked }) =>
        !locked && holder !== epoch && !living.some((member) => member.epoch === holder)
      );
      for (const partition of free.slice(0, Math.max(0, fairShare - held.length))) {
        partition.holder = epoch;
        partition.token++;
        held.push(partition);
      }
      held.sort((a, b) => a.number - b.number);
      return { held: held.map(cursorOf), fairShare, hasRedrives: parking.hasRedrives(subscription) };
    },

    async leaveGroup(subscription, epoch) {
      const group = groupOf(groups, subscription);
      group.members = group.members.filter((member) => member.epoch !== epoch);
    },

    async subscriptions() {
      return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, group]) => ({
        name,
        position: Math.min(...group.partitions.map(({ position }) => position)),
        members: alive(group).length,
        parked: parking.count(name),
      }));
    },
  };
}

function createCursors(groups: Groups, parking: MemoryParking): Omit<Subscriptions, OfMembers> {
  return {
    async releasePartitions(subscription, claims) {
      for (const { partition, token } of claims) {
        const held = groupOf(groups, subscription).partitions[partition];
        if (held?.token === token) held.holder = null;
      }
    },

    async movePartitions(subscription, cursors) {
      return cursors.flatMap(({ partition, token, position }) => {
        const held = groupOf(groups, subscription).partitions[partition];
        if (held?.token !== token || held.locked) return [];
        held.position = Math.max(held.position, position);
        return [partition];
      });
    },

    async advancePartition(subscription, { partition, token, position }, to, work) {
      const held = groupOf(groups, subscription).partitions[partition];
      if (held?.token !== token || held.position !== position || held.locked) return false;
      held.locked = true;
      try {
        await parking.transact(subscription, partition, work);
        held.position = to;
      } finally {
        held.locked = false;
      }
      return true;
    },

    async resetSubscription(subscription, position, prepare) {
      const group = groupOf(groups, subscription);
      await prepare?.(parking.withoutTables);
      for (const partition of group.partitions) {
        Object.assign(partition, { position, holder: null, token: partition.token + 1 });
      }
      parking.forget(subscription, position);
    },
  };
}

function groupOf(groups: Groups, subscription: string): Group {
  const group = groups.get(subscription);
  if (group === undefined) throw new StatewrightError("NOT_FOUND", `There is no subscription "${subscription}"`);
  return group;
}

function newGroup(position: number): Group {
  const partitions = Array.from({ length: PARTITIONS }, (_, number): Partition => ({
    number,
    position,
    holder: null,
    token: 0,
    locked: false,
  }));
  return { partitions, members: [] };
}

/** What is left over goes to those who came first. */
function shareOf(living: readonly Member[], epoch: number): number {
  const before = living.filter((member) => member.epoch < epoch).length;
  return Math.floor(PARTITIONS / living.length) + (before < PARTITIONS % living.length ? 1 : 0);
}

function cursorOf({ number, token, position }: Partition): PartitionCursor {
  return { partition: number, token, position };
}
