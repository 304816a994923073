import type { OrderTimeouts } from "../../../machines/order/events.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long an order waits before it helps itself, unless whoever places it says otherwise. */
export const DEFAULT_ORDER_TIMEOUTS: OrderTimeouts = {
  reservationMs: 30 * SECOND_MS,
  paymentMs: 2 * MINUTE_MS,
  shipmentMs: 14 * DAY_MS,
  deliveryMs: 30 * DAY_MS,
  releaseMs: MINUTE_MS,
  refundMs: 5 * MINUTE_MS,
  reminderMs: 24 * HOUR_MS,
};
