/** This node in the table of nodes: it joins, beats, joins anew when others took it for dead, and knows who else lives. */
import type { Clock } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Member, NodeInfo, NodeRegistry } from "../store/store.ts";

const BEAT_MS = 2_000;
/** After so long without a beat, others may soon take the node for dead: it is asked before it calls anybody. */
const FRESH_MS = 6_000;

export interface MembershipHost {
  readonly registry: NodeRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with every answer about who is alive; this node is among them. */
  onMembers(members: readonly Member[]): void;
  /** Called when the node had to join anew: what it had under way is not its own any more. */
  onTakenForDead(): void;
}

export class Membership {
  readonly #host: MembershipHost;
  #node: NodeInfo;
  #epoch = 0;
  /** When the last beat that was heard was sent, by the local clock. */
  #saidAt = -Infinity;
  /** Beats are sent one at a time, so that the latest answer is the newest. */
  #before: Promise<unknown> = Promise.resolve();
  /** The beat that waits for its turn. */
  #saying: Promise<void> | undefined;
  /** True while a hint waits for its turn. */
  #isHinted = false;
  #phase: "outside" | "inside" | "left" = "outside";
  #cancelBeat: () => void = () => {};
  #stopHints: () => Promise<void> = async () => {};

  constructor(node: NodeInfo, host: MembershipHost) {
    this.#node = node;
    this.#host = host;
  }

  /** Grows with every joining; in the metadata of every event, so that a history can be checked. */
  get epoch(): number {
    return this.#epoch;
  }

  async join(): Promise<void> {
    this.#stopHints = await this.#host.registry.onMembersChanged(() => {
      if (!this.#isHinted) void this.#inTurn(() => this.#hear());
      this.#isHinted = true;
    });
    this.#epoch = await this.#host.registry.join(this.#node);
    this.#phase = "inside";
    await this.confirm(true);
    this.#scheduleBeat();
  }

  /** From now on others take what comes for this node's actors; what it has under way stays its own until it leaves. */
  async retire(): Promise<void> {
    this.#node = { ...this.#node, types: [] };
    if (this.#phase !== "inside") return;
    await this.#host.registry.retire(this.#epoch);
    await this.confirm(true);
  }

  async leave(): Promise<void> {
    const { registry } = this.#host;
    const wasInside = this.#phase === "inside";
    this.#phase = "left";
    this.#cancelBeat();
    await this.#stopHints();
    await this.#before;
    if (wasInside) await registry.leave(this.#epoch);
  }

  /**
   * Makes sure that the epoch is one that lives: a process that was stopped for a while learns here what it has missed.
   * @param doubted ask even when the last beat is young
   * @throws StatewrightError `UNAVAILABLE` before the node has joined and after it has left
   */
  async confirm(doubted: boolean): Promise<void> {
    if (this.#phase !== "inside") {
      throw new StatewrightError(
        "UNAVAILABLE",
        "This node is not among the living ones: it is starting or has stopped",
      );
    }
    if (doubted || this.#host.clock.now() - this.#saidAt > FRESH_MS) {
      await (this.#saying ??= this.#inTurn(() => this.#say()));
    }
  }

  /**
   * Somebody has joined or left. A node that is dead says so with its next beat and not here: two that go by one name
   * would take it from each other without a pause.
   */
  async #hear(): Promise<void> {
    this.#isHinted = false;
    try {
      const members = this.#phase === "inside" ? await this.#host.registry.beat(this.#epoch) : undefined;
      if (members) this.#host.onMembers(members);
    } catch {
      // The next beat brings it.
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#before.then(work);
    this.#before = turn.catch(() => {});
    return turn;
  }

  #scheduleBeat(): void {
    if (this.#phase !== "inside") return;
    this.#cancelBeat = this.#host.clock.schedule(BEAT_MS, () => void this.#beat().then(() => this.#scheduleBeat()));
  }

  async #beat(): Promise<void> {
    try {
      if (this.#phase === "inside") await this.confirm(true);
    } catch (thrown) {
      const { logger } = this.#host;
      logger.warn({ error: plainError(thrown) }, "the node could not say that it is alive; trying again");
    }
  }

  async #say(): Promise<void> {
    const { registry, clock, logger } = this.#host;
    this.#saying = undefined;
    const saidAt = clock.now();
    let members = await registry.beat(this.#epoch);
    if (members === undefined && this.#phase === "inside") {
      // Before it joins: from then on others hand it what is its own again, and it must not think that it is at that.
      this.#host.onTakenForDead();
      this.#epoch = await registry.join(this.#node);
      logger.warn({ epoch: this.#epoch }, "others took this node for dead; it has joined again");
      members = await registry.beat(this.#epoch);
    }
    this.#saidAt = saidAt;
    this.#host.onMembers(members ?? []);
  }
}
