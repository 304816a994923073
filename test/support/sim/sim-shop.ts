/** The people of the shop: customers who order and change their minds, staff, operators, a warehouse, and onlookers. */
import type { OrderContext } from "../../../machines/order/context.ts";
import { obligationsOf } from "../../../machines/order/obligations.ts";
import { oncePerKey } from "../../../src/api/request-keys.ts";
import { StatewrightError } from "../../../src/kernel/errors.ts";
import type { ActorSnapshot } from "../../../src/runtime/receipt.ts";
import { propose } from "../../../src/shop/propose.ts";
import type { Chance } from "./chance.ts";
import type { Plan, PlannedOrder } from "./plan.ts";
import type { SimCluster } from "./sim-cluster.ts";
import type { SimDesk } from "./sim-desk.ts";
import type { SimNode } from "./sim-node.ts";
import type { World } from "./world.ts";

const FLOOD_SIZE = 1_300;
const FINAL = ["delivered", "cancelled"];

export class SimShop {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #desk: SimDesk;
  readonly #cluster: SimCluster;
  readonly #chance: Chance;
  #messages = 0;
  #underWay = 0;
  #isListed = false;
  readonly #floods: { readonly node: SimNode; unanswered: number }[] = [];
  /** The streams of the orders that clients have got, with the last version that an onlooker has seen. */
  readonly watched = new Map<string, number>();
  /** By key, the order that its client was told of. */
  readonly keyed = new Map<string, string>();

  constructor(world: World, plan: Plan, desk: SimDesk, cluster: SimCluster) {
    this.#world = world;
    this.#plan = plan;
    this.#desk = desk;
    this.#cluster = cluster;
    this.#chance = world.chance("shop");
    cluster.flood = (node) => this.#flood(node);
  }

  /** True when nobody has anything left to do. */
  get isOver(): boolean {
    return this.#underWay === 0;
  }

  open(): void {
    const { stocks, orders, receipts } = this.#plan;
    this.#do(async () => {
      await Promise.all(stocks.map((stock, n) => this.#list(`p${n}`, stock)));
      this.#isListed = true;
    });
    for (const order of orders) this.#do(() => this.#live(order));
    for (let n = 0; n < stocks.length; n++) this.#do(() => this.#stocktake(`p${n}`));
    for (let n = 0; n < receipts; n++) this.#do(() => this.#receive(`p0`));
  }

  #do(work: () => Promise<void>): void {
    this.#underWay++;
    work().catch((thrown: unknown) => this.#world.mishap("people are answered in known words", String(thrown)))
      .finally(() => this.#underWay--);
  }

  #messageId(): string {
    return `m${++this.#messages}`;
  }

  async #list(id: string, stock: number): Promise<void> {
    const event = { type: "ProductListed", name: id, price: { amount: "1000", currency: "EUR" }, stock };
    await this.#desk.propose("product", id, event, { by: "internal", messageId: this.#messageId() });
    while ((await this.#look("product", id))?.state !== "listed") await this.#pause();
  }

  async #live(order: PlannedOrder): Promise<void> {
    await this.#world.sleep(order.atMs);
    while (!this.#isListed) await this.#pause();
    const id = order.hasKey ? await this.#placeByKey(order) : await this.#place(order);
    this.watched.set(`order/${id}`, 0);
    if (this.#chance.hits(0.6)) this.#do(() => this.#watch(id));
    else this.watched.delete(`order/${id}`);
    const { cancelAfterMs } = order;
    if (cancelAfterMs !== undefined) {
      this.#do(async () => {
        await this.#world.sleep(cancelAfterMs);
        await this.#tell(id, { type: "CancellationRequested" }, "client");
      });
    }
    for (;;) {
      await this.#world.sleep(this.#chance.int(1_000, 5_000));
      const seen = await this.#look("order", id);
      if (seen === undefined || FINAL.includes(seen.state)) return;
      await this.#attend(order, id, seen);
    }
  }

