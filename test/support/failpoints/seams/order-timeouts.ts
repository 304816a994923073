/** Every other order is given up soon after it was confirmed, so that timers fire and compensations run. */
import type { OrderTimeouts } from "../../../../machines/order/events.ts";
import { DEFAULT_ORDER_TIMEOUTS as ORDINARY } from "../../../../src/shop/orders/order-timeouts.ts";

const SOON_MS = 1_500;
let orders = 0;

export const DEFAULT_ORDER_TIMEOUTS: OrderTimeouts = {
  ...ORDINARY,
  get shipmentMs() {
    return ++orders % 2 === 0 ? SOON_MS : ORDINARY.shipmentMs;
  },
};
