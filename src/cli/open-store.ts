/** Finds the store as `npm start` does: DATABASE_URL, else the embedded PostgreSQL, running already or not. */
import { type Config, readConfig } from "../config.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { type EmbeddedPostgres, findRunning, startEmbeddedPostgres } from "../store/embedded/embedded-postgres.ts";
import { migrate, migrationState } from "../store/postgres/migrate.ts";
import { openPostgresStore, type PostgresStore } from "../store/postgres/postgres-store.ts";

export interface OpenStore {
  readonly store: PostgresStore;
  /** Where it is: a secret. */
  readonly url: string;
  /** Present when this process runs the server itself. */
  readonly embedded: EmbeddedPostgres | undefined;
  /** The migrations that were missing and have been applied. */
  readonly applied: readonly string[];
  /** Closes the store, and ends the server when it is ours. */
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  /** What this process is called in messages to others that want the same data. */
  readonly command: string;
  /** Throw away what is stored. Only the embedded server's data can be. */
  readonly fresh?: boolean;
  /** Use an embedded server that another process runs. Otherwise that is an error. */
  readonly share: boolean;
  /** Migrate whatever it is. Otherwise a server that belongs to somebody else has to be as this version needs it. */
  readonly migrate?: boolean;
}

/** Each durable subscription may use four at once, each read model one; made when they are first needed. */
const CONNECTIONS = 16;

/**
 * Opens the store. Our own embedded server is migrated on the way.
 * @throws StatewrightError `UNAVAILABLE` when there is no server to be had, `ALREADY_EXISTS` when another process uses
 * the data, `USAGE` when what is configured cannot work
 */
export async function openStore(config: Config, options: OpenStoreOptions): Promise<OpenStore> {
  const { url, embedded } = await findDatabase(config, options);
  try {
    const store = await connect(config, url);
    await refuseOther(url, embedded !== undefined || options.migrate === true);
    const applied = await migrate(url);
    return {
      store,
      url,
      embedded,
      applied,
      async close() {
        await store.close();
        await embedded?.stop();
      },
    };
  } catch (thrown) {
    await embedded?.stop();
    throw thrown;
  }
}

/** Runs a command's work on the store of this configuration, and closes it afterwards. */
export async function withStore<Answer>(
  work: (store: PostgresStore, url: string) => Promise<Answer>,
): Promise<Answer> {
  const { store, url, close } = await openStore(readConfig(), { command: "npm run statewright", share: true });
  try {
    return await work(store, url);
  } finally {
    await close();
  }
}

interface Database {
  readonly url: string;
  readonly embedded?: EmbeddedPostgres;
}

async function findDatabase(config: Config, { command, fresh = false, share }: OpenStoreOptions): Promise<Database> {
  if (config.databaseUrl !== undefined) {
    if (!fresh) return { url: config.databaseUrl };
    throw new StatewrightError(
      "USAGE",
      "--fresh is for the embedded PostgreSQL; what is behind DATABASE_URL is yours to empty.",
    );
  }
  const running = share ? await findRunning(config.dataFolder) : undefined;
  if (running?.databaseUrl !== undefined) return { url: running.databaseUrl };
  const embedded = await startEmbeddedPostgres({ dataFolder: config.dataFolder, fresh, command });
  return { url: embedded.url, embedded };
}

async function connect(config: Config, url: string): Promise<PostgresStore> {
  try {
    return await openPostgresStore({ url, connections: CONNECTIONS });
  } catch (thrown) {
    const error = StatewrightError.from(thrown);
    if (config.databaseUrl === undefined || error.code === "USAGE") throw error;
    throw new StatewrightError(
      "UNAVAILABLE",
      `DATABASE_URL: ${serverOf(url)} cannot be used (${reasonOf(error)}). ` +
        "Start that server or correct the URL; without DATABASE_URL an embedded PostgreSQL is used.",
      { cause: thrown },
    );
  }
}

/** A database that this version would misread, or that is not ours to change, is left alone. */
async function refuseOther(url: string, mayMigrate: boolean): Promise<void> {
  const { pending, unknown } = await migrationState(url);
  if (unknown.length > 0) {
    throw new StatewrightError(
      "UNAVAILABLE",
      `The database was migrated by a newer version (${unknown.join(", ")}), which this one does not know. ` +
        "Run that version here too.",
    );
  }
  if (pending.length === 0 || mayMigrate) return;
  const which = pending.length === 1
    ? `migration ${pending[0]}`
    : `${pending.length} migrations (${pending[0]} to ${pending.at(-1)})`;
  throw new StatewrightError(
    "UNAVAILABLE",
    `The database lacks ${which}. With the same DATABASE_URL, run: npm run migrate`,
  );
}

/** Without user and password. */
export function serverOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}

/** What the network or the server said; a failed try of several addresses has a code but no message. */
function reasonOf({ message, cause }: StatewrightError): string {
  if (!(cause instanceof Error)) return message;
  return cause.message || ("code" in cause ? String(cause.code) : message);
}
