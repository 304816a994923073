/** This node in the table of nodes: it joins, beats, and joins anew when others took it for dead. */
import type { Clock } from "../kernel/clock.ts";
import { plainError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { NodeRegistry } from "../store/store.ts";

const BEAT_MS = 2_000;
/** After so long without a beat, others may soon take the node for dead: it is asked before it calls anybody. */
const FRESH_MS = 6_000;

export class Membership {
  readonly #registry: NodeRegistry;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #nodeId: string;
  readonly #onTakenForDead: () => void;
  #epoch = 0;
  /** When the last beat that was heard was sent, by the local clock. */
  #saidAt = -Infinity;
  #saying: Promise<void> | undefined;
  #stopped = false;
  #cancel: () => void = () => {};

  /** @param onTakenForDead called when the node had to join anew: what it had under way is not its own any more */
  constructor(
    nodeId: string,
    registry: NodeRegistry,
    clock: Clock,
    logger: Logger,
    onTakenForDead: () => void,
  ) {
    this.#onTakenForDead = onTakenForDead;
    this.#nodeId = nodeId;
    this.#registry = registry;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Grows with every joining; in the metadata of every event, so that a history can be checked. */
  get epoch(): number {
    return this.#epoch;
  }

  async join(): Promise<void> {
    this.#epoch = await this.#registry.join(this.#nodeId);
    this.#saidAt = this.#clock.now();
    this.#cancel = this.#clock.schedule(BEAT_MS, () => void this.#beat());
  }

  async leave(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#registry.leave(this.#epoch);
  }

  /**
   * Makes sure that the epoch is one that lives: a process that was stopped for a while learns here what it has missed.
   * @param doubted ask even when the last beat is young
   */
  async confirm(doubted: boolean): Promise<void> {
    if (doubted || this.#clock.now() - this.#saidAt > FRESH_MS) await (this.#saying ??= this.#say());
  }

  async #beat(): Promise<void> {
    try {
      await (this.#saying ??= this.#say());
    } catch (thrown) {
      this.#logger.warn({ error: plainError(thrown) }, "the node could not say that it is alive; trying again");
    }
    if (!this.#stopped) this.#cancel = this.#clock.schedule(BEAT_MS, () => void this.#beat());
  }

  async #say(): Promise<void> {
    const saidAt = this.#clock.now();
    try {
      if (this.#epoch === 0 || this.#stopped) return;
      if (!(await this.#registry.beat(this.#epoch))) {
        this.#epoch = await this.#registry.join(this.#nodeId);
        this.#logger.warn({ epoch: this.#epoch }, "others took this node for dead; it has joined again");
        this.#onTakenForDead();
      }
      this.#saidAt = saidAt;
    } finally {
      this.#saying = undefined;
    }
  }
}
