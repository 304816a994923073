/** The shop with its demo orders, and the inspector that looks at it. */
import { sleep, systemClock } from "../../src/kernel/clock.ts";
import { silentLogger } from "../../src/kernel/logger.ts";
import { createInspector, type Inspector } from "../../src/inspector/inspector.ts";
import { type IdentifyVisitor, visitorByHost } from "../../src/inspector/visitor.ts";
import { lagOf } from "../../src/projection/lag.ts";
import { seedDemo } from "../../src/shop/demo/seed.ts";
import { eventually } from "./eventually.ts";
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

const RESTED_WITHIN_MS = 50_000;

async function unrested({ store }: ShopService, said: readonly object[]): Promise<string> {
  const rows = await store.query("select stream, open::text as open from waiting where stream like 'order/%'");
  return JSON.stringify({ said, waiting: rows });
}

/** A message that was delivered stands in its waiting row for another half second. */
async function requireDelivered({ store }: ShopService): Promise<void> {
  const rows = await store.query(`select stream from waiting where open::text like '%"kind":"message"%'`);
  if (rows.length > 0) throw new Error(`Rows show messages as open: ${rows.map(({ stream }) => stream).join(", ")}`);
}

/** Every demo order has come to where it rests, and what is stored stays as it is. */
export async function startInspectedShop(): Promise<InspectedShop> {
  const shop = await startShopService();
  const { runtime, store, behaviours, projector } = shop;
  const said: object[] = [];
  const logger = { ...silentLogger, warn: (record: object) => void said.push(record) };
  const seeding = await seedDemo({ system: runtime, behaviours, clock: systemClock, logger });
  // Sooner than a hook is given up, so that it is known what did not come.
  const isLate = await Promise.race([seeding.rested, sleep(systemClock, RESTED_WITHIN_MS).then(() => true)]);
  if (isLate === true || said.length > 0) throw new Error(`The demo does not rest: ${await unrested(shop, said)}`);
  await projector.reached(await store.head(), 10_000);
  await eventually(() => requireDelivered(shop));
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

/** The inspector of a shop, as `main.ts` puts it beside the doors. */
export function inspectorOf(
  { runtime, store, doors, operations }: ShopService,
  visitor: IdentifyVisitor,
): Inspector {
  return createInspector({
    ...doors,
    definitions: runtime.definitions,
    preview: (tables, work) => store.preview(tables, work),
    onAppended: (callback) => store.onAppended(callback),
    relayLag: () => Promise.resolve(undefined),
    readers: async () => await lagOf(store, systemClock, await store.readers()),
    operations,
    visitor,
  });
}