  async #place({ id, placed }: PlannedOrder): Promise<string> {
    const event = { type: "OrderPlaced", ...placed };
    await this.#desk.propose("order", id, event, { by: "internal", messageId: this.#messageId() });
    return id;
  }

  /** As a door does it: a new order at each try, of which one can be the key's. */
  async #placeByKey({ id, placed }: PlannedOrder): Promise<string> {
    const key = { principal: "", operation: "rest", key: id, requestHash: "hash" };
    for (let n = 0;; n++) {
      try {
        const { answer, isReplayed } = await this.#desk.ask(({ runtime: system, process: clock, store }) =>
          oncePerKey({ system, clock, findRequest: (wanted) => store.findRequest(wanted) }, key, {
            run: async (requestKey) => {
              const event = { type: "OrderPlaced", ...placed };
              const ref = { type: "order", id: `${id}-${n}` };
              await propose(system, ref, event, { by: "internal", requestKey });
              return ref;
            },
            replay: async (first) => first,
          })
        );
        if (isReplayed) this.#world.count("request key replayed");
        this.keyed.set(id, answer.id);
        return answer.id;
      } catch (thrown) {
        this.#world.count(`answer ${StatewrightError.from(thrown).code}`);
        await this.#pause();
      }
    }
  }

  async #attend(order: PlannedOrder, id: string, { state, context }: ActorSnapshot): Promise<void> {
    if (state === "confirmed" && order.ships) await this.#tell(id, { type: "OrderShipped", trackingNumber: "T-1" });
    else if (state === "shipped" && order.isDelivered) await this.#tell(id, { type: "OrderDelivered" });
    else if (state === "needsIntervention") await this.#operate(id, context as OrderContext);
    else if (this.#chance.hits(0.1)) await this.#move(id);
  }

  async #operate(id: string, context: OrderContext): Promise<void> {
    this.#world.count("operator intervened");
    const [first] = obligationsOf(context);
    const isHopeless = first?.kind === "refund" && first.progress === "failed" && context.retries >= 2;
    const giveUp = this.#chance.hits(0.3) ? "InterventionResolved" : "CompensationSkipped";
    await this.#tell(id, { type: isHopeless ? giveUp : "CompensationRetried", reason: "seen to" });
  }

  /** Some say it without an id of their own, and do not repeat it. */
  async #move(id: string): Promise<void> {
    const shippingAddress = {
      ...this.#plan.orders[0]!.placed.shippingAddress,
      line1: `${this.#chance.int(1, 99)} Low Road`,
    };
    const event = { type: "ShippingAddressChanged", shippingAddress };
    if (this.#chance.hits(0.5)) return this.#tell(id, event, "client");
    const receipt = await this.#desk.ask(({ runtime }) => runtime.actor("order", id).propose(event)).catch(() => {});
    if (receipt?.outcome !== "accepted") return;
    this.#desk.note({ stream: `order/${id}`, version: receipt.version, state: receipt.state, type: event.type });
  }

  async #tell(
    id: string,
    event: { readonly type: string; readonly [field: string]: unknown },
    by: "client" | "operator" = "operator",
  ) {
    await this.#desk.propose("order", id, event, { by, messageId: this.#messageId(), tries: 20 });
  }

  async #stocktake(id: string): Promise<void> {
    while (!this.#isListed) await this.#pause();
    for (let n = this.#chance.int(0, 2); n > 0; n--) {
      await this.#world.sleep(this.#chance.int(0, this.#plan.chaosMs));
      for (const type of ["StocktakeStarted", "StocktakeFinished"]) {
        await this.#desk.propose("stock", id, { type }, { by: "operator", messageId: this.#messageId() });
        await this.#world.sleep(this.#chance.int(100, 6_000));
      }
    }
  }

  async #receive(id: string): Promise<void> {
    while (!this.#isListed) await this.#pause();
    await this.#world.sleep(this.#chance.int(0, this.#plan.chaosMs));
    const options = { by: "operator", messageId: this.#messageId() } as const;
    await this.#desk.propose("stock", id, { type: "StockReceived", quantity: 1 }, options);
  }

  /** Those of a flood whom a node that lives still owes an answer. */
  get unanswered(): number {
    return this.#floods.filter(({ node }) => !node.process.isDead).reduce((sum, flood) => sum + flood.unanswered, 0);
  }

  /** Many ask one actor for the same at once: it takes what it can hold. */
  #flood(node: SimNode): void {
    if (!node.isUp || !this.#isListed) return;
    const id = `p${this.#chance.int(0, this.#plan.stocks.length - 1)}`;
    const flood = { node, unanswered: FLOOD_SIZE };
    node.process.deliver(() => {
      this.#floods.push(flood);
      for (let n = 0; n < FLOOD_SIZE; n++) {
        node.runtime.actor("stock", id).propose({ type: "StocktakeFinished" }, { by: "operator" })
          .catch((thrown: unknown) => {
            if (StatewrightError.from(thrown).code === "OVERLOADED") this.#world.count("mailbox full");
          }).finally(() => flood.unanswered--);
      }
    });
  }

  /** Follows an order from its first event to its last, whichever node has to tell. */
  async #watch(id: string): Promise<void> {
    const stream = `order/${id}`;
    let next = 1;
    while (!this.#isSeen(stream)) {
      const node = this.#chance.pick(this.#cluster.open);
      if (node === undefined || !node.process.isRunning) {
        await this.#pause();
        continue;
      }
      next = await this.#follow(node, id, next).catch(() => this.watched.get(stream)! + 1);
    }
  }

  async #follow(node: SimNode, id: string, fromVersion: number): Promise<number> {
    const stream = `order/${id}`;
    let next = fromVersion;
    const events = node.runtime.actor("order", id).subscribe({ fromVersion });
    for (let coming = events.next(); !this.#isSeen(stream);) {
      const came = await Promise.race([coming, this.#world.sleep(5_000)]);
      if (came === undefined && node.isUp && !node.process.isDead) continue;
      if (came === undefined || came.done) break;
      coming = events.next();
      const { version, type, state } = came.value;
      if (version !== next) this.#world.mishap("followers miss nothing", `${stream}: ${version} came for ${next}`);
      next = version + 1;
      this.#desk.note({ stream, version, type, state });
      this.watched.set(stream, version);
      if (FINAL.includes(state)) this.#final.add(stream);
    }
    await events.return?.();
    return next;
  }

  readonly #final = new Set<string>();

  #isSeen(stream: string): boolean {
    return this.#final.has(stream);
  }

  async #look(type: string, id: string): Promise<ActorSnapshot | undefined> {
    for (;;) {
      try {
        return await this.#desk.look(type, id);
      } catch {
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    return this.#world.sleep(this.#chance.int(100, 2_000));
  }
}
