/**
 * What an order owes, told from its events and messages alone: the second opinion beside the machine's own
 * `obligationsOf`.
 */
import { messagesOf, type Moment } from "./lives.ts";

export class Owed {
  #refund = false;
  readonly #lines = new Set<number>();

  /** In the order in which it is to be undone: `refund`, then `release <line>` from the last to the first. */
  list(): string[] {
    const lines = [...this.#lines].sort((a, b) => b - a);
    return [...this.#refund ? ["refund"] : [], ...lines.map((line) => `release ${line}`)];
  }

  get isRefundOwed(): boolean {
    return this.#refund;
  }

  take(moment: Moment): void {
    this.#hear(moment);
    for (const { event } of messagesOf(moment)) {
      if (event.type === "ReservationRequested") this.#lines.add(Number(event["line"]));
      if (event.type === "ReservationShipped") this.#lines.delete(Number(event["line"]));
      if (event.type === "RefundRequested") this.#refund = true;
    }
  }

  #hear({ row: { type }, data }: Moment): void {
    if (type === "StockDenied" || type === "StockReleased") this.#lines.delete(Number(data["line"]));
    else if (type === "PaymentRefunded" || type === "PaymentVoided") this.#refund = false;
    else if (type === "InterventionResolved") this.#answerForAll();
    else if (type === "CompensationSkipped") this.#answerForFirst();
  }

  #answerForFirst(): void {
    if (this.#refund) this.#refund = false;
    else this.#lines.delete(Math.max(...this.#lines));
  }

  #answerForAll(): void {
    this.#refund = false;
    this.#lines.clear();
  }
}
