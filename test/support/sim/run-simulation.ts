/** One run: chaos, then everything heals, then all has to come to its end; and the books are asked. */
import { booksOfStore } from "../../invariants/books-of-store.ts";
import type { ShopBooks } from "../../invariants/books.ts";
import { violationsOf } from "../../invariants/invariants.ts";
import { watchOpenWork } from "./open-work.ts";
import { type Plan, planOf, type PlanOptions } from "./plan.ts";
import { SimBroker } from "./sim-broker.ts";
import { SimCluster } from "./sim-cluster.ts";
import { SimDatabase } from "./sim-database.ts";
import { SimDesk } from "./sim-desk.ts";
import { SimNetwork } from "./sim-link.ts";
import type { Surroundings } from "./sim-node.ts";
import { SimProvider } from "./sim-provider.ts";
import { SimShop } from "./sim-shop.ts";
import { wireFlaws } from "./wire-flaws.ts";
import { Weather } from "./weather.ts";
import { type Flaw, World } from "./world.ts";

/** After the last fault has healed. */
const REST_WITHIN_MS = 3_600_000;
const STOP_WITHIN_MS = 60_000;
const ANSWERED_WITHIN_MS = 60_000;

export interface RunResult {
  readonly seed: number;
  /** What is wrong: the name of the invariant, and a sentence. */
  readonly flaws: readonly Flaw[];
  /** The same for the same seed, on every engine. */
  readonly hash: string;
  /** How often each fault came, and each rare path was taken. */
  readonly counts: ReadonlyMap<string, number>;
  readonly simulatedMs: number;
}

export interface RunOptions extends PlanOptions {
  /** Hears every line of the trace. */
  readonly tell?: (line: string) => void;
}

interface Run {
  readonly world: World;
  readonly plan: Plan;
  readonly weather: Weather;
  readonly around: Surroundings;
  readonly cluster: SimCluster;
  readonly desk: SimDesk;
  readonly shop: SimShop;
}

export async function runSimulation({ tell, ...options }: RunOptions): Promise<RunResult> {
  const run = prepare(planOf(options), new World(options.seed, tell));
  const { world, plan, weather, cluster, shop } = run;
  const mishap = (thrown: unknown) =>
    world.mishap("every rejection is caught", `${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  process.on("unhandledRejection", mishap);
  try {
    shop.open();
    await world.until(() => cluster.open.length > 0, 5_000);
    weather.storm();
    cluster.disrupt();
    await world.until(() => false, plan.chaosMs);
    weather.calm();
    cluster.heal();
    world.trace("all heals");
    watchOpenWork(world, run.around.database.store);
    const isAtRest = await world.until(() => shop.isOver, REST_WITHIN_MS) && await settle(run);
    return await judge(run, isAtRest);
  } finally {
    process.off("unhandledRejection", mishap);
  }
}

function prepare(plan: Plan, world: World): Run {
  const weather = new Weather(world, plan.without);
  const database = new SimDatabase(world);
  const orderOf = (id: string) => plan.orders.find((order) => order.id === id.split("-")[0]);
  const habits = {
    declines: (id: string) => orderOf(id)?.isDeclined === true,
    refusesRefund: (id: string) => orderOf(id)?.refundIsRefused === true,
  };
  const around: Surroundings = {
    world,
    weather,
    database,
    network: new SimNetwork(world, weather),
    broker: new SimBroker(world, weather),
    provider: new SimProvider(world, weather, habits, () => database.store.head()),
    maxResident: plan.maxResident,
  };
  const cluster = new SimCluster(around, plan.nodes);
  const desk = new SimDesk(world, cluster);
  return { world, plan, weather, around, cluster, desk, shop: new SimShop(world, plan, desk, cluster) };
}

/** Until nothing is under way any more: what actors wait for is time alone, and all readers stand at the head. */
async function settle({ world, around: { database, broker } }: Run): Promise<boolean> {
  const { store, readModels } = database;
  const deadline = world.now + REST_WITHIN_MS;
  while (world.now < deadline) {
    await world.until(() => false, 1_000);
    const head = await store.head();
    const standing = await store.standing({ limit: 1_000 });
    const isBusy = standing.some(({ open }) => /"kind":"(activity|message)"/.test(open ?? ""));
    const isMoving = standing.some(({ state, type }) =>
      type !== "" && /^(capturing|uncertain|refunding|opening|resuming)$/.test(state)
    );
    const isRead = readModels.readers().every(({ position }) => position === head);
    if (!isBusy && !isMoving && isRead && broker.kept.at(-1)?.position === head) return true;
  }
  return false;
}

async function judge(run: Run, isAtRest: boolean): Promise<RunResult> {
  const { world, plan, cluster, around: { database, provider, broker }, desk, shop } = run;
  if (!await world.until(() => shop.unanswered === 0, ANSWERED_WITHIN_MS)) {
    world.mishap("everybody is answered", `${shop.unanswered} proposals of a flood never were`);
  }
  let hasStopped = false;
  void cluster.stop().then(() => hasStopped = true, (thrown: unknown) => {
    world.mishap("nodes stop in good order", String(thrown));
    hasStopped = true;
  });
  if (!await world.until(() => hasStopped, STOP_WITHIN_MS)) {
    world.mishap("nodes stop in good order", "one did not come to its end");
  }
  const books: ShopBooks = {
    ...await booksOfStore(database.store, { requests: desk.requests, atRest: true }),
    charges: provider.charges,
    calls: provider.calls,
    projected: {
      checkpoint: database.readModels.checkpoint("order_summaries"),
      rows: database.readModels.rows("order_summaries").map((row) => ({
        id: row.id,
        version: row["version"] as number,
        state: row["state"] as string,
        status: row["status"] as string,
      })),
    },
  };
  const { events } = books;
  const flaws = [
    ...world.mishaps,
    ...isAtRest ? [] : [{ name: "everything comes to an end", sentence: "the shop never came to rest" }],
    ...violationsOf(books).map(({ invariant, stream, sentence }) => ({
      name: invariant,
      sentence: `${stream} ${sentence}`,
    })),
    ...wireFlaws({ events, feed: broker.kept, claims: desk.claims, keyed: shop.keyed, plan, watched: shop.watched }),
  ];
  for (const { type } of events) world.count(`recorded ${type}`);
  for (const { reason } of books.deadLetters) world.count(`dead letter ${reason}`);
  return { seed: plan.seed, flaws, hash: world.hash(), counts: world.counts, simulatedMs: world.now };
}
