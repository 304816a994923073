/** The package as others get it: packed, and installed in an empty project. */
import { execFile } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { REPOSITORY } from "./programs.ts";

const run = promisify(execFile);

/** What packing reads. */
const SOURCES = ["package.json", "tsconfig.json", "tsconfig.build.json", "src", "machines", "migrations", "docs"];
const TEXTS = ["README.md", "LICENSE", "CHANGELOG.md"];

/** A registry that cannot be reached, which is no fault of the package's. */
const UNREACHABLE = /\b(ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT)\b/;

const BINARIES = join(REPOSITORY, "node_modules/.bin");
export const DENO = globSync("node_modules/@deno/*/deno", { cwd: REPOSITORY }).map((path) => join(REPOSITORY, path))[0];

/** This process's environment without what npm tells its scripts about this very package. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) =>
    !/^(npm_(package|lifecycle|command|node)_?|npm_config_local_prefix|INIT_CWD|NODE_ENV|NODE_OPTIONS|VITEST)/.test(
      name,
    )
  );
  const path = `${BINARIES}${delimiter}${process.env["PATH"] ?? ""}`;
  return { ...Object.fromEntries(kept), PATH: path, npm_config_update_notifier: "false" };
}

/** Runs a program to its end in a folder; answers what it printed, rejects with all of it when it fails. */
export async function execute(
  folder: string,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  try {
    const options = { cwd: folder, env: { ...environment(), ...env }, timeout: 60_000, maxBuffer: 16 * 1024 * 1024 };
    return (await run(command, args, options)).stdout;
  } catch (thrown) {
    const { message, stdout, stderr } = thrown as Error & { stdout: string; stderr: string };
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: thrown });
  }
}

/** Packs a copy, so that nothing is built in the repository. Answers the tarball's path and what is in it. */
export async function pack(folder: string): Promise<{ tarball: string; files: string[] }> {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  for (const name of [...SOURCES, ...TEXTS]) cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(copy, "node_modules"));
  await execute(copy, "npm", ["pack", "--silent", "--pack-destination", folder]);
  const { name, version } = JSON.parse(readFileSync(join(copy, "package.json"), "utf8")) as Record<string, string>;
  const tarball = join(folder, `${name}-${version}.tgz`);
  const listing = await execute(folder, "tar", ["-tzf", tarball]);
  return { tarball, files: listing.trim().split("\n").map((path) => path.replace(/^package\//, "")).sort() };
}

/** Installs the tarball in a new project. Answers why not when the registry cannot be reached. */
export async function install(tarball: string, project: string): Promise<string | undefined> {
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  const flags = ["--omit=optional", "--prefer-offline", "--no-audit", "--no-fund", "--fetch-retries=0"];
  try {
    await execute(project, "npm", ["install", tarball, ...flags, "--fetch-timeout=20000"]);
    return undefined;
  } catch (thrown) {
    const { message } = thrown as Error;
    const why = UNREACHABLE.exec(message)?.[0];
    if (why === undefined) throw thrown;
    return `the registry cannot be reached (${why}); once it can: npx vitest run test/pack.test.ts`;
  }
}
