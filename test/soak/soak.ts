/**
 * `npm run soak -- --minutes 10`: two nodes under load while things fail, one after the other; watches their memory and
 * how far readers are behind, and asks all invariants at the end. Exits 1 when any of it is not as it should be.
 */
import { parseArgs } from "node:util";
import { violationsOf } from "../invariants/invariants.ts";
import { readBooks } from "../invariants/read-books.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { seconds } from "../support/cluster-under-load.ts";
import { eventually } from "../support/eventually.ts";
import { comeToRest, FRAGILE_NODE } from "../support/failpoints/crash-run.ts";
import { checkFeed } from "../support/feed-audit.ts";
import { stopNatsServers } from "../support/nats-server.ts";
import { startOrderLoad } from "../support/order-load.ts";
import { killPrograms } from "../support/programs.ts";
import { Chance } from "../support/sim/chance.ts";
import { removeTemporaryFolders } from "../support/temporary-folder.ts";
import { FAULTS, happen } from "./faults.ts";
import { type Sample, sample, slopeOf } from "./samples.ts";

const HELP = `npm run soak -- [--minutes <n>] [--seed <n>] [--only <fault>] [--calm]

  --minutes  how long there is load; 10 when it is left out. What comes after it takes another one
  --seed     decides which fault comes when; a new one each time when it is left out
  --only     this fault and no other: ${Object.keys(FAULTS).join(", ")}
  --calm     no faults: memory and lag only

Exits 0 when all is well, 1 when an invariant is broken, memory grows, or readers do not catch up, 2 for bad arguments.`;

const SAMPLE_S = 5;
/** Each round has products of its own, so that there is always something to sell. */
const ROUND_S = 10;
const BETWEEN_FAULTS_S = 8;
/** Within so long after a fault is over, readers are at most so far behind. */
const CATCH_UP_S = 30;
const CAUGHT_UP_LAG_S = 3;
/** Far less than goes through with a fault every few seconds: else it was no load. */
const MIN_ORDERS_PER_MINUTE = 200;
/** The first part of the run fills caches and pools, and takes two minutes at least; the rest is judged. */
const WARM_UP_SHARE = 0.4;
const WARM_UP_S = 120;
/** Shorter runs tell nothing of memory. */
const MEMORY_FROM_MINUTES = 5;
/** Growth that is sure (three standard errors) and more than this is a leak. */
const MAX_GROWTH_MB_PER_MINUTE = { heapMb: 2, rssMb: 6 };

const complaints: string[] = [];
const began = performance.now();
const elapsed = () => (performance.now() - began) / 1_000;

function say(text: string): void {
  console.log(`${elapsed().toFixed(0).padStart(5)} s  ${text}`);
}

