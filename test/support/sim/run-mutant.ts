/** Runs the simulation on a copy of the sources in which one bug was planted, until a run goes wrong. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENGINE_ARGS, REPOSITORY } from "../programs.ts";
import type { Mutant } from "./mutants.ts";
import type { Flaw } from "./world.ts";

/** What the simulation is made of. */
const COPIED = ["src", "machines", "package.json", "test/invariants", "test/support/sim", "test/simulation/sim.ts"];
const MAX_MS = 15 * 60_000;

export interface Verdict {
  readonly mutant: string;
  /** The invariant that caught it; undefined: it survived. */
  readonly caughtBy: string | undefined;
  readonly sentence: string;
  /** The seeds that it took. */
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
  const said = await simulate(folder, seeds);
  rmSync(folder, { recursive: true, force: true });
  const seconds = (performance.now() - startedAt) / 1_000;
  const [flaw] = said?.flaws ?? [];
  return {
    mutant: mutant.name,
    caughtBy: flaw?.name,
    sentence: flaw?.sentence ?? "",
    runs: said?.runs ?? seeds.most,
    seconds,
  };
}

interface Failure {
  readonly runs: number;
  readonly flaws: readonly Flaw[];
}

/** The first run that went wrong; undefined when none did. */
function simulate(folder: string, { first, most }: { first: number; most: number }): Promise<Failure | undefined> {
  const args = [...ENGINE_ARGS, "test/simulation/sim.ts", "--json", "--no-shrink", `--seed=${first}`, `--runs=${most}`];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, timeout: MAX_MS, maxBuffer: 16_000_000 },
      (failed, stdout, stderr) => {
        const line = stdout.trim();
        if (line !== "") resolve(JSON.parse(line) as Failure);
        else if (failed) reject(new Error(`The simulation itself broke: ${stderr.slice(-2_000)}`, { cause: failed }));
        else resolve(undefined);
      },
    );
  });
}
