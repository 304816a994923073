/** `npm run sim`: many runs of the simulated shop, each with the troubles of its seed; exits 1 when one goes wrong. */
import { parseArgs } from "node:util";
import type { PlanOptions } from "../support/sim/plan.ts";
import { describePaths, ENOUGH_RUNS, missedPaths } from "../support/sim/rare-paths.ts";
import { type RunResult, runSimulation } from "../support/sim/run-simulation.ts";
import { commandOf, shrinkRun } from "../support/sim/shrink-run.ts";
import { FAULTS } from "../support/sim/weather.ts";

const HELP =
  `Simulates the shop: its machines, nodes, relay and projections on virtual time, with faults drawn from a seed.

USAGE  npm run sim -- [options]

  --seed <n>        the first seed (default 1); the same seed is the same run, on Node and on Deno
  --runs <n>        how many seeds, from the first on (default 1)
  --orders <n>      only the first n orders of a run
  --chaos-ms <n>    faults come for n simulated ms at most
  --without <a,b>   leaves faults out: ${FAULTS.join(", ")}
  --trace           prints everything that happens
  --json            prints each failing run as a line of JSON, and nothing else
  --hashes          prints the hash of each run's trace, and nothing else
  --no-shrink       does not make a failing run smaller

EXAMPLES

  npm run sim -- --seed 42 --runs 1000
  npm run sim -- --seed 42 --trace
  npm run sim -- --seed 42 --orders 1 --without crash,pause

EXIT CODES  0 all runs went well · 1 one did not, or the batch never came to a rare path · 2 usage`;

interface Tally {
  runs: number;
  simulatedMs: number;
  /** Of the last run's trace. */
  hash: string;
  readonly counts: Map<string, number>;
}

const say = (text: string) => void process.stdout.write(`${text}\n`);

type Wanted = PlanOptions & { runs: number; trace: boolean; json: boolean; hashes: boolean; shrink: boolean };

/** Undefined: help is wanted. Throws with what is wrong. */
function readOptions(): Wanted | undefined {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      seed: { type: "string", default: "1" },
      runs: { type: "string", default: "1" },
      orders: { type: "string" },
      "chaos-ms": { type: "string" },
      without: { type: "string", default: "" },
      trace: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      shrink: { type: "boolean", default: true },
      hashes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { seed, runs, orders, without, trace, json, shrink, hashes, help } = values;
  const left = without.split(",").filter((fault) => fault !== "");
  const unknown = left.filter((fault) => !(FAULTS as readonly string[]).includes(fault));
  if (unknown.length > 0) throw new Error(`There is no fault "${unknown}"`);
  if (help) return undefined;
  return {
    seed: wholeNumber("seed", seed)!,
    runs: wholeNumber("runs", runs)!,
    orders: wholeNumber("orders", orders),
    chaosMs: wholeNumber("chaos-ms", values["chaos-ms"]),
    without: left,
    trace,
    json,
    shrink,
    hashes,
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^\d{1,10}$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`);
  return text === undefined ? undefined : Number(text);
}

async function main(wanted: Wanted): Promise<number> {
  const { runs, trace, json, hashes, shrink, ...first } = wanted;
  const tally: Tally = { runs: 0, simulatedMs: 0, hash: "", counts: new Map() };
  const startedAt = performance.now();
  for (let n = 0; n < runs; n++) {
    const plan: PlanOptions = { ...first, seed: first.seed + n };
    const result = await runSimulation({ ...plan, ...(trace && { tell: say }) });
    add(tally, result);
    if (hashes) say(`${plan.seed} ${result.hash}`);
    if (process.stderr.isTTY) process.stderr.write(`\r${tally.runs} of ${runs} runs `);
    if (result.flaws.length === 0) continue;
    if (json) say(JSON.stringify({ seed: plan.seed, runs: tally.runs, flaws: result.flaws }));
    else await report(plan, result, shrink);
    return 1;
  }
  if (json || hashes) return 0;
  say(figures(tally, (performance.now() - startedAt) / 1_000));
  if (runs === 1) say(`trace ${tally.hash}`);
  const missed = runs < ENOUGH_RUNS ? [] : missedPaths(tally.counts, first.without ?? []);
  for (const path of missed) say(`No run has ever come to this: ${path}`);
  return missed.length === 0 ? 0 : 1;
}

function add(tally: Tally, { counts, simulatedMs, hash }: RunResult): void {
  tally.runs++;
  tally.hash = hash;
  tally.simulatedMs += simulatedMs;
  for (const [what, count] of counts) tally.counts.set(what, (tally.counts.get(what) ?? 0) + count);
}

async function report(plan: PlanOptions, result: RunResult, shrink: boolean): Promise<void> {
  const tell = (flaws: RunResult["flaws"]) => {
    for (const { name, sentence } of flaws.slice(0, 10)) say(`  ${name}: ${sentence}`);
  };
  say(`\nSeed ${plan.seed} went wrong:`);
  tell(result.flaws);
  say(`Repeat it: ${commandOf(plan)}`);
  if (!shrink) return;
  say("Making it smaller …");
  const smaller = await shrinkRun(plan, result);
  tell(smaller.result.flaws);
  say(`The smallest that was found: ${commandOf(smaller.options)} --trace`);
}

function figures({ runs, simulatedMs, counts }: Tally, seconds: number): string {
  const faults = FAULTS.map((fault) => `${fault} ${counts.get(`fault ${fault}`) ?? 0}`);
  return [
    `\n${runs} runs went well in ${seconds.toFixed(1)} s (${(runs / seconds).toFixed(1)} a second): ` +
    `${(simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${counts.get("events") ?? 0} events`,
    `faults: ${faults.join(", ")}`,
    "rare paths:",
    describePaths(counts),
  ].join("\n");
}

async function run(): Promise<number> {
  try {
    const wanted = readOptions();
    if (wanted !== undefined) return await main(wanted);
    say(HELP);
    return 0;
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}. --help shows what there is.\n`);
    return 2;
  }
}

const exitCode = await run();
// What crashed nodes have left behind would keep the process alive.
process.stdout.write("", () => process.exit(exitCode));
