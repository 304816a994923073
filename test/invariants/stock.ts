import type { OrderContext } from "../../machines/order/context.ts";
import type { StockContext } from "../../machines/stock/counts.ts";
import type { ShopBooks } from "./books.ts";
import { heldAtTheEnd, holdingsOf } from "./holdings.ts";
import type { Invariant } from "./invariant.ts";
import { last, livesOfType } from "./lives.ts";

/** At every moment; what a stock counts is compared with what it has said. */
const stockIsConserved: Invariant<ShopBooks> = {
  name: "stock is conserved and never negative",
  *breaches(_, lives) {
    for (const stock of livesOfType(lives, "stock")) {
      let supply = 0;
      for (const { moment: { row, data, context }, held, shipped } of holdingsOf(stock, lives)) {
        if (row.type === "StockOpened") supply += Number(data["available"]);
        if (row.type === "StockReceived") supply += Number(data["quantity"]);
        if (context === undefined) break;
        const counts = context as StockContext;
        const reserved = [...held.values()].reduce((sum, pieces) => sum + pieces, 0);
        const says =
          `at version ${row.version} it counts ${counts.available} available, ${counts.reserved} reserved, ` +
          `${counts.shipped} shipped`;
        if (counts.available < 0 || counts.reserved < 0) yield { stream: stock.stream, sentence: says };
        if (counts.available + counts.reserved + counts.shipped !== supply) {
          yield { stream: stock.stream, sentence: `${says}, of ${supply}` };
        }
        if (counts.reserved !== reserved || counts.shipped !== shipped) {
          yield { stream: stock.stream, sentence: `${says}; it has promised ${reserved} and sent off ${shipped}` };
        }
      }
    }
  },
};

/** Goods are held by orders that are under way, and each of those holds what it thinks it does. */
const stockAgreesWithOrders: Invariant<ShopBooks> = {
  name: "stock and orders agree on what is held",
  atRest: true,
  *breaches(_, lives) {
    const held = heldAtTheEnd(lives);
    for (const order of livesOfType(lives, "order")) {
      const { items } = (last(order).context ?? { items: [] }) as OrderContext;
      for (const [line, { reservation }] of items.entries()) {
        const isHeld = held.delete(`${order.ref.id}/${line}`);
        if (reservation === "skipped" || isHeld === (reservation === "reserved")) continue;
        const stock = isHeld ? "holds it" : "does not hold it";
        yield { stream: order.stream, sentence: `line ${line} is ${reservation}, and its stock ${stock}` };
      }
    }
    for (const line of held) yield { stream: "", sentence: `a stock holds ${line}, of which there is no order` };
  },
};

export const STOCK_INVARIANTS = [stockIsConserved, stockAgreesWithOrders];
