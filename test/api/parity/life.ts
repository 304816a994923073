/** A random life of a shop, the same through any door, and what came of it in words that do not depend on ids and times. */
import fc from "fast-check";
import { meaningOfState } from "../../../src/shop/orders/order-states.ts";
import type { StoredEvent } from "../../../src/projection/projection.ts";
import { eventually } from "../../support/eventually.ts";
import { type Door, type OrderAction, Refused } from "./door.ts";

const ACTIONS: readonly OrderAction[] = ["changeShippingAddress", "cancel", "ship", "deliver"];
const UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057";

/** Numbers name customers, products and orders in the order in which they came to be; see {@link Life.pick}. */
const which = fc.nat(9);
const key = fc.option(fc.nat(3), { nil: undefined, freq: 3 });

/** Good ones first. The others have one mistake each, because which of two is told is a door's own business. */
const PRODUCTS = [
  { amount: "100", currency: "EUR", stock: 5 },
  { amount: "1000000000000", currency: "EUR", stock: 5 },
  { amount: "100", currency: "USD", stock: 0 },
  { amount: "0", currency: "EUR", stock: 5 },
  { amount: "-1", currency: "EUR", stock: 5 },
  { amount: "10.5", currency: "EUR", stock: 5 },
  { amount: "x", currency: "EUR", stock: 5 },
  { amount: "100", currency: "XXX", stock: 5 },
  { amount: "100", currency: "eur", stock: 5 },
  { amount: "100", currency: "EUR", stock: -1 },
];

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant("register" as const), name: fc.constantFrom("Ada", ""), key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("list" as const),
      product: fc.constantFrom(...PRODUCTS),
      key,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("order" as const),
      customer: which,
      lines: fc.array(fc.tuple(which, fc.constantFrom(1, 2, 4, 0, -1, 10_001)), { maxLength: 2 }),
      key,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      order: which,
      action: fc.constantFrom(...ACTIONS),
      stale: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      key,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("follow" as const), order: which, offer: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("rename" as const), product: which, name: fc.constantFrom("Mug", " ") }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("discontinue" as const), product: which }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("look" as const), customer: which, product: which, order: which }),
  },
);

export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
export const life = fc.array(step, { minLength: 3, maxLength: 14 });

/** What a step was answered with, and in the end what stands in the log. */
export interface Lived {
  readonly answers: readonly unknown[];
  /** By actor: its events so far, in one order, because some come at the same time. What actors tell each other takes a moment. */
  histories(): Promise<Readonly<Record<string, readonly string[]>>>;
}

/** Lives it through one door. @param run names the keys of this life, which a shop remembers */
export async function live(door: Door, steps: readonly Step[], run: number): Promise<Lived> {
  const living = new Living(door, run);
  await living.begin();
  const answers: unknown[] = [];
  for (const each of steps) answers.push(await living.answerTo(each));
  return { answers, histories: () => living.histories() };
}

class Living {
  readonly #door: Door;
  readonly #run: number;
  readonly #customers: string[] = [];
  readonly #products: string[] = [];
  readonly #orders: string[] = [];

  constructor(door: Door, run: number) {
    this.#door = door;
    this.#run = run;
  }

  /** So that there is something to order from the first step on. */
  async begin(): Promise<void> {
    this.#customers.push(await this.#door.createCustomer({ name: "First", email: "first@example.com" }));
    const cup = { name: "Cup", amount: "250", currency: "EUR", stock: 6 };
    this.#products.push(await this.#door.createProduct(cup));
  }

  async answerTo(step: Step): Promise<unknown> {
    try {
      return this.#named(await this.#do(step));
    } catch (thrown) {
      if (thrown instanceof Refused) return { refused: thrown.code };
      throw thrown;
    }
  }

