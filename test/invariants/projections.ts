import { isDeepStrictEqual } from "node:util";
import type { OrderPlaced } from "../../machines/order/events.ts";
import { meaningOfState } from "../../src/shop/orders/order-states.ts";
import type { ProjectedOrder, ShopBooks } from "./books.ts";
import type { Invariant } from "./invariant.ts";
import { type Life, livesOfType } from "./lives.ts";

const projectionIsTheFold: Invariant<ShopBooks> = {
  name: "the read model is the fold of the log",
  *breaches({ projected, atRest, events }, lives) {
    if (projected === undefined) return;
    const { rows, checkpoint } = projected;
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const order of livesOfType(lives, "order")) {
      const row = byId.get(order.ref.id);
      const expected = fold(order, checkpoint);
      byId.delete(order.ref.id);
      if (expected === undefined || row === undefined) {
        if (expected !== row) yield { stream: order.stream, sentence: row ? "has a row too early" : "has no row" };
        continue;
      }
      for (const [member, shown] of Object.entries(row)) {
        const folded = expected[member as keyof ProjectedOrder];
        if (isDeepStrictEqual(shown, folded)) continue;
        const sentence = `its row says ${member}: ${JSON.stringify(shown)}, the log says ${JSON.stringify(folded)}`;
        yield { stream: order.stream, sentence };
      }
    }
    for (const id of byId.keys()) yield { stream: `order/${id}`, sentence: "has a row and no events" };
    const head = events.at(-1)?.position ?? 0;
    if (atRest && checkpoint < head) {
      yield { stream: "", sentence: `the projection stands at ${checkpoint} of ${head}` };
    }
  },
};

function fold({ ref, moments }: Life, until: number): ProjectedOrder | undefined {
  const seen = moments.filter(({ row }) => row.position <= until);
  const [first] = seen;
  const latest = seen.at(-1)?.row;
  if (first === undefined || latest === undefined) return undefined;
  const { customerId, items, total, shippingAddress } = first.data as unknown as OrderPlaced;
  const latestOf = (type: string) => seen.findLast(({ row }) => row.type === type)?.data;
  return {
    id: ref.id,
    version: latest.version,
    state: latest.state,
    status: meaningOfState(latest.state).status,
    customerId,
    items,
    shippingAddress: latestOf("ShippingAddressChanged")?.["shippingAddress"] ?? shippingAddress,
    trackingNumber: (latestOf("OrderShipped")?.["trackingNumber"] ?? null) as string | null,
    total,
    placedPosition: first.row.position,
  };
}

export const PROJECTION_INVARIANTS = [projectionIsTheFold];
