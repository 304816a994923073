/** The store in Postgres, with failpoints around what it writes and claims. */
import {
  openPostgresStore as open,
  type PostgresStore,
  type PostgresStoreOptions,
} from "../../../../src/store/postgres/postgres-store.ts";
import type { AppendRun } from "../../../../src/store/store.ts";
import { passing } from "../failpoint.ts";

export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const store = await open(options);
  return { ...store, ...appends(store), ...claims(store), ...readers(store), ...leaving(store) };
}

function appends(store: PostgresStore): Pick<PostgresStore, "append" | "saveSnapshot"> {
  return {
    async append(node, runs) {
      const kinds = kindsOf(runs);
      for (const kind of kinds) passing(`${kind} before commit`);
      const results = await store.append(node, runs);
      for (const kind of kinds) passing(`${kind} after commit`);
      return results;
    },
    async saveSnapshot(snapshot) {
      passing("snapshot before write");
      await store.saveSnapshot(snapshot);
      passing("snapshot after write");
    },
  };
}

/** What a group of runs is about. */
function kindsOf(runs: readonly AppendRun[]): ("append" | "timer" | "outcome" | "waiting row")[] {
  const events = runs.flatMap(({ events }) => events);
  const isTimer = events.some(({ type }) => type === "TimerFired");
  const isOutcome = events.some(({ type, metadata }) => type !== "TimerFired" && metadata.includes('"settles"'));
  return [
    ...events.length > 0 ? ["append" as const] : [],
    ...isTimer ? ["timer" as const] : [],
    ...isOutcome ? ["outcome" as const] : [],
    ...runs.some(({ events }) => events.length === 0) ? ["waiting row" as const] : [],
  ];
}

function claims(store: PostgresStore): Pick<PostgresStore, "claimDue" | "claimOrphans" | "advanceLease"> {
  return {
    async claimDue(...asked) {
      const claimed = await store.claimDue(...asked);
      if (claimed.rows.length > 0) passing("timer claimed");
      return claimed;
    },
    async claimOrphans(...asked) {
      const rows = await store.claimOrphans(...asked);
      if (rows.length > 0) passing("orphans claimed");
      return rows;
    },
    async advanceLease(...asked) {
      passing("relay before checkpoint");
      const lease = await store.advanceLease(...asked);
      passing("relay after checkpoint");
      return lease;
    },
  };
}

function readers(store: PostgresStore): Pick<PostgresStore, "fold" | "advancePartition"> {
  return {
    async fold(reader, options, work) {
      const folded = await store.fold(reader, options, async (turn) => {
        await work(turn);
        passing("projection before checkpoint");
      });
      if (folded.events > 0) passing("projection after checkpoint");
      return folded;
    },
    async advancePartition(name, cursor, to, work) {
      const moved = await store.advancePartition(name, cursor, to, async (transaction) => {
        await work(transaction);
        passing("subscription before cursor");
      });
      passing("subscription after cursor");
      return moved;
    },
  };
}

function leaving(store: PostgresStore): Pick<PostgresStore, "retire" | "leave"> {
  return {
    async retire(epoch) {
      passing("drain before retiring");
      await store.retire(epoch);
      passing("drain after retiring");
    },
    async leave(epoch) {
      passing("drain before leaving");
      await store.leave(epoch);
      passing("drain after leaving");
    },
  };
}
