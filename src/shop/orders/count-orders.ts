import type { Transaction } from "../../projection/projection.ts";

/** How the shop's orders stand, for a glance. */
export interface OrderCounts {
  readonly total: number;
  readonly delivered: number;
  /** Given up, and everything undone. */
  readonly compensated: number;
  /** For people: to be packed, on their way, behind a stocktake. */
  readonly waiting: number;
  readonly needIntervention: number;
  /** For the payment provider's answer. */
  readonly inFlight: number;
}

/** Counts all orders by where they stand, from the read model. */
export async function countOrders(readModel: Transaction): Promise<OrderCounts> {
  const rows = await readModel.query("select state, count(*)::text as count from order_summaries group by state");
  const counts = { total: 0, delivered: 0, compensated: 0, waiting: 0, needIntervention: 0, inFlight: 0 };
  for (const row of rows) {
    const count = Number(row["count"]);
    counts.total += count;
    counts[groupOf(String(row["state"]))] += count;
  }
  return counts;
}

function groupOf(state: string): Exclude<keyof OrderCounts, "total"> {
  switch (state) {
    case "delivered":
      return "delivered";
    case "cancelled":
      return "compensated";
    case "needsIntervention":
      return "needIntervention";
    case "chargingPayment":
    case "compensating.refunding":
      return "inFlight";
    default:
      return "waiting";
  }
}
