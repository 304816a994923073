/** `npm start`, the composition root: config → store → doors → bus and projections → runtime → demo, and back again. */
import { hostname } from "node:os";
import { defineCommand } from "citty";
import { createRestApp } from "./api/rest/app.ts";
import { print, runCommandLine } from "./cli/command-line.ts";
import { openStore } from "./cli/open-store.ts";
import { renderBanner } from "./cli/start/banner.ts";
import { type Lifetime, liveUntilSignal } from "./cli/start/lifetime.ts";
import { listen, type Listener } from "./cli/start/listen.ts";
import { openPaymentProvider, type PaymentService } from "./cli/start/payment-provider.ts";
import { readConfig } from "./config.ts";
import { sleep, systemClock as clock } from "./kernel/clock.ts";
import { StatewrightError } from "./kernel/errors.ts";
import { createLogger, type Logger } from "./kernel/logger.ts";
import type { Bus } from "./messaging/bus.ts";
import { createInProcessBus } from "./messaging/in-process-bus.ts";
import { startRelay } from "./messaging/relay.ts";
import { type Projector, startProjector } from "./projection/projector.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";
import { shopActors } from "./shop/actors.ts";
import { seedDemo } from "./shop/demo/seed.ts";
import { countOrders } from "./shop/orders/count-orders.ts";
import type { ProviderBehaviours } from "./shop/demo/provider-behaviours.ts";
import { listOrders } from "./shop/orders/list-orders.ts";
import { orderSummaries } from "./shop/projections/order-summaries.ts";
import { productSummaries } from "./shop/projections/product-summaries.ts";
import type { Transaction } from "./store/read-models.ts";
import type { PostgresStore } from "./store/postgres/postgres-store.ts";

/** How long requests, and then effects, that are under way may take at the end. */
const REQUESTS_DRAIN_MS = 2_000;
const EFFECTS_DRAIN_MS = 3_000;
const PROJECTED_WITHIN_MS = 10_000;
/** How long the banner waits for the demo orders to come to rest, so that it can count endings. */
const SHOW_ENDINGS_MS = 3_000;
const PING_DEADLINE_MS = 1_000;

const DATABASE_ENDED =
  "The embedded PostgreSQL has ended, and this process with it; nothing is lost. Start again: npm start";

interface Flags {
  readonly fresh: boolean;
  readonly demo: boolean;
}

/** What the parts share. */
interface Process {
  readonly store: PostgresStore;
  readonly logger: Logger;
  readonly life: Lifetime;
}

async function start(flags: Flags, life: Lifetime): Promise<void> {
  const config = readConfig();
  const logger = createLogger(config.logLevel);
  // A task runner passes signals on, but not when it is killed itself.
  if (config.hasTaskRunner) life.endWithParent();

  const database = await openStore(config, { command: "npm start", fresh: flags.fresh, share: false });
  const { store, embedded } = database;
  life.onEnd(database.close);
  void embedded?.ended.then(() => life.fail(new StatewrightError("UNAVAILABLE", DATABASE_ENDED)));
  const http = await listen({ host: config.host, port: config.httpPort, portIsFixed: config.httpPortIsFixed });
  embedded?.announce(http.url);

  const parts: Process = { store, logger, life };
  const payments = await openPaymentProvider(config, { database: store, clock, logger });
  life.onEnd(payments.close);
  const { bus, wake, projector } = await followLog(parts);
  const runtime = createRuntime({
    store,
    bus,
    actors: shopActors(payments.client),
    logger,
    // Under the same name a restarted process takes up its own work at once; no other process may have it.
    nodeId: config.nodeId ?? (embedded ? "embedded" : `${hostname()}:${http.port}`),
    onCommitted: wake,
  });
  await runtime.start();
  life.onEnd(() => runtime.stop(EFFECTS_DRAIN_MS));

  const seeding = flags.demo && payments.demo ? seed(runtime, payments.demo.behaviours, projector, logger) : undefined;
  openDoors(http, { ...parts, runtime, projector, payments, seeding });
  const seeded = await seeding;
  await Promise.race([seeded?.rested, sleep(clock, SHOW_ENDINGS_MS), aborted(life.end)]);
  if (life.end.aborted) return;
  const orders = await countOrders(store);
  const remarkable = await remarkableOrder(store);
  await print(renderBanner({ config, database, bus: bus.description, orders, remarkable, http }));
}

