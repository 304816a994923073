/** Those who want something of a shop: they remember what they asked for and what they heard, as clients with keys do. */
import type { AnsweredRequest } from "../../invariants/books.ts";
import { oncePerKey, readRequestKey } from "../../../src/api/request-keys.ts";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import type { MachineEvent } from "../../../src/runtime/machine-event.ts";
import type { Receipt } from "../../../src/runtime/receipt.ts";
import { placeOrder } from "../../../src/shop/orders/place-order.ts";
import type { ShopLife } from "../../support/shop-life.ts";

export interface Line {
  readonly product: number;
  readonly quantity: number;
}

/** One wish for an order, under one key, however often it is sent. */
interface Placement {
  readonly key: string;
  readonly lines: readonly Line[];
  /** The id that each attempt would have given the order. */
  readonly attempts: string[];
  /** The order that it became, as far as anybody has heard. */
  orderId: string | undefined;
}

/** Something that was said to an order. */
interface Told {
  readonly orderId: string;
  readonly event: MachineEvent;
  readonly messageId: string;
  /** The last answer. */
  receipt: Receipt | undefined;
}

export const PRODUCTS = ["plenty", "few", "dear"];
export const CUSTOMER = "ada";
const PRICES: Readonly<Record<string, string>> = { plenty: "1000", few: "1000", dear: "60000" };
const SUPPLY: Readonly<Record<string, number>> = { plenty: 99, few: 3, dear: 99 };
const ADDRESS = { line1: "1 High Street", city: "Town", postalCode: "1000", country: "DE" };
const DAY_MS = 24 * 60 * 60_000;

const FINISHED = { type: "StocktakeFinished" };

export class Customers {
  readonly placements: Placement[] = [];
  readonly told: Told[] = [];
  readonly #shop: ShopLife;

  constructor(shop: ShopLife) {
    this.#shop = shop;
  }

  /** Fills the shop: until then nobody can order. */
  async open(): Promise<void> {
    const system = this.#shop.runtime();
    const registered = { type: "CustomerRegistered", name: "Ada", email: "ada@example.com" };
    await system.actor("customer", CUSTOMER).propose(registered, { by: "internal" });
    for (const id of PRODUCTS) {
      const listed = { type: "ProductListed", name: id, price: { amount: PRICES[id]!, currency: "EUR" } };
      await system.actor("product", id).propose({ ...listed, stock: SUPPLY[id]! }, { by: "internal" });
    }
    for (const id of PRODUCTS) {
      while ((await system.actor("product", id).snapshot())?.state !== "listed") await this.#shop.pass(1);
    }
  }

  /** Every stocktake ends: until then orders wait for it. */
  async finishStocktakes(): Promise<void> {
    for (const id of PRODUCTS) {
      await this.#shop.hear(this.#shop.runtime().actor("stock", id).propose(FINISHED, { by: "operator" }));
    }
  }

  /** The orders that somebody has heard of. */
  get orders(): string[] {
    return this.placements.flatMap(({ orderId }) => orderId ?? []);
  }

  async place(lines: readonly Line[]): Promise<Placement> {
    const placement = { key: `k${this.placements.length}`, lines, attempts: [], orderId: undefined };
    this.placements.push(placement);
    await this.placeAgain(placement);
    return placement;
  }

  /** Sends the wish under its key. Each attempt would make another order, if the key did not keep it from doing so. */
  async placeAgain(placement: Placement): Promise<void> {
    const id = `${placement.key}-${placement.attempts.push("")}`;
    placement.attempts[placement.attempts.length - 1] = id;
    const heard = await this.#shop.hear(this.#send(placement.key, placement.lines, id));
    if (heard === undefined) return;
    if (placement.orderId !== undefined && heard.orderId !== placement.orderId) {
      throw new Error(`${placement.key} was ${placement.orderId}, and is now ${heard.orderId}`);
    }
    placement.orderId = heard.orderId;
  }

  /** Uses the key of a wish that was granted for another one; answers the error's code, or undefined when there was none. */
  async abuse({ key, lines }: Placement): Promise<string | undefined> {
    const other = lines.map(({ product, quantity }) => ({ product, quantity: quantity + 1 }));
    try {
      await this.#shop.hear(this.#send(key, other, `${key}-abused`));
      return undefined;
    } catch (thrown) {
      return StatewrightError.from(thrown).code;
    }
  }

  async #send(key: string, lines: readonly Line[], orderId: string): Promise<{ readonly orderId: string }> {
    const items = lines.map(({ product, quantity }) => ({ productId: PRODUCTS[product]!, quantity }));
    const system = this.#shop.runtime();
    const { answer } = await oncePerKey(
      { system, clock: this.#shop.clock, findRequest: (asked) => this.#shop.store.findRequest(asked) },
      readRequestKey("place", key, JSON.stringify(items)),
      {
        run: async (requestKey) => {
          const cart = { customerId: CUSTOMER, items, shippingAddress: ADDRESS };
          await placeOrder(system, cart, { orderId, requestKey, timeouts: TIMEOUTS });
          return { orderId };
        },
        replay: async ({ id }) => ({ orderId: id }),
      },
    );
    return answer;
  }

  async tell(orderId: string, event: MachineEvent): Promise<Told> {
    const told: Told = { orderId, event, messageId: `t${this.told.length}`, receipt: undefined };
    this.told.push(told);
    await this.tellAgain(told);
    return told;
  }

  async tellAgain(told: Told): Promise<void> {
    const order = this.#shop.runtime().actor("order", told.orderId);
    const answer = order.propose(told.event, { by: "operator", messageId: told.messageId });
    told.receipt = await this.#shop.hear(answer);
  }

  /** What everybody has heard, for the books. */
  requests(): AnsweredRequest[] {
    return [
      ...this.placements.flatMap(({ attempts, orderId }) =>
        [...new Set([...attempts, ...orderId === undefined ? [] : [orderId]])].map((id): AnsweredRequest => ({
          creates: `order/${id}`,
          outcome: orderId === undefined ? "unknown" : id === orderId ? "acknowledged" : "refused",
        }))
      ),
      ...this.told.map(({ messageId, receipt }): AnsweredRequest => ({
        messageId,
        outcome: receipt === undefined ? "unknown" : receipt.outcome === "refused" ? "refused" : "acknowledged",
      })),
    ];
  }
}

const TIMEOUTS = {
  reservationMs: 20_000,
  paymentMs: 30_000,
  shipmentMs: DAY_MS,
  deliveryMs: DAY_MS,
  releaseMs: 20_000,
  refundMs: 30_000,
  reminderMs: DAY_MS,
};
