/** What a customer is told about an order. Each state of the machine carries exactly one of these as a tag. */
export const ORDER_STATUSES = [
  "pending",
  "confirmed",
  "shipped",
  "delivered",
  "cancelling",
  "cancelled",
  "needsIntervention",
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The status among a snapshot's tags (a set or a list). Throws when there is none, which no state of the machine allows. */
export function statusOf(tags: Iterable<string>): OrderStatus {
  const present = new Set(tags);
  const status = ORDER_STATUSES.find((candidate) => present.has(candidate));
  if (status === undefined) throw new Error(`No order status among the tags [${[...present].join(", ")}]`);
  return status;
}
