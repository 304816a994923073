/** The shop behind real HTTP: runtime, projections, payment provider and REST door, as `main.ts` puts them together. */
import { createConsistency } from "../../src/api/consistency.ts";
import type { DoorDependencies } from "../../src/api/dependencies.ts";
import type { ObserveRequest } from "../../src/api/requests.ts";
import { createRestApp } from "../../src/api/rest/app.ts";
import { type Fetch, listen, type Listener } from "../../src/cli/start/listen.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { type Logger, silentLogger } from "../../src/kernel/logger.ts";
import { type Projector, startProjector } from "../../src/projection/projector.ts";
import { createOperations } from "../../src/runtime/create-operations.ts";
import type { Operations } from "../../src/runtime/operations.ts";
import { createPast } from "../../src/runtime/past.ts";
import { traceProjection } from "../../src/projection/traced-readers.ts";
import { createRuntime, type Runtime } from "../../src/runtime/runtime.ts";
import { shopActors } from "../../src/shop/actors.ts";
import { createProviderApp, listedCharge } from "../../src/shop/demo/provider-app.ts";
import { createProviderBehaviours, type ProviderBehaviours } from "../../src/shop/demo/provider-behaviours.ts";
import { createProviderLedger } from "../../src/shop/demo/provider-ledger.ts";
import { httpProvider } from "../../src/shop/payments/http-provider.ts";
import { customerSummaries } from "../../src/shop/projections/customer-summaries.ts";
import { orderSummaries } from "../../src/shop/projections/order-summaries.ts";
import { productSummaries } from "../../src/shop/projections/product-summaries.ts";
import { openPostgresStore, type PostgresStore } from "../../src/store/postgres/postgres-store.ts";
import { freshDatabase } from "./postgres.ts";

export interface ShopService {
  readonly url: string;
  readonly port: number;
  readonly providerUrl: string;
  readonly databaseUrl: string;
  readonly store: PostgresStore;
  readonly runtime: Runtime;
  readonly projector: Projector;
  readonly behaviours: ProviderBehaviours;
  /** For another door to the same shop. */
  readonly doors: DoorDependencies;
  readonly operations: Operations;
  stop(): Promise<void>;
}

export async function startShopService(
  options: { logger?: Logger; notReady?: () => Promise<string[]>; observe?: ObserveRequest } = {},
): Promise<ShopService> {
  const clock = systemClock;
  const logger = options.logger ?? silentLogger;
  const database = await freshDatabase();
  const store = await openPostgresStore({ url: database.url });
  const ledger = createProviderLedger(store);
  const behaviours = createProviderBehaviours(store);
  const provider = await serve(createProviderApp({ ledger, behaviours, clock, logger }).fetch);
  const payments = httpProvider(urlOf(provider));
  const actors = shopActors(payments);
  const runtime: Runtime = createRuntime({
    store,
    actors,
    logger,
    onCommitted: () => projector.wake(),
  });
  const projector = startProjector({
    store,
    projections: [orderSummaries, productSummaries, customerSummaries].map(traceProjection),
    clock,
    logger,
  });
  await runtime.start();
  const operations = createOperations({ store, actors, ask: runtime.ask });
  const doors: DoorDependencies = {
    system: runtime,
    past: createPast(actors, store),
    readModels: store,
    consistency: createConsistency(projector),
    findRequest: (key) => store.findRequest(key),
    deadLetters: (page) => store.deadLetters(page),
    clock,
    logger,
  };
  const door = await serve(
    createRestApp({
      ...doors,
      ...(options.observe && { observe: options.observe }),
      notReady: options.notReady ?? (() => Promise.resolve([])),
      operations,
      charges: payments,
      demoCharges: async () => (await ledger.list()).map(listedCharge),
    }).fetch,
  );
  return {
    url: urlOf(door),
    port: door.port,
    providerUrl: urlOf(provider),
    databaseUrl: database.url,
    store,
    runtime,
    projector,
    behaviours,
    doors,
    operations,
    async stop() {
      await door.close(0);
      await runtime.stop(200);
      await projector.stop();
      await provider.close(0);
      await store.close();
      await database.drop();
    },
  };
}

async function serve(fetch: Fetch): Promise<Listener> {
  const listener = await listen({ host: "127.0.0.1", port: 0, portIsFixed: true });
  listener.open(fetch);
  return listener;
}

function urlOf({ port }: Listener): string {
  return `http://127.0.0.1:${port}`;
}
