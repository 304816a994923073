/** Makes a failing run smaller, as long as it fails in the same way: fewer orders, fewer kinds of faults, less chaos. */
import type { PlanOptions } from "./plan.ts";
import { type RunResult, runSimulation } from "./run-simulation.ts";
import { FAULTS } from "./weather.ts";

const MAX_TRIES = 80;

export interface Shrunk {
  readonly options: PlanOptions;
  readonly result: RunResult;
}

export async function shrinkRun(options: PlanOptions, failed: RunResult): Promise<Shrunk> {
  let best: Shrunk = { options, result: failed };
  const name = failed.flaws[0]?.name;
  let tries = 0;
  const attempt = async (smaller: PlanOptions): Promise<boolean> => {
    if (++tries > MAX_TRIES) return false;
    const result = await runSimulation(smaller);
    const isSame = result.flaws.some((flaw) => flaw.name === name);
    if (isSame) best = { options: smaller, result };
    return isSame;
  };
  for (const fault of FAULTS) {
    if (!failed.counts.has(`fault ${fault}`)) continue;
    await attempt({ ...best.options, without: [...best.options.without ?? [], fault] });
  }
  for (let orders = 1; orders < (best.options.orders ?? 9); orders++) {
    if (await attempt({ ...best.options, orders })) break;
  }
  for (let chaosMs = (best.options.chaosMs ?? 60_000) / 2; chaosMs > 500; chaosMs /= 2) {
    if (!await attempt({ ...best.options, chaosMs: Math.floor(chaosMs) })) break;
  }
  return best;
}

/** The command that repeats a run. */
export function commandOf({ seed, orders, chaosMs, without = [] }: PlanOptions): string {
  const options = [
    `--seed ${seed}`,
    ...orders === undefined ? [] : [`--orders ${orders}`],
    ...chaosMs === undefined ? [] : [`--chaos-ms ${chaosMs}`],
    ...without.length === 0 ? [] : [`--without ${without}`],
  ];
  return `npm run sim -- ${options.join(" ")}`;
}
