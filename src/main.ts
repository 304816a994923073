/** `npm start`, the composition root: config → store → bus → readers → runtime → doors → demo, and back again. */
import { hostname } from "node:os";
import { defineCommand } from "citty";
import { refuseBreakingMachines } from "./cli/check/start-check.ts";
import { print, runCommandLine } from "./cli/command-line.ts";
import { openStore } from "./cli/open-store.ts";
import { renderBanner } from "./cli/start/banner.ts";
import { openDoors } from "./cli/start/doors.ts";
import { listenGrpc } from "./cli/start/grpc-listener.ts";
import { type Lifetime, liveUntilSignal } from "./cli/start/lifetime.ts";
import { listen } from "./cli/start/listen.ts";
import { openBus } from "./cli/start/open-bus.ts";
import { openTaskQueues } from "./cli/start/open-task-queues.ts";
import type { Parts } from "./cli/start/parts.ts";
import { openPaymentProvider } from "./cli/start/payment-provider.ts";
import { productVersion } from "./cli/start/version.ts";
import { startReaders } from "./cli/start/readers.ts";
import { startTracing } from "./cli/start/tracing.ts";
import { readConfig } from "./config.ts";
import { sleep, systemClock as clock } from "./kernel/clock.ts";
import { StatewrightError } from "./kernel/errors.ts";
import { createLogger, type Logger } from "./kernel/logger.ts";
import { createMetrics } from "./kernel/metrics.ts";
import { createRemoteWork } from "./messaging/queued-remote-work.ts";
import { measureTasks } from "./messaging/task-metrics.ts";
import { traceFeed } from "./messaging/traced-feed.ts";
import type { Projector } from "./projection/projector.ts";
import { measureActivities } from "./runtime/activity-metrics.ts";
import { measureAppends } from "./runtime/append-metrics.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";
import { shopActors } from "./shop/actors.ts";
import { seedDemo } from "./shop/demo/seed.ts";
import { startMailWorker } from "./shop/mail/welcome-mail.ts";
import { countOrders } from "./shop/orders/count-orders.ts";
import type { ProviderBehaviours } from "./shop/demo/provider-behaviours.ts";
import { listOrders } from "./shop/orders/list-orders.ts";
import { reportCensus } from "./store/postgres/census.ts";
import type { Transaction } from "./store/transaction.ts";

/** How long effects that are under way may take at the end. */
const EFFECTS_DRAIN_MS = 3_000;
const PROJECTED_WITHIN_MS = 10_000;
/** How long the banner waits for the demo orders to come to rest, so that it can count endings. */
const SHOW_ENDINGS_MS = 4_000;

const DATABASE_ENDED =
  "The embedded PostgreSQL has ended, and this process with it; nothing is lost. Start again: npm start";

interface Flags {
  readonly fresh: boolean;
  readonly demo: boolean;
  /** Why machines may run that break live actors. */
  readonly acceptBecause: string | undefined;
}

async function start(flags: Flags, life: Lifetime): Promise<void> {
  const { parts, database, http, grpc } = await openParts(flags, life);
  const { config, store, logger, metrics } = parts;
  const wire = await openBus(config, parts);
  life.onEnd(wire.close);
  const bus = traceFeed(wire.bus);
  const payments = await openPaymentProvider(config, { database: store, clock, logger });
  life.onEnd(payments.close);
  const queues = openTaskQueues({ ...parts, nats: wire.nats, database: store });
  measureTasks(metrics, queues);
  const readers = await startReaders(parts, bus, queues);
  const runtime = createRuntime({
    ...parts,
    bus,
    ...(wire.link && { link: wire.link }),
    ...(config.hostTypes && { hostTypes: config.hostTypes }),
    remote: createRemoteWork(queues),
    actors: measureActivities(shopActors(payments.client), metrics, clock),
    onCommitted: readers.wake,
  });
  await runtime.start();
  life.onEnd(() => runtime.stop(EFFECTS_DRAIN_MS));
  const mailWorker = await startMailWorker(queues, { system: runtime, outbox: store });
  life.onEnd(() => mailWorker.stop());

  const { projector } = readers;
  const seeding = flags.demo && payments.demo ? seed(runtime, payments.demo.behaviours, projector, logger) : undefined;
  openDoors(http, grpc, { ...parts, ...readers, bus, queues, runtime, payments, seeding });
  const seeded = await seeding;
  await Promise.race([seeded?.rested, sleep(clock, SHOW_ENDINGS_MS), aborted(life.end)]);
  if (life.end.aborted) return;
  const orders = await countOrders(store);
  const remarkable = await remarkableOrder(store);
  await print(renderBanner({ config, database, bus: bus.description, orders, remarkable, http, grpc }));
}

/** What every part needs: the configuration, the store, the ports, and who watches. */
async function openParts(flags: Flags, life: Lifetime) {
  const config = readConfig();
  // A task runner passes signals on, but not when it is killed itself.
  if (config.hasTaskRunner) life.endWithParent();
  const database = await openStore(config, { command: "npm start", fresh: flags.fresh, share: false });
  const { embedded } = database;
  life.onEnd(database.close);
  void embedded?.ended.then(() => life.fail(new StatewrightError("UNAVAILABLE", DATABASE_ENDED)));
  const { host, httpPort, httpPortIsFixed, grpcPort, grpcPortIsFixed } = config;
  const http = await listen({ host, port: httpPort, portIsFixed: httpPortIsFixed });
  const grpc = await listenGrpc({ host, port: grpcPort, portIsFixed: grpcPortIsFixed });
  embedded?.announce(http.url);

  // Under the same name a restarted process takes up its own work at once; no other process may have it.
  const nodeId = config.nodeId ?? (embedded ? "embedded" : `${hostname()}:${http.port}`);
  const logger = createLogger(config.logLevel, { node: nodeId });
  const { acceptBecause } = flags;
  await refuseBreakingMachines({ store: database.store, url: database.url, clock, logger, acceptBecause });
  const metrics = createMetrics({ ofProcess: true });
  const store = { ...database.store, append: measureAppends(database.store, metrics, clock) };
  const parts: Parts = { config, store, life, clock, logger, metrics, nodeId };
  life.onEnd(await startTracing({ ...config.tracing, ...parts, version: productVersion() }));
  reportCensus(metrics, store);
  return { parts, database, http, grpc };
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

/** The id of an order worth a look: one that needs intervention, else the latest. */
async function remarkableOrder(readModels: Transaction): Promise<string | undefined> {
  const stuck = await listOrders(readModels, { status: "needsIntervention", limit: 1 });
  const { items } = stuck.items.length > 0 ? stuck : await listOrders(readModels, { limit: 1 });
  return items[0]?.id;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function flagsOf(
  args: { fresh: boolean | undefined; demo: boolean; "accept-machine-change"?: string | undefined },
): Flags {
  const reason = args["accept-machine-change"];
  if (reason?.trim() === "") {
    throw new StatewrightError("USAGE", 'Say why: npm start -- --accept-machine-change "they are all test orders"');
  }
  return { fresh: args.fresh === true, demo: args.demo, acceptBecause: reason };
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
    "accept-machine-change": {
      type: "string",
      description: "run a machine that breaks live actors; why, for the record",
    },
  },
  run: ({ args }) => liveUntilSignal((life) => start(flagsOf(args), life)),
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
