/** Which folder the data lives in, and whether it is ours to use. */
import { createHash } from "node:crypto";
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StatewrightError } from "../../kernel/errors.ts";
import { canEnter, ownUid, type PostgresUser } from "./postgres-user.ts";

/** Where temporary files survive a restart of the machine. */
const LASTING_TEMPORARY_FILES = "/var/tmp";

export interface DataFolder {
  /** Absolute. It exists, we may write in it, and the Postgres user may enter it. */
  readonly path: string;
  /** The folder that was asked for, when the Postgres user cannot reach it. */
  readonly insteadOf?: string;
}

/** The part of a data folder that belongs to PostgreSQL's user, readable by nobody else. */
export function postgresFolder(dataFolder: string): string {
  return join(dataFolder, "postgres");
}

/**
 * Finds or makes the data folder: the wanted one, or where that cannot be used one under /var/tmp that is named after it.
 * Throws `USAGE` when the wanted path is no folder, `UNAVAILABLE` when the data belongs to somebody else.
 */
export async function openDataFolder(wanted: string, user: PostgresUser): Promise<DataFolder> {
  const path = resolve(wanted);
  if (await prepare(path, user)) return { path };
  const digest = createHash("sha256").update(path).digest("hex").slice(0, 12);
  const instead = join(LASTING_TEMPORARY_FILES, `statewright-${ownUid()}-${digest}`);
  makePrivately(instead);
  refuseForeignData(instead, user);
  return { path: instead, insteadOf: path };
}

async function prepare(path: string, user: PostgresUser): Promise<boolean> {
  const known = statSync(path, { throwIfNoEntry: false });
  if (known !== undefined && !known.isDirectory()) {
    throw new StatewrightError("USAGE", `STATEWRIGHT_DATA: ${path} is not a folder. Name one, or a path that is free.`);
  }
  if (known === undefined) {
    if (!(await canEnter(user, nearestFolder(path)))) return false;
    if (!make(path)) return false;
  }
  refuseForeignData(path, user);
  return isWritable(path) && await canEnter(user, path);
}

function nearestFolder(path: string): string {
  let folder = path;
  while (!statSync(folder, { throwIfNoEntry: false })?.isDirectory() && folder !== dirname(folder)) {
    folder = dirname(folder);
  }
  return folder;
}

function make(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true });
    // Whatever the umask says: others (the Postgres user) may pass through, and see nothing.
    chmodSync(path, 0o711);
    return true;
  } catch (thrown) {
    if (["EACCES", "EPERM", "EROFS", "ENOTDIR"].includes(errorCode(thrown))) return false;
    throw thrown;
  }
}

/** Anybody can make a folder of a foreseeable name under /var/tmp, so it is used only when it is really ours. */
function makePrivately(path: string): void {
  try {
    mkdirSync(path);
    chmodSync(path, 0o711);
  } catch (thrown) {
    if (errorCode(thrown) !== "EEXIST") throw thrown;
  }
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== ownUid() || (found.mode & 0o022) !== 0) {
    throw new StatewrightError(
      "UNAVAILABLE",
      `${path} was not made by this user. Remove it, or set STATEWRIGHT_DATA to a folder of your own.`,
    );
  }
}

function refuseForeignData(path: string, user: PostgresUser): void {
  const data = statSync(postgresFolder(path), { throwIfNoEntry: false });
  if (data === undefined) return;
  if (data.uid === (user.uid ?? ownUid()) && isWritable(path)) return;
  throw new StatewrightError(
    "UNAVAILABLE",
    `The data in ${path} belongs to another user (uid ${statSync(path).uid}; this is uid ${ownUid()}). ` +
      "Start as that user, or set STATEWRIGHT_DATA to a folder of your own.",
  );
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}
