import { afterAll, beforeAll, describe } from "vitest";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { freshDatabase, type TestDatabase } from "../support/postgres.ts";
import { storeContract } from "./store.ts";

let database: TestDatabase;
let stores: PostgresStore[];

beforeAll(async () => {
  database = await freshDatabase();
  stores = [
    await openPostgresStore({ url: database.url }),
    await openPostgresStore({ url: database.url, connections: 3 }),
  ];
});

afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});

/** The database's clock cannot be moved, but everything that is compared with it can. */
async function passTime(byMs: number): Promise<void> {
  await database.query(`
    update subscription_members set seen_at = seen_at - interval '${byMs} ms';
    update nodes set seen_at = seen_at - interval '${byMs} ms';
    update leases set held_until = held_until - interval '${byMs} ms';
    update waiting set due = due - interval '${byMs} ms';
    update request_keys set recorded_at = recorded_at - interval '${byMs} ms'`);
}

/** Events refuse to be thrown away, so a test has to say that it really means it. */
async function empty(): Promise<void> {
  await database.query(`
    alter table events disable trigger events_are_facts;
    truncate events, waiting, nodes, leases, request_keys, dead_letters, audit, checkpoints, subscription_members, subscription_partitions, parked restart identity;
    alter table events enable always trigger events_are_facts`);
}

describe("the Postgres store", () => {
  storeContract(async () => {
    await empty();
    return { store: stores[0]!, other: stores[1]!, passTime, dispose: async () => {} };
  });
});
