/** The nodes, and what befalls them: each has a supervisor that starts it again, sooner or later. */
import type { Chance } from "./chance.ts";
import { SimNode, type Surroundings } from "./sim-node.ts";
import type { Disruption } from "./weather.ts";
import type { World } from "./world.ts";

const STOPPED_WITHIN_MS = 40_000;
const CLOCK_JUMPS_MS = [-3_600_000, -30_000, 30_000, 3_600_000];

export class SimCluster {
  readonly #around: Surroundings;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #slots: (SimNode | undefined)[];
  /** Nodes that were asleep when their supervisor started another one in their place. */
  readonly #zombies = new Set<SimNode>();
  /** The last epochs of those that are gone, by name. */
  readonly #buried = new Map<string, number>();
  #lives = 0;
  #isOver = false;

  constructor(around: Surroundings, size: number) {
    this.#around = around;
    this.#world = around.world;
    this.#chance = around.world.chance("cluster");
    this.#slots = Array.from({ length: size }, () => undefined);
    this.#slots.forEach((_, slot) => this.#start(slot));
  }

  /** Those that take requests, as far as somebody outside can tell. */
  get open(): readonly SimNode[] {
    return this.#slots.filter((node) => node !== undefined).filter((node) => node.isUp && !node.isStopping);
  }

  /**
   * True while a node does not know who else there is, or was: another process has taken its name, or has joined since
   * it last said that it lives. It reads from its memory then.
   */
  isUnaware(node: SimNode): boolean {
    const hasTwin = [...this.#zombies].some((zombie) => zombie === node || zombie.id === node.id);
    const hadTwin = epochOf(node) < (this.#buried.get(node.id) ?? 0);
    return hasTwin || hadTwin || (this.size > 1 && node.runtime.members().length <= 1);
  }

  get size(): number {
    return this.#slots.length;
  }

  #start(slot: number): void {
    if (this.#isOver) return;
    const node = new SimNode(this.#around, `node-${slot + 1}`, ++this.#lives);
    this.#slots[slot] = node;
    this.#world.trace(`start ${node.process.name}`);
    node.start().catch((thrown: unknown) => {
      this.#world.trace(`${node.process.name} could not start: ${String(thrown)}`);
      this.#down(slot, node);
    });
  }

  #down(slot: number, node: SimNode): void {
    node.crash();
    if (this.#slots[slot] !== node) return;
    this.#slots[slot] = undefined;
    this.#world.after(this.#chance.int(100, 12_000), () => {
      if (this.#slots[slot] === undefined) this.#start(slot);
    });
  }

  /** Lets each kind of disruption come and come again, until all heals. */
  disrupt(): void {
    const kinds: Readonly<Record<Disruption, () => void>> = {
      crash: () => this.#any((node, slot) => this.#down(slot, node)),
      restart: () => this.#any((node, slot) => this.#restart(node, slot)),
      pause: () => this.#any((node) => this.#pause(node, this.#chance.int(500, 20_000))),
      zombie: () => this.#any((node, slot) => this.#replaceAsleep(node, slot)),
      partition: () => this.#partition(),
      clockJump: () => this.#any(({ process }) => process.skewMs += this.#chance.pick(CLOCK_JUMPS_MS)!),
      storeOutage: () => this.#any((node) => node.awayUntil = this.#world.now + this.#chance.int(500, 12_000)),
      brokerOutage: () => this.#breakBroker(),
      brokerAmnesia: () => this.#around.broker.forget(this.#chance.pick([0.1, 0.5, 1])!),
      providerOutage: () => this.#breakProvider(),
      flood: () => this.#any((node) => this.flood(node)),
    };
    for (const [kind, strike] of Object.entries(kinds) as [Disruption, () => void][]) this.#repeat(kind, strike);
  }

  /** What a flood is, is the shop's business. */
  flood: (node: SimNode) => void = () => {};

  #repeat(kind: Disruption, strike: () => void): void {
    const chance = this.#world.chance(`disruption ${kind}`);
    const pause = this.#around.weather.pauseOf(kind);
    if (pause === undefined) return;
    const next = () =>
      this.#world.after(pause * 2 * chance.next(), () => {
        if (this.#around.weather.isCalm) return;
        this.#around.weather.note(kind);
        strike();
        next();
      });
    next();
  }

  #any(strike: (node: SimNode, slot: number) => void): void {
    const slot = this.#chance.int(0, this.size - 1);
    const node = this.#slots[slot];
    if (node !== undefined && !node.isStopping) strike(node, slot);
  }

  #restart(node: SimNode, slot: number): void {
    if (!node.isUp) return;
    const over = () => this.#down(slot, node);
    void node.stop().then(over, over);
    // A supervisor has no patience for ever.
    this.#world.after(STOPPED_WITHIN_MS, () => {
      if (!node.process.isDead) over();
    });
  }

  #pause(node: SimNode, forMs: number): void {
    node.process.pause();
    this.#world.after(forMs, () => node.process.resume());
  }

  /** A node that was asleep wakes up when another one lives under its name. */
  #replaceAsleep(node: SimNode, slot: number): void {
    node.process.pause();
    this.#zombies.add(node);
    this.#start(slot);
    const asleepMs = this.#chance.int(500, 15_000);
    this.#world.after(asleepMs, () => node.process.resume());
    this.#world.after(asleepMs + this.#chance.int(50, 5_000), () => this.#bury(node));
  }

  #bury(node: SimNode): void {
    node.crash();
    this.#zombies.delete(node);
    this.#buried.set(node.id, Math.max(epochOf(node), this.#buried.get(node.id) ?? 0));
  }

  #partition(): void {
    const { network, weather } = this.#around;
    const names = this.#slots.map((node) => node?.process.name ?? "");
    const [lonely, ...others] = this.#chance.hits(0.5) ? names : names.toReversed();
    for (const other of others) network.cut(lonely!, other);
    this.#world.after(this.#chance.int(500, 12_000), () => weather.isCalm || network.mend());
  }

  #breakBroker(): void {
    const { broker } = this.#around;
    broker.isAway = true;
    this.#world.after(this.#chance.int(200, 10_000), () => broker.isAway = false);
  }

  #breakProvider(): void {
    const { provider } = this.#around;
    provider.isAway = true;
    this.#world.after(this.#chance.int(5_000, 50_000), () => provider.isAway = false);
  }

  /** Everything is whole again, and every node runs. */
  heal(): void {
    this.#around.network.mend();
    this.#around.broker.isAway = false;
    this.#around.provider.isAway = false;
    for (const zombie of this.#zombies) this.#bury(zombie);
    for (const [slot, node] of this.#slots.entries()) {
      if (node === undefined) this.#start(slot);
      else {
        node.awayUntil = 0;
        node.process.resume();
      }
    }
  }

  /** Ends all nodes in an orderly way. Resolves when they have. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#slots.filter((node) => node !== undefined).map((node) => node.stop()));
  }
}

/** As it knows it itself. */
function epochOf({ id, runtime }: SimNode): number {
  return runtime.members().find((member) => member.id === id)?.epoch ?? 0;
}
