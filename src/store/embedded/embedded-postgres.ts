/** A real PostgreSQL of our own, for those who bring none. */
import { StatewrightError } from "../../kernel/errors.ts";
import { installBinaries } from "./binaries.ts";
import { type Cluster, DATABASE_USER, describeCluster, ensureCluster, removeCluster } from "./cluster.ts";
import { openDataFolder } from "./data-folder.ts";
import { claimFolder, type FolderLock, type Holder, holderOf } from "./folder-lock.ts";
import { postgresUser } from "./postgres-user.ts";
import { runningPort, type Server, startServer, stopLeftover } from "./server.ts";

export interface EmbeddedPostgres {
  /** `postgres://user:password@127.0.0.1:port/postgres`: a secret. */
  readonly url: string;
  /** `18.4` */
  readonly version: string;
  /** Where the data is. */
  readonly folder: string;
  /** The folder that was asked for, when PostgreSQL's user cannot reach it. */
  readonly insteadOf?: string;
  /** Resolves when the server has ended, asked to or not. */
  readonly ended: Promise<void>;
  /** Tells later processes on the same data where this one serves. */
  announce(url: string): void;
  /** Ends the server, cleanly, and lets the folder go. A process that dies without it has the same done for it. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Made when it does not exist. */
  readonly dataFolder: string;
  /** Throw away what is stored in it first. */
  readonly fresh?: boolean;
  /** What this process is called in messages to others that want the folder. */
  readonly command?: string;
}

/**
 * Starts PostgreSQL on a data folder and waits until it takes connections.
 * Throws `ALREADY_EXISTS` when a living process uses the folder, `UNAVAILABLE` when the server cannot be started or the
 * data is somebody else's, `USAGE` when the folder cannot be one.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = postgresUser();
  const { path, insteadOf } = await openDataFolder(options.dataFolder, user);
  const lock = claim(path, options.command ?? "statewright");
  try {
    const binaries = installBinaries(path);
    await stopLeftover(describeCluster(path), binaries, user);
    if (options.fresh) removeCluster(path);
    const cluster = await ensureCluster(path, binaries, user);
    const server = await startServer(cluster, binaries, user);
    return {
      url: urlOf(cluster, server.port),
      version: binaries.version,
      folder: path,
      ...(insteadOf === undefined ? {} : { insteadOf }),
      ended: server.ended,
      announce: lock.announce,
      stop: () => stopAndRelease(server, lock),
    };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

/** Another process that uses a data folder. */
export interface RunningElsewhere {
  readonly holder: Holder;
  /** Its database, once that takes connections. */
  readonly databaseUrl: string | undefined;
}

/** Who else uses this data folder, if anybody does. */
export async function findRunning(dataFolder: string): Promise<RunningElsewhere | undefined> {
  const { path } = await openDataFolder(dataFolder, postgresUser());
  const holder = holderOf(path);
  if (holder === undefined) return undefined;
  const cluster = describeCluster(path);
  const port = runningPort(cluster);
  return { holder, databaseUrl: port === undefined ? undefined : urlOf(cluster, port) };
}

function claim(folder: string, command: string): FolderLock {
  const claimed = claimFolder(folder, command);
  if (claimed.outcome === "claimed") return claimed.lock;
  const { pid, command: other, url } = claimed.holder;
  throw new StatewrightError(
    "ALREADY_EXISTS",
    `${other} already runs on the data in ${folder}: process ${pid}${url === null ? ", starting" : ` at ${url}`}. ` +
      "Use that one, end it first, or set STATEWRIGHT_DATA to another folder.",
  );
}

async function stopAndRelease(server: Server, lock: FolderLock): Promise<void> {
  await server.stop();
  lock.release();
}

function urlOf(cluster: Cluster, port: number): string {
  return `postgres://${DATABASE_USER}:${cluster.password}@127.0.0.1:${port}/postgres`;
}
