/** Orders that cannot go on by themselves, with what an operator has to know. */
import type { OrderContext } from "../../../machines/order/context.ts";
import { type Obligation, obligationsOf } from "../../../machines/order/obligations.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import type { KeyedPage, Slice } from "../page.ts";
import { listOrders } from "./list-orders.ts";
import type { Order } from "./order.ts";

export interface Intervention {
  readonly order: Order;
  /** Why it is stuck. */
  readonly problem: string;
  /** Why it was given up. */
  readonly reason: string | null;
  /** What is still owed, in the order in which it is undone; the first is what it is stuck with. */
  readonly obligations: readonly Obligation[];
  /** How often operators have had it tried again. */
  readonly retries: number;
}

/** The newest orders first. Which there are the read model says, what they owe the actors. */
export async function listInterventions(
  system: ActorSystem,
  readModel: Transaction,
  slice: Slice,
): Promise<KeyedPage<Intervention>> {
  const { items, keys, next } = await listOrders(readModel, { ...slice, status: "needsIntervention" });
  const found = await Promise.all(items.map(async (order, at) => {
    const snapshot = await system.actor("order", order.id).snapshot();
    // Somebody has seen to it since the list was folded.
    if (snapshot?.state !== "needsIntervention") return [];
    const context = snapshot.context as OrderContext;
    const { problem, reason, retries } = context;
    const item: Intervention = { order, problem: problem ?? "", reason, obligations: obligationsOf(context), retries };
    return [{ key: keys[at]!, item }];
  }));
  const still = found.flat();
  return { items: still.map(({ item }) => item), keys: still.map(({ key }) => key), next };
}
