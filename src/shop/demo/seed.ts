/**
 * Seeding: the demo orders go through the real runtime, each once. Whatever is done here can be done again (ids and
 * message ids are the demo's own), so a process that dies in the middle of it carries on at the next start.
 */
import { type Clock, sleep } from "../../kernel/clock.ts";
import { plainError, StatewrightError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { ActorSnapshot, ActorSystem } from "../../runtime/receipt.ts";
import { createProduct, untilOrderable } from "../catalogue/product.ts";
import { registerCustomer } from "../customers/customer.ts";
import { DEFAULT_ORDER_TIMEOUTS } from "../orders/order-timeouts.ts";
import { ORDER_REQUESTS } from "../orders/order-states.ts";
import { placeOrder } from "../orders/place-order.ts";
import { DEMO_CUSTOMERS, DEMO_PRODUCTS, LAST_CUSTOMER } from "./catalogue.ts";
import { demoId } from "./demo-id.ts";
import type { ProviderBehaviours } from "./provider-behaviours.ts";
import { DEMO_ORDERS, type DemoOrder, type DemoStep } from "./scenarios.ts";

export interface DemoDependencies {
  readonly system: ActorSystem;
  readonly behaviours: ProviderBehaviours;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who may place orders by hand; registered when all else is done. */
export const DEMO_CUSTOMER_ID = demoId("customer you");

const LOOK_EVERY_MS = 20;
/** An order that is not where it should be by then is left to itself. */
const REST_WITHIN_MS = 60_000;

const ADDRESS = { line1: "1 Harbour Street", city: "Bergen", postalCode: "5003", country: "NO" };

/**
 * Places the demo orders and answers once all are placed: the log's position up to which to wait for the read models.
 * `rested` resolves when each has come to where it rests, which takes a few seconds; it never rejects.
 */
export async function seedDemo(parts: DemoDependencies): Promise<{ position: number; rested: Promise<void> }> {
  const { system } = parts;
  const last = await system.actor("customer", DEMO_CUSTOMER_ID).snapshot();
  if (last !== undefined) return { position: last.position, rested: Promise.resolve() };
  await Promise.all([
    ...Object.entries(DEMO_CUSTOMERS).map(([name, customer]) =>
      once(registerCustomer(system, customer, { customerId: demoId(`customer ${name}`) }))
    ),
    ...Object.entries(DEMO_PRODUCTS).map(async ([name, product]) => {
      const productId = demoId(`product ${name}`);
      await once(createProduct(system, product, { productId }));
      await untilOrderable(system, parts.clock, productId);
    }),
  ]);
  await startStocktake(system, "kettle");
  const snapshots = await Promise.all(DEMO_ORDERS.map((order) => ensurePlaced(parts, order)));
  const position = Math.max(...snapshots.map((snapshot) => snapshot.position));
  return { position, rested: bringAllToRest(parts) };
}

/** Somebody was here before: fine. */
async function once(proposal: Promise<unknown>): Promise<void> {
  await proposal.catch((thrown: unknown) => {
    if (!(thrown instanceof StatewrightError && thrown.code === "ALREADY_EXISTS")) throw thrown;
  });
}

async function ensurePlaced({ system, behaviours }: DemoDependencies, order: DemoOrder): Promise<ActorSnapshot> {
  const orderId = demoId(`order ${order.name}`);
  const actor = system.actor("order", orderId);
  const before = await actor.snapshot();
  if (before !== undefined) return before;
  if (order.provider) await behaviours.tell(orderId, order.provider);
  const cart = {
    customerId: demoId(`customer ${order.customer}`),
    items: order.items.map(({ product, quantity }) => ({ productId: demoId(`product ${product}`), quantity })),
    shippingAddress: ADDRESS,
  };
  await once(placeOrder(system, cart, { orderId, timeouts: { ...DEFAULT_ORDER_TIMEOUTS, ...order.timeouts } }));
  return (await actor.snapshot())!;
}

async function bringAllToRest(parts: DemoDependencies): Promise<void> {
  try {
    await Promise.all(DEMO_ORDERS.map((order) => bringToRest(parts, order)));
    await once(registerCustomer(parts.system, LAST_CUSTOMER, { customerId: DEMO_CUSTOMER_ID }));
  } catch (thrown) {
    // The process is stopping, most likely; the next start goes on from here.
    parts.logger.info({ error: plainError(thrown) }, "the demo orders are not all where they belong yet");
  }
}

async function bringToRest({ system, clock, logger }: DemoDependencies, order: DemoOrder): Promise<void> {
  const orderId = demoId(`order ${order.name}`);
  const deadline = clock.now() + REST_WITHIN_MS;
  while (clock.now() < deadline) {
    const state = (await system.actor("order", orderId).snapshot())?.state ?? "";
    if (state === order.rests) return;
    for (const step of order.steps?.[state] ?? []) await take(system, orderId, order, step);
    await sleep(clock, LOOK_EVERY_MS);
  }
  logger.warn({ order: orderId, rests: order.rests }, "a demo order has not come to where it rests");
}

async function take(system: ActorSystem, orderId: string, { items }: DemoOrder, step: DemoStep): Promise<void> {
  if (step === "startStocktake") return await startStocktake(system, items[0]!.product);
  // A refusal means that somebody else has asked meanwhile; the next look tells.
  const event = {
    type: ORDER_REQUESTS[step],
    ...(step === "ship" && { trackingNumber: `DEMO-${orderId.slice(-6).toUpperCase()}` }),
  };
  await system.actor("order", orderId).propose(event, { by: "operator", messageId: `demo-${step}` });
}

async function startStocktake(system: ActorSystem, product: keyof typeof DEMO_PRODUCTS): Promise<void> {
  await system.actor("stock", demoId(`product ${product}`)).propose({ type: "StocktakeStarted" }, {
    by: "operator",
    messageId: "demo-stocktake",
  });
}