  async #do(step: Step): Promise<unknown> {
    const door = this.#door;
    switch (step.do) {
      case "register": {
        const customer = { name: step.name, email: "a@example.com" };
        return add(this.#customers, await door.createCustomer(customer, this.#key(step.key, step.name !== "")));
      }
      case "list": {
        const product = { name: "Pot", ...step.product };
        const isGood = PRODUCTS.indexOf(step.product) < 3;
        return add(this.#products, await door.createProduct(product, this.#key(step.key, isGood)));
      }
      case "order": {
        const lines = step.lines.map(([product, quantity]) => ({ productId: pick(this.#products, product), quantity }));
        const isGood = lines.length > 0 && lines.every(({ quantity }) => quantity > 0 && quantity <= 10_000);
        const customerId = pick(this.#customers, step.customer);
        const named = [customerId, ...lines.map(({ productId }) => productId)].every((id) => id.length === 36);
        const { id } = await door.createOrder(customerId, lines, this.#key(step.key, isGood && named));
        add(this.#orders, id);
        return await this.#settled(id);
      }
      case "ask": {
        const id = pick(this.#orders, step.order);
        const expectedVersion = step.stale ? 1 : undefined;
        const asked = { key: this.#key(step.key, id.length === 36), expectedVersion, ...detailsOf(step.action) };
        await door.ask(id, step.action, asked);
        return await this.#settled(id);
      }
      case "follow": {
        const id = pick(this.#orders, step.order);
        const { offers } = await door.order(id);
        if (offers.length === 0) return { offers };
        const offer = offers[step.offer % offers.length]!;
        try {
          await door.ask(id, offer as OrderAction, detailsOf(offer));
        } catch (thrown) {
          throw new Error(`${door.name} offered ${offer}, and refuses it`, { cause: thrown });
        }
        return { offers, after: await this.#settled(id) };
      }
      case "rename":
        // A bad name and a bad id are two mistakes.
        await door.renameProduct(pick(this.#products, step.name === " " ? 0 : step.product), step.name);
        return "renamed";
      case "discontinue":
        await door.discontinueProduct(pick(this.#products, step.product));
        return "discontinued";
      default:
        return await this.#look(step);
    }
  }

  async #look({ customer, product, order }: Extract<Step, { do: "look" }>): Promise<unknown> {
    const door = this.#door;
    const answers = await Promise.allSettled([
      door.customer(pick(this.#customers, customer)),
      door.product(pick(this.#products, product)),
      door.order(pick(this.#orders, order)),
      door.ordersOf(pick(this.#customers, customer)),
    ]);
    return answers.map((answer) => {
      if (answer.status === "fulfilled") return answer.value;
      if (answer.reason instanceof Refused) return { refused: answer.reason.code };
      throw answer.reason;
    });
  }

  /** The order once nothing moves it any more. */
  async #settled(id: string): Promise<unknown> {
    const { runtime } = this.#door.shop;
    await eventually(async () => {
      const snapshot = await runtime.actor("order", id).snapshot();
      const { status } = meaningOfState(snapshot!.state);
      if (status === "pending" || status === "cancelling") throw new Error(`still ${snapshot!.state}`);
    });
    return await this.#door.order(id);
  }

  /** A request with two mistakes may be told either, so that keys, which may be taken, go with good ones only. */
  #key(number: number | undefined, isGood: boolean): string | undefined {
    return number === undefined || !isGood ? undefined : `${this.#run}-${number}`;
  }

  /** With names instead of ids. */
  #named(value: unknown): unknown {
    const text = JSON.stringify(value ?? null);
    return JSON.parse(this.#withoutIds(text));
  }

  #withoutIds(text: string): string {
    const names = new Map([
      ...this.#customers.map((id, at) => [id, `customer ${at}`] as const),
      ...this.#products.map((id, at) => [id, `product ${at}`] as const),
      ...this.#orders.map((id, at) => [id, `order ${at}`] as const),
    ]);
    return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => names.get(id) ?? "somebody");
  }

  async histories(): Promise<Record<string, string[]>> {
    const actors = [
      ...this.#customers.map((id) => ["customer", id] as const),
      ...this.#products.flatMap((id) => [["product", id], ["stock", id]] as const),
      ...this.#orders.flatMap((id) => [["order", id], ["payment", id]] as const),
    ];
    const { runtime } = this.#door.shop;
    const told = await Promise.all(actors.map(async ([type, id]) => {
      const events = await runtime.actor(type, id).events();
      return [`${type} ${this.#withoutIds(id)}`, events.map((event) => this.#told(event)).toSorted()] as const;
    }));
    return Object.fromEntries(told);
  }

  #told({ type, data }: StoredEvent): string {
    return `${type} ${this.#withoutIds(data)}`;
  }
}

function detailsOf(action: string): { readonly trackingNumber?: string; readonly reason?: string } {
  if (action === "ship") return { trackingNumber: "T-1" };
  return action === "cancel" ? { reason: "changed my mind" } : {};
}

/** The last number is somebody unknown, the one before it nobody's id at all. */
function pick(ids: readonly string[], number: number): string {
  if (number === 9 || ids.length === 0) return UNKNOWN;
  return number === 8 ? "no-id" : ids[number % ids.length]!;
}

function add(ids: string[], id: string): string {
  if (!ids.includes(id)) ids.push(id);
  return id;
}
