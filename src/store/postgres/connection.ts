/** Connections to Postgres, with the time limits without which a stopped node could hold a lock for the whole cluster. */
import postgres from "postgres";
import { StatewrightError } from "../../kernel/errors.ts";
import { storeError } from "./failures.ts";

export type Parameter = string | number | boolean | null;

/** Runs one statement with `$1 …` parameters, prepared. bigint comes back as a string, timestamptz as a Date. */
export type Query = (text: string, parameters?: readonly Parameter[]) => Promise<Record<string, unknown>[]>;

/** A server's version: the number as Postgres counts (180004) and as people read it (18.4). */
export interface ServerVersion {
  readonly number: number;
  readonly text: string;
}

export interface ClientOptions {
  readonly url: string;
  readonly server: ServerVersion;
  readonly connections: number;
  readonly applicationName: string;
  /** The longest that one transaction may last, on servers that can watch it (17 and newer). */
  readonly transactionTimeoutMs: number;
  /** Further settings of the sessions. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called when a connection has ended, for whatever reason. */
  readonly onLost?: () => void;
}

const OLDEST_SERVER = 150_000;

/** A pool that connects when it is first used. */
export function openClient(options: ClientOptions): postgres.Sql {
  return postgres(options.url, {
    max: options.connections,
    connect_timeout: 5,
    keep_alive: 5,
    // How soon a lost server is tried again; postgres.js itself would wait up to 20 s.
    backoff: () => 0.2,
    // Arrays are never passed as arrays; without this each connection begins with one more round trip.
    fetch_types: false,
    onnotice: () => {},
    ...(options.onLost && { onclose: options.onLost }),
    connection: {
      application_name: options.applicationName,
      // Whatever the database's default is: the append functions need a fresh snapshot after its lock.
      default_transaction_isolation: "read committed",
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 10_000,
      // The server lets go of a node that has vanished from the network, and of its locks.
      tcp_user_timeout: 5_000,
      tcp_keepalives_idle: 5,
      tcp_keepalives_interval: 2,
      tcp_keepalives_count: 3,
      DateStyle: "ISO",
      ...(options.server.number >= 170_000 && { transaction_timeout: options.transactionTimeoutMs }),
      ...options.settings,
    },
  });
}

/** The pool for whatever is no append. */
export function openPool(url: string, server: ServerVersion, connections: number): postgres.Sql {
  return openClient({ url, server, connections, applicationName: "statewright", transactionTimeoutMs: 60_000 });
}

/**
 * Asks a server what it is.
 * @throws StatewrightError `UNAVAILABLE` when it does not answer, `USAGE` when it is too old
 */
export async function serverVersion(url: string): Promise<ServerVersion> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => {} });
  try {
    const [row] = await sql`
      select current_setting('server_version_num')::int as number, split_part(current_setting('server_version'), ' ', 1) as text`;
    const version = row as unknown as ServerVersion;
    if (version.number < OLDEST_SERVER) {
      throw new StatewrightError("USAGE", `PostgreSQL ${version.text} is too old: 15 or newer is needed`);
    }
    return version;
  } catch (thrown) {
    throw storeError(thrown);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The statements of a client or of one of its transactions, with our own errors. */
export function queryOn(sql: postgres.Sql | postgres.TransactionSql): Query {
  return async (text, parameters = []) => {
    try {
      return [...await sql.unsafe(text, [...parameters], { prepare: true })];
    } catch (thrown) {
      throw storeError(thrown);
    }
  };
}
