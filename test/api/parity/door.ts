/** What the doors are compared by: the same requests, and answers in one form. */
import type { ShopService } from "../../support/shop-service.ts";

export type OrderAction = "changeShippingAddress" | "cancel" | "ship" | "deliver";

export interface Line {
  readonly productId: string;
  readonly quantity: number;
}

export interface Asked {
  readonly key?: string | undefined;
  readonly expectedVersion?: number | undefined;
  readonly trackingNumber?: string | undefined;
  readonly reason?: string | undefined;
}

export interface SeenOrder {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly state: string;
  readonly version: number;
  readonly items: readonly { readonly productId: string; readonly quantity: number; readonly unitPrice: Amount }[];
  readonly total: Amount;
  readonly trackingNumber: string | undefined;
  readonly offers: readonly string[];
}

interface Amount {
  readonly amount: string;
  readonly currency: string;
}

/** A door as its clients use it. What it refuses rejects with {@link Refused}. */
export interface Door {
  readonly name: string;
  readonly shop: ShopService;
  createCustomer(customer: { readonly name: string; readonly email: string }, key?: string): Promise<string>;
  createProduct(
    product: { readonly name: string; readonly amount: string; readonly currency: string; readonly stock: number },
    key?: string,
  ): Promise<string>;
  renameProduct(id: string, name: string): Promise<void>;
  discontinueProduct(id: string): Promise<void>;
  createOrder(customerId: string, lines: readonly Line[], key?: string): Promise<SeenOrder>;
  ask(orderId: string, action: OrderAction, asked: Asked): Promise<SeenOrder>;
  order(id: string): Promise<SeenOrder>;
  /** The ids of a customer's orders, the newest first. */
  ordersOf(customerId: string): Promise<string[]>;
  /** Name and stock. */
  product(id: string): Promise<{ readonly name: string; readonly available: number }>;
  customer(id: string): Promise<{ readonly name: string; readonly email: string }>;
  stop(): Promise<void>;
}

/** The one code that all doors share. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

/** `NEEDS_INTERVENTION`, `ORDER_STATUS_NEEDS_INTERVENTION` and `needsIntervention` are one. */
export function plainStatus(status: string): string {
  return status.replace(/^ORDER_STATUS_/, "").replaceAll("_", "").toLowerCase();
}
