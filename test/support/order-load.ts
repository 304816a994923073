/** A steady stream of orders against several nodes, as clients with patience send it: each is tried until it is taken. */
import { newId } from "../../src/kernel/ids.ts";
import type { ClusterNode } from "./cluster.ts";
import type { ShopClient } from "./shop-client.ts";

export const PRODUCTS = 5;
/** Pieces of each product: enough for some of the orders. */
export const SUPPLY = 80;

export interface OrderLoad {
  /** The orders whose placing was answered with 201, by id. */
  readonly acknowledged: ReadonlySet<string>;
  readonly products: readonly string[];
  readonly customers: readonly string[];
  /** Sends no new ones; resolves once each has its answer. */
  stop(): Promise<void>;
}

const CLIENTS = 6;
const PAUSE_MS = 40;
const RETRY_MS = 150;

export async function startOrderLoad(nodes: readonly ClusterNode[]): Promise<OrderLoad> {
  const anyone = () => nodes.filter(({ isRunning }) => isRunning);
  const made = async (make: (client: ShopClient) => Promise<string | undefined>) => {
    for (;;) {
      const id = await Promise.resolve(anyone()[0]?.client).then((client) => client && make(client)).catch(() => {});
      if (id) return id;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  const products = await Promise.all(
    // The first one costs more than the demo provider lets through.
    Array.from({ length: PRODUCTS }, (_, i) => made((client) => client.product(i === 0 ? "60000" : "1000", SUPPLY))),
  );
  const customers = await Promise.all(Array.from({ length: 3 }, () => made((client) => client.customer())));
  const acknowledged = new Set<string>();
  let stopped = false;
  let turn = 0;

  async function placeOne(n: number): Promise<void> {
    const key = newId();
    const lines = { [products[n % PRODUCTS]!]: 1 + n % 2, [products[(n + 1) % PRODUCTS]!]: 1 };
    for (;;) {
      const running = anyone();
      const node = running[turn++ % Math.max(1, running.length)];
      try {
        const answer = await node?.client.place(customers[n % customers.length]!, lines, {
          "idempotency-key": key,
        });
        if (answer?.status === 201) return void acknowledged.add(answer.body.id);
        if (answer !== undefined && answer.status < 500 && answer.status !== 409 && answer.status !== 429) {
          throw new Unexpected(`${answer.status} ${JSON.stringify(answer.body)}`);
        }
      } catch (thrown) {
        if (thrown instanceof Unexpected) throw thrown;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let n = client; !stopped; n += CLIENTS) {
      await placeOne(n);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  });
  return {
    acknowledged,
    products,
    customers,
    async stop() {
      stopped = true;
      await Promise.all(clients);
    },
  };
}

class Unexpected extends Error {}
