/** The database cluster on disk: made once, kept between starts. */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Binaries } from "./binaries.ts";
import { postgresFolder } from "./data-folder.ts";
import { type PostgresUser, runAs } from "./postgres-user.ts";

export const DATABASE_USER = "statewright";

export interface Cluster {
  /** Holds what follows; readable by PostgreSQL's user only. */
  readonly folder: string;
  readonly data: string;
  readonly log: string;
  readonly password: string;
}

/** Makes the cluster unless it is there. Call it only while holding the data folder's lock. */
export async function ensureCluster(dataFolder: string, binaries: Binaries, user: PostgresUser): Promise<Cluster> {
  const cluster = describeCluster(dataFolder);
  if (!existsSync(cluster.folder)) mkdirSync(cluster.folder, { mode: 0o700 });
  giveTo(user, cluster.folder, 0o700);
  const password = ensurePassword(cluster, user);
  if (!existsSync(cluster.data)) await initialise(cluster, binaries, user);
  return { ...cluster, password };
}

/** Where the cluster of a data folder is; its password is read when it exists. */
export function describeCluster(dataFolder: string): Cluster {
  const folder = postgresFolder(dataFolder);
  const passwordFile = join(folder, "password");
  return {
    folder,
    data: join(folder, "data"),
    log: join(folder, "postgres.log"),
    password: existsSync(passwordFile) ? readFileSync(passwordFile, "utf8").trim() : "",
  };
}

/** Throws away what is stored. The server must be down. */
export function removeCluster(dataFolder: string): void {
  remove(describeCluster(dataFolder).folder);
}

/** A killed start's initdb may go on writing for a moment. Tried again here, because Deno knows no `maxRetries`. */
function remove(folder: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1;; attempt++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (thrown) {
      if (attempt === 20 || (thrown as { code?: string }).code !== "ENOTEMPTY") throw thrown;
      Atomics.wait(pause, 0, 0, 100);
    }
  }
}

function ensurePassword(cluster: Cluster, user: PostgresUser): string {
  if (cluster.password !== "") return cluster.password;
  const password = randomBytes(24).toString("base64url");
  const file = join(cluster.folder, "password");
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  giveTo(user, file, 0o600);
  return password;
}

async function initialise(cluster: Cluster, binaries: Binaries, user: PostgresUser): Promise<void> {
  for (const name of readdirSync(cluster.folder)) {
    if (name.endsWith(".draft")) remove(join(cluster.folder, name));
  }
  // Made under another name, so that a start that was killed half-way leaves no half of a cluster.
  const draft = `${cluster.data}.${process.pid}.draft`;
  const initdb = runAs(user, join(binaries.bin, "initdb"), [
    `--pgdata=${draft}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${join(cluster.folder, "password")}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
  ], { cwd: cluster.folder, timeoutMs: 120_000 });
  await initdb.catch((thrown: unknown) => {
    const said = StatewrightError.from(thrown).message.trim().split("\n").at(-1);
    throw new StatewrightError(
      "UNAVAILABLE",
      `The embedded PostgreSQL cannot make its data in ${cluster.folder} (${said}). ` +
        "Set DATABASE_URL to a server of your own, or STATEWRIGHT_DATA to another folder.",
      { cause: thrown },
    );
  });
  renameSync(draft, cluster.data);
}

function giveTo(user: PostgresUser, path: string, mode: number): void {
  chmodSync(path, mode);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid);
}
