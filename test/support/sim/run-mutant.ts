/** Runs the simulation, or a test, on a copy of the sources in which one bug was planted, until something goes wrong. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENGINE_ARGS, REPOSITORY } from "../programs.ts";
import type { Mutant } from "./mutants.ts";
import type { Flaw } from "./world.ts";

/** What the simulation and the tests are made of. */
const COPIED = ["src", "machines", "migrations", "package.json", "test", "vitest.config.ts"];
const MAX_MS = 15 * 60_000;

export interface Verdict {
  readonly mutant: string;
  /** The invariant, or the test, that caught it; undefined: it survived. */
  readonly caughtBy: string | undefined;
  /** The seeds that it took; 0 when a test was asked. */
  readonly runs: number;
  readonly seconds: number;
}

/** The file with the bug in it. Throws when the piece to be replaced is not there exactly once. */
export function planted({ file, find, replace, name }: Mutant): string {
  const text = readFileSync(join(REPOSITORY, file), "utf8");
  const pieces = text.split(find);
  if (pieces.length !== 2) throw new Error(`"${name}": its piece stands ${pieces.length - 1} times in ${file}`);
  return pieces.join(replace);
}

/** @param folder an empty one */
export async function runMutant(
  mutant: Mutant,
  folder: string,
  seeds: { first: number; most: number },
): Promise<Verdict> {
  const startedAt = performance.now();
  for (const part of COPIED) {
    mkdirSync(join(folder, part, ".."), { recursive: true });
    cpSync(join(REPOSITORY, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, mutant.file), planted(mutant));
  const found = mutant.test === undefined ? await simulate(folder, seeds) : await tryTest(folder, mutant.test);
  rmSync(folder, { recursive: true, force: true });
  return { mutant: mutant.name, ...found, seconds: (performance.now() - startedAt) / 1_000 };
}

type Found = Pick<Verdict, "caughtBy" | "runs">;

interface Failure {
  readonly runs: number;
  readonly flaws: readonly Flaw[];
}

/** Until the first run that goes wrong. */
async function simulate(folder: string, { first, most }: { first: number; most: number }): Promise<Found> {
  const args = ["test/simulation/sim.ts", "--json", "--no-shrink", `--seed=${first}`, `--runs=${most}`];
  const { failed, stdout, stderr } = await run(folder, args);
  const line = stdout.trim();
  if (line === "") {
    if (failed) throw new Error(`The simulation itself broke: ${stderr.slice(-2_000)}`, { cause: failed });
    return { caughtBy: undefined, runs: most };
  }
  const { runs, flaws } = JSON.parse(line) as Failure;
  return { caughtBy: flaws[0]?.name, runs };
}

async function tryTest(folder: string, test: string): Promise<Found> {
  const { failed, stdout, stderr } = await run(folder, ["node_modules/vitest/vitest.mjs", "run", test]);
  const isCaught = failed !== null && /\d+ failed/.test(stdout);
  if (failed && !isCaught) throw new Error(`${test} did not run: ${stderr.slice(-2_000)}`, { cause: failed });
  return { caughtBy: isCaught ? test : undefined, runs: 0 };
}

function run(folder: string, args: readonly string[]) {
  return new Promise<{ failed: Error | null; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: folder, timeout: MAX_MS, maxBuffer: 16_000_000 };
    execFile(
      process.execPath,
      [...ENGINE_ARGS, ...args],
      options,
      (failed, stdout, stderr) => resolve({ failed, stdout, stderr }),
    );
  });
}
