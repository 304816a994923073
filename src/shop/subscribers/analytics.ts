/** Figures by the day, counted from the orders' events. Days are UTC. */
import type { Currency, Money } from "../../../machines/money.ts";
import type { OrderPlaced } from "../../../machines/order/events.ts";
import type { OrderStatus } from "../../../machines/order/status.ts";
import { refOf } from "../../kernel/ids.ts";
import type { Transaction } from "../../projection/projection.ts";
import type { Subscription } from "../../projection/subscription.ts";
import { meaningOfState } from "../orders/order-states.ts";

export interface Day {
  /** `2026-11-23` */
  readonly day: string;
  /** How many orders were placed on this day, by where they stand now. */
  readonly orders: Partial<Record<OrderStatus, number>>;
  /** What was captured on this day less what was refunded, one amount a currency; may be negative. */
  readonly revenue: readonly Money[];
}

export const analytics: Subscription = {
  name: "analytics",
  types: ["order"],
  from: "beginning",
  delivery: "effectively-once",
  async handle({ stream, type, version, data, state, recordedAt }, transaction) {
    const [{ id }, { status }] = [refOf(stream), meaningOfState(state)];
    const day = new Date(recordedAt).toISOString().slice(0, 10);
    if (version === 1) {
      const { total } = JSON.parse(data) as OrderPlaced;
      await transaction.query(
        `insert into analytics_orders (order_id, placed_on, status, amount, currency)
         values ($1, $2::text::date, $3, $4::text::bigint, $5)`,
        [id, day, status, total.amount, total.currency],
      );
      return;
    }
    await transaction.query(
      `update analytics_orders set status = $2,
         captured_on = case when $3 = 'PaymentCaptured' then $4::text::date else captured_on end,
         refunded_on = case when $3 = 'PaymentRefunded' then $4::text::date else refunded_on end
       where order_id = $1`,
      [id, status, type, day],
    );
  },
};

const SINCE = "(select max(placed_on) - $1::int from analytics_orders)";

/** The last days up to that of the latest order, the newest first; days without orders or money are left out. */
export async function dailyFigures(readModel: Transaction, days: number): Promise<Day[]> {
  const [orders, revenue] = await Promise.all([
    readModel.query(
      `select placed_on::text as day, status, count(*)::int as count from analytics_orders
       where placed_on > ${SINCE} group by placed_on, status order by placed_on desc, status`,
      [days],
    ),
    readModel.query(
      `select day::text as day, currency, sum(amount)::text as amount from (
         select captured_on as day, currency, amount from analytics_orders where captured_on > ${SINCE}
         union all
         select refunded_on, currency, -amount from analytics_orders where refunded_on > ${SINCE}
       ) as flow group by day, currency order by day desc, currency`,
      [days],
    ),
  ]);
  const names = new Set([...orders, ...revenue].map(({ day }) => String(day)));
  return [...names].toSorted().toReversed().map((day) => ({
    day,
    orders: Object.fromEntries(
      orders.filter((row) => row["day"] === day).map((row) => [row["status"] as OrderStatus, Number(row["count"])]),
    ),
    revenue: revenue.filter((row) => row["day"] === day)
      .map((row) => ({ amount: String(row["amount"]), currency: row["currency"] as Currency })),
  }));
}
