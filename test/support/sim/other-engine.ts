/** The simulation on the engine that does not run this test: Deno for Node, and Node for Deno. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { DENO } from "../package-install.ts";
import { REPOSITORY } from "../programs.ts";

/** The hash of each run's trace, by its seed. */
export function hashesElsewhere(first: number, runs: number): Promise<Map<number, string>> {
  const isDeno = process.versions["deno"] !== undefined;
  const node = join(REPOSITORY, "node_modules/.bin/node");
  const [file, engineArgs] = isDeno ? [node, []] : [DENO ?? "deno", ["run", "-A", "--no-prompt"]];
  const args = [...engineArgs, "test/simulation/sim.ts", "--hashes", `--seed=${first}`, `--runs=${runs}`];
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd: REPOSITORY }, (failed, stdout, stderr) => {
      if (failed) return reject(new Error(`The other engine failed: ${stdout}${stderr}`, { cause: failed }));
      const lines = stdout.trim().split("\n").map((line) => line.split(" "));
      resolve(new Map(lines.map(([seed, hash]) => [Number(seed), hash!])));
    });
  });
}
