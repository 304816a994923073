/**
 * An effectively-once subscriber of everything, shared by two processes' worth of members: it writes down each event
 * with a number of its own, in a table that would take any event twice.
 */
import { expect } from "vitest";
import { systemClock as clock } from "../../src/kernel/clock.ts";
import { silentLogger as logger } from "../../src/kernel/logger.ts";
import { createSubscriber, type Subscriber } from "../../src/projection/subscriber.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import type { TestCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";

export interface Witness {
  /** Every committed event was handled exactly once, and those of each actor in their order. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

const TYPES = ["customer", "product", "stock", "order", "payment", "conversation"];

export async function startWitness(cluster: TestCluster): Promise<Witness> {
  await cluster.query(
    "create table witness (n bigint generated always as identity, position bigint, stream text, version int)",
  );
  const members = [await startMember(cluster, "first"), await startMember(cluster, "second")];
  return {
    check: () => eventually(() => checkWitness(cluster), 60_000),
    async stop() {
      for (const { subscriber, store } of members) {
        await subscriber.stop();
        await store.close();
      }
    },
  };
}

async function startMember(
  cluster: TestCluster,
  member: string,
): Promise<{ subscriber: Subscriber; store: PostgresStore }> {
  const store = await openPostgresStore({ url: cluster.databaseUrl });
  const subscriber = createSubscriber({ store, member, clock, logger });
  await subscriber.subscribe({
    name: "witness",
    types: TYPES,
    from: "beginning",
    delivery: "effectively-once",
    async handle({ position, stream, version }, transaction) {
      await transaction.query("insert into witness (position, stream, version) values ($1, $2, $3)", [
        position,
        stream,
        version,
      ]);
    },
  });
  return { subscriber, store };
}

async function checkWitness({ query }: TestCluster): Promise<void> {
  const [counts] = await query(`
    select (select count(*) from events)::int as committed, count(*)::int as heard,
      count(distinct position)::int as different from witness`);
  const { committed, heard, different } = counts as Record<string, number>;
  expect({ heard, different }).toEqual({ heard: committed, different: committed });
  const disorder = await query(`
    select stream, version from (
      select stream, version, lag(version, 1, 0) over (partition by stream order by n) as before from witness
    ) as heard where version <> before + 1`);
  expect(disorder, "heard out of order").toEqual([]);
}
