/** The shop with its demo orders, and the inspector that looks at it. */
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createInspector, type Inspector } from "../../src/inspector/inspector.ts";
import { type IdentifyVisitor, visitorByHost } from "../../src/inspector/visitor.ts";
import { lagOf } from "../../src/projection/lag.ts";
import { createOperations } from "../../src/runtime/create-operations.ts";
import { seedDemo } from "../../src/shop/demo/seed.ts";
import { type ShopService, startShopService } from "./shop-service.ts";

export interface InspectedShop {
  readonly shop: ShopService;
  readonly inspector: Inspector;
  /** Asks the API; rejects unless it answers with 200. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test reads of an answer, it checks.
  get(path: string): Promise<any>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** POSTs JSON, as the page does. */
  post(path: string, body: object): Promise<Response>;
  /** Somebody else who looks at the same shop. */
  seenBy(visitor: IdentifyVisitor): Inspector;
  stop(): Promise<void>;
}

/** Every demo order has come to where it rests. */
export async function startInspectedShop(): Promise<InspectedShop> {
  const shop = await startShopService();
  const { runtime, store, behaviours, projector } = shop;
  const seeding = await seedDemo({ system: runtime, behaviours, clock: systemClock, logger: silentLogger });
  await seeding.rested;
  await projector.reached(await store.head(), 10_000);
  const seenBy = (visitor: IdentifyVisitor) => inspectorOf(shop, visitor);
  const inspector = seenBy(visitorByHost("127.0.0.1"));
  const fetch = async (path: string, init?: RequestInit) => await inspector.app.request(`/inspect/api/${path}`, init);
  return {
    shop,
    inspector,
    fetch,
    async get(path) {
      const response = await fetch(path);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
      return JSON.parse(text) as unknown;
    },
    post: (path, body) => {
      const text = JSON.stringify(body);
      const headers = {
        "content-type": "application/json",
        "content-length": String(new TextEncoder().encode(text).length),
        "x-inspector": "1",
      };
      return fetch(path, { method: "POST", headers, body: text });
    },
    seenBy,
    async stop() {
      await inspector.stop();
      await shop.stop();
    },
  };
}

function inspectorOf({ runtime, store }: ShopService, visitor: IdentifyVisitor): Inspector {
  const { definitions } = runtime;
  return createInspector({
    definitions,
    system: runtime,
    readModels: store,
    preview: (tables, work) => store.preview(tables, work),
    onAppended: (callback) => store.onAppended(callback),
    relayLag: () => Promise.resolve(undefined),
    readers: async () => await lagOf(store, systemClock, await store.readers()),
    operations: createOperations({ store, actors: definitions, ask: runtime.ask }),
    visitor,
    clock: systemClock,
    logger: silentLogger,
  });
}
