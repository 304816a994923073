/** What every stock holds for which order, by what it has answered and been told: no context is asked. */
import { type Life, type Lives, livesOfType, messagesOf, type Moment } from "./lives.ts";

/** `<order>/<line>` of one stock, with the pieces. */
export type Holdings = ReadonlyMap<string, number>;

/** Walks through a stock's life; yields what it holds and has shipped after each moment. */
export function* holdingsOf(
  stock: Life,
  lives: Lives,
): Generator<{ readonly moment: Moment; readonly held: Holdings; readonly shipped: number }> {
  const held = new Map<string, number>();
  let shipped = 0;
  for (const moment of stock.moments) {
    for (const { to, event } of messagesOf(moment)) {
      const line = `${to.id}/${String(event["line"])}`;
      if (event.type === "StockReserved") held.set(line, quantityOf(lives, to.id, Number(event["line"])));
      if (event.type === "StockReleased") held.delete(line);
    }
    if (moment.row.type === "ReservationShipped") {
      held.delete(`${String(moment.data["orderId"])}/${String(moment.data["line"])}`);
      shipped += Number(moment.data["quantity"]);
    }
    yield { moment, held, shipped };
  }
}

/** What all stocks hold at the end, as `<order>/<line>`. */
export function heldAtTheEnd(lives: Lives): Set<string> {
  const all = new Set<string>();
  for (const stock of livesOfType(lives, "stock")) {
    const held = [...holdingsOf(stock, lives)].at(-1)?.held;
    for (const line of held?.keys() ?? []) all.add(line);
  }
  return all;
}

/** The lines that have left the house, as `<order>/<line>`. */
export function shippedLines(lives: Lives): Set<string> {
  return new Set(
    livesOfType(lives, "stock").flatMap(({ moments }) =>
      moments.filter(({ row }) => row.type === "ReservationShipped").map(({ data }) =>
        `${data["orderId"]}/${data["line"]}`
      )
    ),
  );
}

function quantityOf(lives: Lives, orderId: string, line: number): number {
  const placed = lives.get(`order/${orderId}`)?.moments[0]?.data["items"] as { quantity: number }[] | undefined;
  return placed?.[line]?.quantity ?? 0;
}
