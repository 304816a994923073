/** The demo orders: together they show every ending, and every state in which an order can wait. */
import type { OrderTimeouts } from "../../../machines/order/events.ts";
import type { OrderRequest } from "../orders/order-states.ts";
import { DEMO_CUSTOMERS, type DemoCustomer, type DemoProduct } from "./catalogue.ts";
import type { BehaviourOrder } from "./provider-behaviours.ts";

export type DemoStep = OrderRequest | "startStocktake";

export interface DemoOrder {
  /** Names it for ever: its id is made from it. */
  readonly name: string;
  readonly customer: DemoCustomer;
  readonly items: readonly { readonly product: DemoProduct; readonly quantity: number }[];
  readonly timeouts?: Partial<OrderTimeouts>;
  /** What the payment provider is told before the order is placed. */
  readonly provider?: BehaviourOrder;
  /** What is done, once, when the order stands in a state. */
  readonly steps?: Readonly<Record<string, readonly DemoStep[]>>;
  /** Where it comes to rest. */
  readonly rests: string;
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
/** For orders that are to be looked at: they wait long where others would help themselves. */
const PATIENT: Partial<OrderTimeouts> = {
  reservationMs: WEEK_MS,
  paymentMs: WEEK_MS,
  releaseMs: WEEK_MS,
  refundMs: WEEK_MS,
};

const CUSTOMERS = Object.keys(DEMO_CUSTOMERS) as DemoCustomer[];
const COMMON: readonly DemoProduct[] = ["mug", "lamp", "keyboard", "notebook", "backpack", "headphones"];

const CANCEL_WHEN_PAID = { confirmed: ["cancel"] } as const;

type Story = Omit<DemoOrder, "name" | "customer">;

/** `count` orders of one kind; `make` is given 0, 1, 2 … */
function orders(kind: string, count: number, make: (n: number) => Story): DemoOrder[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `${kind} ${n + 1}`,
    customer: CUSTOMERS[(n + kind.length) % CUSTOMERS.length]!,
    ...make(n),
  }));
}

/** A different small basket for each number. */
function basket(n: number): DemoOrder["items"] {
  const first = { product: COMMON[n % COMMON.length]!, quantity: 1 + n % 2 };
  return n % 3 === 0 ? [first, { product: COMMON[(n + 1) % COMMON.length]!, quantity: 1 }] : [first];
}

export const DEMO_ORDERS: readonly DemoOrder[] = [
  ...orders("delivered", 21, (n) => ({
    items: basket(n),
    // Some answers of the provider are lost on their way: it is asked again, and charges once.
    ...(n % 10 === 7 && { provider: { capture: "twice" } }),
    steps: { confirmed: ["ship"], shipped: ["deliver"] },
    rests: "delivered",
  })),

  // 12 × 125.00 is 1,500.00, which the provider declines.
  ...orders("declined", 1, () => ({ items: [{ product: "keyboard", quantity: 12 }], rests: "cancelled" })),
  ...orders("declined with several lines", 2, (n) => ({
    items: [{ product: "headphones", quantity: 5 + n }, { product: "notebook", quantity: 30 }],
    rests: "cancelled",
  })),
  ...orders("out of stock", 2, (n) => ({
    items: [{ product: "mug", quantity: 2 }, { product: "telescope", quantity: 4 + n }],
    rests: "cancelled",
  })),
  ...orders(
    "cancelled by the customer",
    2,
    (n) => ({ items: basket(n + 4), steps: CANCEL_WHEN_PAID, rests: "cancelled" }),
  ),
  // The provider answers after the order has given up: the late capture is refunded.
  ...orders("timed out", 2, (n) => ({
    items: basket(n + 2),
    timeouts: { paymentMs: 600 },
    provider: { capture: "hang", forMs: 1_200 },
    rests: "cancelled",
  })),

  // 4 × 125.00 is 500.00.
  ...orders("confirmed", 1, () => ({ items: [{ product: "keyboard", quantity: 4 }], rests: "confirmed" })),
  ...orders("to be packed", 2, (n) => ({ items: basket(n + 1), rests: "confirmed" })),
  ...orders("on its way", 3, (n) => ({ items: basket(n + 3), steps: { confirmed: ["ship"] }, rests: "shipped" })),
  ...orders("waiting for the stocktake", 1, () => ({
    items: [{ product: "mug", quantity: 1 }, { product: "kettle", quantity: 2 }],
    timeouts: PATIENT,
    rests: "reservingStock",
  })),
  ...orders("stuck behind the stocktake", 1, () => ({
    items: [{ product: "chair", quantity: 1 }],
    timeouts: PATIENT,
    steps: { confirmed: ["startStocktake", "cancel"] },
    rests: "compensating.releasingStock",
  })),

  ...orders("payment without an answer", 2, (n) => ({
    items: basket(n + 5),
    timeouts: PATIENT,
    provider: { capture: "hang" },
    rests: "chargingPayment",
  })),
  ...orders("refund behind a payment without an answer", 1, () => ({
    items: basket(1),
    timeouts: PATIENT,
    provider: { capture: "hang" },
    steps: { chargingPayment: ["cancel"] },
    rests: "compensating.refunding",
  })),

  ...orders("refund refused", 1, () => ({
    items: basket(8),
    provider: { refund: "decline" },
    steps: CANCEL_WHEN_PAID,
    rests: "needsIntervention",
  })),
  ...orders("refund failing", 2, (n) => ({
    items: basket(n + 9),
    timeouts: { refundMs: 800 },
    provider: { refund: n === 0 ? "fail" : "hang" },
    steps: CANCEL_WHEN_PAID,
    rests: "needsIntervention",
  })),
];
