/**
 * Finds a nats-server on a machine without Docker: the one that is named, the one on the PATH, else Debian's package,
 * unpacked into a cache of this user's. No npm package carries it, and none of this needs root.
 */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A binary to run, or why there is none, for people. */
export type NatsBinary = { readonly path: string } | { readonly missing: string };

const run = promisify(execFile);
const PACKAGE_TIMEOUT_MS = 120_000;

/** @param named what NATS_SERVER_BIN says; then nothing else is tried */
export async function findNatsServer(named: string | undefined): Promise<NatsBinary> {
  if (named !== undefined) {
    return await answers(named) ? { path: named } : { missing: `NATS_SERVER_BIN: ${named} is no nats-server` };
  }
  if (await answers("nats-server")) return { path: "nats-server" };
  try {
    return { path: await unpackedPackage() };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.trim().replaceAll(/\s*\n\s*/g, "; ") : String(thrown);
    return {
      missing: "There is no nats-server on the PATH, and Debian's package could not be had " +
        `(${reason}). Name one by NATS_SERVER_BIN`,
    };
  }
}

async function answers(binary: string): Promise<boolean> {
  return await run(binary, ["--version"], { timeout: 10_000 }).then(
    ({ stdout }) => stdout.startsWith("nats-server"),
    () => false,
  );
}

/** Several processes may come here at once: each unpacks for itself, and the first to finish puts its folder in place. */
async function unpackedPackage(): Promise<string> {
  const cache = ownFolder(join(tmpdir(), `statewright-nats-${userInfo().uid}`));
  const unpacked = join(cache, "package");
  const binary = join(unpacked, "usr", "sbin", "nats-server");
  if (existsSync(binary)) return binary;

  const draft = mkdtempSync(join(cache, "draft-"));
  try {
    await download(draft);
    const file = readdirSync(draft).find((name) => name.endsWith(".deb"));
    if (file === undefined) throw new Error("apt-get download left no file");
    await run("dpkg", ["-x", file, "package"], { cwd: draft, timeout: PACKAGE_TIMEOUT_MS });
    try {
      renameSync(join(draft, "package"), unpacked);
    } catch (thrown) {
      if (!existsSync(binary)) throw thrown;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  if (!await answers(binary)) throw new Error(`${binary} does not run`);
  return binary;
}

/** A machine that has never asked for its packages' list knows no packages; only root may ask. */
async function download(folder: string): Promise<void> {
  const fetch = () => run("apt-get", ["download", "nats-server"], { cwd: folder, timeout: PACKAGE_TIMEOUT_MS });
  try {
    await fetch();
  } catch {
    await run("apt-get", ["update"], { timeout: PACKAGE_TIMEOUT_MS });
    await fetch();
  }
}

/** A folder under the shared one for temporary files, in which nobody else can have put a program for us to run. */
function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (statSync(path).uid !== userInfo().uid) throw new Error(`${path} belongs to somebody else`);
  chmodSync(path, 0o700);
  return path;
}
