/** The event store in Postgres. */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import type { Histories } from "../histories.ts";
import type { ReadModels } from "../read-models.ts";
import type { Store } from "../store.ts";
import { createAppend } from "./append.ts";
import { createAppendCalls } from "./append-calls.ts";
import { APPEND_SETTINGS, createAppendConnection } from "./append-connection.ts";
import { createAppendHints } from "./append-hints.ts";
import { createAuditLog } from "./audit.ts";
import { openClient, openPool, queryOn, serverVersion } from "./connection.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { impatient } from "./deadline.ts";
import { createEventReader } from "./event-log.ts";
import { storeError } from "./failures.ts";
import { createHistories } from "./histories.ts";
import { createLeases } from "./leases.ts";
import { createSnapshots } from "./snapshots.ts";
import { createMachineRegistry } from "./machine-registry.ts";
import { createNodeRegistry, MEMBERS_CHANNEL } from "./node-registry.ts";
import { createParking } from "./parking.ts";
import { createReadModels } from "./read-models.ts";
import { createStanding } from "./standing.ts";
import { createSubscriptions } from "./subscriptions.ts";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`. The database has to be migrated (`migrate.ts`). */
  readonly url: string;
  /** Times the retries; what is due is decided by the database's clock. Default: the system's. */
  readonly clock?: Clock;
  /** Connections for everything but appends, which have one of their own, and hints, which have one too. Default 8. */
  readonly connections?: number;
}

export type PostgresStore = Store & ReadModels & Histories;

/**
 * Opens the store on a database.
 * @throws StatewrightError `UNAVAILABLE` when the server does not answer, `USAGE` when it is older than 15
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { url, clock = systemClock, connections = 8 } = options;
  const server = await serverVersion(url);
  const sql = openPool(url, server, connections);
  const query = impatient(queryOn(sql), clock);
  const connect = (applicationName: string, onLost: () => void) =>
    openClient({
      url,
      server,
      connections: 1,
      applicationName,
      transactionTimeoutMs: 10_000,
      settings: APPEND_SETTINGS,
      onLost,
    });
  const hints = createAppendHints(clock, () => query("select pg_notify('statewright_log', '')"));
  const { append, close } = createAppend(createAppendCalls(createAppendConnection(connect, clock)), hints, clock);
  const listen = async (channel: string, callback: () => void) => {
    try {
      // The second callback is called after each reconnect, when hints may have been missed.
      const { unlisten } = await sql.listen(channel, callback, callback);
      return unlisten;
    } catch (thrown) {
      throw storeError(thrown);
    }
  };

  return {
    description: `PostgreSQL ${server.text}`,
    append,
    ...createEventReader(query),
    ...createHistories(query),
    ...createSnapshots(query),
    ...createNodeRegistry(query),
    ...createLeases(query),
    ...createDeadLetters(query),
    ...createAuditLog(query),
    ...createStanding(query),
    ...createMachineRegistry(query),
    ...createReadModels(sql, query),
    ...createParking(query),
    ...createSubscriptions(sql, query),

    onAppended: (callback) => listen("statewright_log", callback),
    onMembersChanged: (callback) => listen(MEMBERS_CHANNEL, callback),

    ping: async (deadlineMs) => void await impatient(queryOn(sql), clock, deadlineMs)("select 1"),

    async close() {
      await Promise.all([close(), sql.end({ timeout: 2 })]);
    },
  };
}