/** The bus, the relay that feeds it from the log, and the read models that it wakes. */
async function followLog(
  { store, logger, life }: Process,
): Promise<{ bus: Bus; wake: () => void; projector: Projector }> {
  const bus = createInProcessBus(logger);
  life.onEnd(() => bus.close());
  const relay = await startRelay({ log: store, bus, clock, logger });
  life.onEnd(() => relay.stop());
  life.onEnd(await store.onAppended(() => relay.wake()));
  const projections = [orderSummaries, productSummaries];
  const projector = startProjector({ log: store, readModels: store, projections, clock, logger });
  life.onEnd(() => projector.stop());
  await bus.subscribe(() => projector.wake());
  return { bus, wake: () => relay.wake(), projector };
}

/** Resolves once the demo orders are placed and can be listed; they come to rest by themselves. */
async function seed(
  runtime: Runtime,
  behaviours: ProviderBehaviours,
  projector: Projector,
  logger: Logger,
): Promise<{ rested: Promise<void> }> {
  const { position, rested } = await seedDemo({ system: runtime, behaviours, clock, logger });
  await projector.reached(position, PROJECTED_WITHIN_MS);
  return { rested };
}

interface Doors extends Process {
  readonly runtime: Runtime;
  readonly projector: Projector;
  readonly payments: PaymentService;
  /** Undefined when there is nothing to wait for. */
  readonly seeding: Promise<unknown> | undefined;
}

function openDoors(http: Listener, { store, logger, life, runtime, projector, payments, seeding }: Doors): void {
  const missing = new Set(seeding ? ["The demo orders are being placed"] : []);
  void seeding?.then(() => missing.clear(), () => {});
  const notReady = async () => {
    if (life.end.aborted) return ["This process is ending"];
    const answers = await store.ping(PING_DEADLINE_MS).then(() => true, () => false);
    return answers ? [...missing] : [...missing, "The database does not answer"];
  };
  const app = createRestApp({
    system: runtime,
    readModels: store,
    projector,
    findRequest: (key) => store.findRequest(key),
    notReady,
    ...(payments.demo && { demoCharges: payments.demo.charges }),
    clock,
    logger,
  });
  http.open(app.fetch);
  life.onEnd(() => http.close(REQUESTS_DRAIN_MS));
}

/** The id of an order worth a look: one that needs intervention, else the latest. */
async function remarkableOrder(readModels: Transaction): Promise<string | undefined> {
  const stuck = await listOrders(readModels, { status: "needsIntervention", limit: 1 });
  const { items } = stuck.items.length > 0 ? stuck : await listOrders(readModels, { limit: 1 });
  return items[0]?.id;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

const command = defineCommand({
  meta: { name: "npm start --", description: "Runs the shop on Statewright until Ctrl-C" },
  args: {
    fresh: { type: "boolean", description: "throw away what the embedded PostgreSQL holds" },
    demo: {
      type: "boolean",
      default: true,
      description: "place demo orders",
      negativeDescription: "place no demo orders",
    },
  },
  run: ({ args }) => liveUntilSignal((life) => start({ fresh: args.fresh === true, demo: args.demo }, life)),
});

await runCommandLine({
  command,
  examples: [
    "npm start                                    everything is brought along",
    "npm start -- --fresh --no-demo               from nothing, and with nothing in it",
    "HTTP_PORT=9000 npm start",
    "DATABASE_URL=postgres://user:password@localhost/shop npm start",
  ],
}, process.argv.slice(2));
