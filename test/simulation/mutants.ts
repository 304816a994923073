/** `npm run mutants`: plants one bug after the other; exits 1 when one is not caught. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MUTANTS } from "../support/sim/mutants.ts";
import { runMutant, type Verdict } from "../support/sim/run-mutant.ts";

const HELP =
  `Plants bugs in copies of the sources, and sees after how many seeds the simulation catches each, or which test does.

USAGE  npm run mutants -- [options]

  --only <text>   those whose name contains it
  --seed <n>      the first seed (default 1)
  --runs <n>      how many seeds each is tried with (default 1,000)

EXAMPLES

  npm run mutants
  npm run mutants -- --only relay

EXIT CODES  0 all were caught · 1 one was not`;

const { values: { only, seed, runs, help } } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "1000" },
    help: { type: "boolean", default: false },
  },
});
const say = (text: string) => void process.stdout.write(`${text}\n`);

function row({ mutant, caughtBy, runs, seconds }: Verdict): string {
  const after = `${runs === 0 ? "      a test" : `${String(runs).padStart(6)} seeds`} ${
    seconds.toFixed(0).padStart(4)
  } s`;
  return `${mutant.padEnd(58)} ${after}   ${caughtBy ?? "NOT CAUGHT"}`;
}

if (help) {
  say(HELP);
} else {
  let caught = 0;
  const wanted = MUTANTS.filter(({ name }) => name.includes(only));
  say(`${"mutant".padEnd(58)} ${"after".padEnd(18)}   caught by`);
  for (const mutant of wanted) {
    const folder = mkdtempSync(join(tmpdir(), "statewright-mutant-"));
    const verdict = await runMutant(mutant, folder, { first: Number(seed), most: Number(runs) });
    if (verdict.caughtBy !== undefined) caught++;
    say(row(verdict));
  }
  say(`${caught} of ${wanted.length} planted bugs were caught`);
  process.exitCode = caught === wanted.length ? 0 : 1;
}
