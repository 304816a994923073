import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { Charge, ChargeBooks } from "./provider.ts";

/**
 * Asks the provider what it has charged for an order.
 * @throws StatewrightError `NOT_FOUND` when it has charged nothing, `UPSTREAM_FAILED` when it fails, `DEADLINE_EXCEEDED`
 *   when it does not answer in time
 */
export async function findCharge(
  books: ChargeBooks,
  clock: Clock,
  orderId: string,
  timeoutMs: number,
): Promise<Charge> {
  const end = new AbortController();
  const cancel = clock.schedule(timeoutMs, () => end.abort());
  const charge = await books.charge(orderId, end.signal).catch((thrown: unknown) => {
    if (end.signal.aborted) {
      throw new StatewrightError("DEADLINE_EXCEEDED", `The payment provider did not answer within ${timeoutMs} ms`);
    }
    throw new StatewrightError("UPSTREAM_FAILED", "The payment provider failed", { cause: thrown });
  }).finally(cancel);
  if (charge === undefined) throw new StatewrightError("NOT_FOUND", "The payment provider knows of no such charge");
  return charge;
}