function complain(text: string): void {
  complaints.push(text);
  say(`WRONG: ${text}`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      only: { type: "string" },
      calm: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("--minutes and --seed take numbers");
  if (values.only !== undefined && !(values.only in FAULTS)) throw new Error(`There is no fault "${values.only}"`);
  const faults = values.calm ? [] : values.only === undefined ? Object.keys(FAULTS) : [values.only];
  return { ...values, minutes, seed, faults };
}

/** Places orders until the time is over; answers the ids of those that were taken. */
async function load(cluster: TestCluster, isOver: () => boolean): Promise<Set<string>> {
  const taken = new Set<string>();
  while (!isOver()) {
    const round = await startOrderLoad(cluster.nodes);
    for (let second = 0; second < ROUND_S && !isOver(); second++) await seconds(1);
    await round.stop();
    for (const id of round.acknowledged) taken.add(id);
  }
  return taken;
}

async function watch(cluster: TestCluster, isOver: () => boolean): Promise<Map<string, Sample[]>> {
  const all = new Map<string, Sample[]>(cluster.nodes.map(({ name }) => [name, []]));
  while (!isOver()) {
    const said = await Promise.all(cluster.nodes.map(async (node) => {
      const taken = node.isRunning ? await sample(node, elapsed()) : undefined;
      if (taken) all.get(node.name)!.push(taken);
      return `${node.name} ${node.isRunning ? text(taken) : "down"}`;
    }));
    say(said.join(" · "));
    await seconds(SAMPLE_S);
  }
  return all;
}

function text(sample: Sample | undefined): string {
  if (sample === undefined) return "?";
  const { rssMb, heapMb, residents, lagSeconds, last } = sample;
  const behind = `lag ${lagSeconds.toFixed(1)} s${lagSeconds > CAUGHT_UP_LAG_S ? ` (${last})` : ""}`;
  return `rss ${rssMb.toFixed(0)} heap ${heapMb.toFixed(0)} MB, ${residents} actors, ${behind}`;
}

async function disturb(
  cluster: TestCluster,
  faults: readonly string[],
  chance: Chance,
  isOver: () => boolean,
): Promise<void> {
  await seconds(BETWEEN_FAULTS_S);
  // Each comes once before any comes again.
  for (let left = faults; !isOver();) {
    if (left.length === 0) left = faults;
    const fault = chance.pick(left);
    if (fault === undefined) return;
    left = left.filter((other) => other !== fault);
    say(`fault: ${fault}`);
    await happen(fault, cluster, chance);
    await caughtUp(cluster, fault);
    await seconds(BETWEEN_FAULTS_S);
  }
}

async function caughtUp({ nodes }: TestCluster, after: string, lagS = CAUGHT_UP_LAG_S): Promise<void> {
  try {
    await eventually(async () => {
      const { lagSeconds = Infinity, last = "" } = await sample(nodes[0]!, 0) ?? {};
      if (lagSeconds > lagS) throw new Error(`${last} is ${lagSeconds.toFixed(1)} s behind`);
    }, CATCH_UP_S * 1_000);
  } catch (thrown) {
    complain(`readers ${CATCH_UP_S} s after "${after}": ${String(thrown)}`);
  }
}

/** Of the node that has lived all along. */
function judgeMemory(samples: readonly Sample[], minutes: number): void {
  const judged = samples.filter(({ at }) => at >= Math.max(WARM_UP_S, WARM_UP_SHARE * elapsed()));
  for (const what of ["heapMb", "rssMb"] as const) {
    const line = minutes < MEMORY_FROM_MINUTES
      ? undefined
      : slopeOf(judged.map((each) => ({ x: each.at, y: each[what] })));
    if (line === undefined) {
      const tell = minutes < MEMORY_FROM_MINUTES ? say : complain;
      tell(`${what}: there is too little to tell by`);
      continue;
    }
    const [perMinute, error] = [line.slope * 60, line.standardError * 60];
    const said = `${what} ${perMinute >= 0 ? "+" : ""}${perMinute.toFixed(2)} ± ${error.toFixed(2)} MB a minute`;
    if (perMinute > MAX_GROWTH_MB_PER_MINUTE[what] && perMinute > 3 * error) complain(`memory grows: ${said}`);
    else say(said);
  }
}

async function judge(cluster: TestCluster, taken: ReadonlySet<string>): Promise<void> {
  await caughtUp(cluster, "the end", 0);
  await comeToRest(cluster).catch((thrown: unknown) => complain(String(thrown)));
  await checkFeed(cluster).catch((thrown: unknown) => complain(`the feed: ${String(thrown)}`));
  const requests = [...taken].map((id) => ({ creates: `order/${id}`, outcome: "acknowledged" as const }));
  const books = await readBooks(cluster.databaseUrl, { atRest: true, requests });
  for (const { invariant, stream, sentence } of violationsOf(books)) complain(`${invariant}: ${stream} ${sentence}`);
  say(`${taken.size} orders taken, ${books.events.length} events, ${books.deadLetters.length} dead letters`);
}

async function soak({ minutes, seed, faults }: ReturnType<typeof readOptions>): Promise<void> {
  console.log(`soak: ${minutes} minutes, seed ${seed}, faults: ${faults.join(", ") || "none"}`);
  const cluster = await startCluster({ nodes: [{}, {}], program: FRAGILE_NODE, breakableWires: true });
  try {
    const until = elapsed() + minutes * 60;
    const isOver = () => elapsed() >= until;
    const loading = load(cluster, isOver);
    const disturbing = disturb(cluster, faults, new Chance(seed), isOver);
    const samples = await watch(cluster, isOver);
    judgeMemory(samples.get(cluster.nodes[0]!.name)!, minutes);
    await disturbing;
    const taken = await loading;
    if (taken.size < minutes * MIN_ORDERS_PER_MINUTE) complain(`only ${taken.size} orders were taken`);
    await judge(cluster, taken);
  } finally {
    await cluster.stop();
    await killPrograms();
    await stopNatsServers();
    removeTemporaryFolders();
  }
  console.log(complaints.length === 0 ? "all is well" : `${complaints.length} things are wrong (seed ${seed})`);
}

let options;
try {
  options = readOptions();
} catch (thrown) {
  console.error(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${HELP}`);
  process.exit(2);
}
if (options.help) console.log(HELP);
else await soak(options);
process.exit(complaints.length === 0 ? 0 : 1);
