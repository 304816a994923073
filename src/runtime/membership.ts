/** This node in the table of nodes: it joins, beats, and joins anew when others took it for dead. */
import type { Clock } from "../kernel/clock.ts";
import { plainError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { NodeRegistry } from "../store/store.ts";

const BEAT_MS = 2_000;

export class Membership {
  readonly #registry: NodeRegistry;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #nodeId: string;
  #epoch = 0;
  #stopped = false;
  #cancel: () => void = () => {};

  constructor(nodeId: string, registry: NodeRegistry, clock: Clock, logger: Logger) {
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
    this.#cancel = this.#clock.schedule(BEAT_MS, () => void this.#beat());
  }

  async leave(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#registry.leave(this.#epoch);
  }

  async #beat(): Promise<void> {
    try {
      if (!(await this.#registry.beat(this.#epoch)) && !this.#stopped) {
        this.#epoch = await this.#registry.join(this.#nodeId);
        this.#logger.warn({ epoch: this.#epoch }, "others took this node for dead; it has joined again");
      }
    } catch (thrown) {
      this.#logger.warn({ error: plainError(thrown) }, "the node could not say that it is alive; trying again");
    }
    if (!this.#stopped) this.#cancel = this.#clock.schedule(BEAT_MS, () => void this.#beat());
  }
}
