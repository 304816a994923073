/**
 * The actors in this node's memory. Bounded: beyond the bound the least recently used idle one is forgotten, which
 * costs nothing but its next activation.
 */
import { StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, refOf, streamOf } from "../kernel/ids.ts";
import type { EventLog, WaitingRow } from "../store/store.ts";
import { Actor } from "./actor.ts";
import type { ActorHost, HostedActor } from "./actor-host.ts";
import type { OpenEffect, OpenEffectNote } from "./effects.ts";
import type { RegisteredActor } from "./register.ts";

/** How often an actor that others write is looked at afresh, until it is taken as it is. */
const MAX_LOOKS = 8;

export interface ResidentsHost extends ActorHost {
  readonly log: ActorHost["log"] & Pick<EventLog, "read">;
}

export class Residents {
  readonly #actors = new Map<string, Actor>();
  /** Goes round the actors, as the hand of a clock, for one that may be forgotten. */
  #hand = this.#actors.entries();
  readonly #registered: ReadonlyMap<string, RegisteredActor>;
  readonly #host: ResidentsHost;
  readonly #limit: number;
  /** Those to be forgotten that were at work. */
  readonly #outdated = new Set<string>();

  constructor(registered: ReadonlyMap<string, RegisteredActor>, host: ResidentsHost, limit: number) {
    this.#registered = registered;
    this.#host = host;
    this.#limit = limit;
  }

  get count(): number {
    return this.#actors.size;
  }

  /**
   * The actor, woken up if need be.
   * @param event what it is going to be told, if it is told something
   * @throws StatewrightError `NOT_FOUND` for a type that is not registered, `INVALID` for an impossible address,
   *   `OVERLOADED` when the node is full of actors that are all at work
   */
  get(ref: ActorRef, event?: string): Actor {
    const stream = streamOf(ref);
    if (this.#outdated.size > 0) this.#forget(stream);
    const resident = this.#actors.get(stream);
    // One whose history could not be replayed is tried afresh: the cause may be gone.
    if (resident && !resident.broken) return resident;
    const registered = this.requireRegistered(ref.type);
    if (this.#actors.size >= this.#limit && !this.#passivateOne()) {
      throw new StatewrightError("OVERLOADED", `All ${this.#limit} actors of this node are at work; try again shortly`);
    }
    const actor = new Actor(ref, stream, registered, this.#host, event === registered.definition.created);
    this.#actors.set(stream, actor);
    return actor;
  }

  /** The actor, if it is in memory. */
  awake(stream: string): Actor | undefined {
    return this.#actors.get(stream);
  }

  /**
   * The actor whose waiting row was claimed. Another node may have written it since it was woken up here, which it would
   * only notice at its next append; so one that does not wait for what the row says is woken up afresh.
   */
  async claimed({ stream, open }: WaitingRow): Promise<Actor> {
    const actor = this.get(refOf(stream));
    const committed = await actor.committed();
    if (committed !== undefined && !waitsFor(committed.state.open, open)) await actor.renew();
    return actor;
  }

  /** True for an actor that was forgotten, and has been woken up again since. */
  hasReplaced(actor: HostedActor): boolean {
    return (this.#actors.get(actor.stream) ?? actor) !== actor;
  }

  /** The actor as the log has it now, whoever has written it. Costs a look at the log. */
  async fresh(ref: ActorRef): Promise<Actor> {
    const stream = streamOf(ref);
    for (let looks = 1;; looks++) {
      const actor = this.get(ref);
      const [newer] = await this.#host.log.read(stream, { fromVersion: await versionOf(actor) + 1, limit: 1 });
      if (newer === undefined || looks >= MAX_LOOKS || await versionOf(actor) >= newer.version) return actor;
      await actor.renew();
    }
  }

  /** Forgets the actors that others may have written, or will: at once, or as soon as they are idle. */
  forget(concerns: (ref: ActorRef, stream: string) => boolean): void {
    for (const [stream, { ref }] of this.#actors) if (concerns(ref, stream)) this.#outdated.add(stream);
    this.sweep();
  }

  /** Forgets those that have become idle meanwhile. */
  sweep(): void {
    for (const stream of this.#outdated) this.#forget(stream);
  }

  /** True for an actor that is to be forgotten, and is still at work. */
  isOutdated(ref: ActorRef): boolean {
    return this.#outdated.size > 0 && this.#outdated.has(streamOf(ref));
  }

  #forget(stream: string): void {
    if (!this.#outdated.has(stream) || this.#actors.get(stream)?.idle === false) return;
    this.#outdated.delete(stream);
    this.#actors.delete(stream);
  }

  /** @throws StatewrightError `NOT_FOUND` for a type that is not registered */
  requireRegistered(type: string): RegisteredActor {
    const registered = this.#registered.get(type);
    if (registered) return registered;
    throw new StatewrightError("NOT_FOUND", `No actor type "${type}" is registered here`);
  }

  /**
   * Second chance: the next that is idle and was not used since the hand came past. The hand stays where it is between
   * two calls: a new iterator of a map looks at all that was deleted from its front since it was last packed.
   */
  #passivateOne(): boolean {
    for (let looked = 0; looked < 2 * this.#limit; looked++) {
      const [stream, actor] = this.#underHand();
      if (actor.idle && !actor.touched) return this.#actors.delete(stream);
      actor.touched = false;
    }
    return false;
  }

  /** The actor that the hand comes to. Only asked while there is one. */
  #underHand(): [stream: string, actor: Actor] {
    const { value } = this.#hand.next();
    if (value !== undefined) return value;
    this.#hand = this.#actors.entries();
    return this.#underHand();
  }
}

async function versionOf(actor: Actor): Promise<number> {
  return (await actor.committed())?.state.version ?? 0;
}

/** Whether the open effects are those of a waiting row. Of messages it may lack some, which were delivered elsewhere. */
function waitsFor(effects: readonly OpenEffect[], row: string): boolean {
  const notes = JSON.parse(row) as OpenEffectNote[];
  const here = effects.filter(({ kind }) => kind !== "message").map(({ id }) => id);
  const there = notes.filter(({ kind }) => kind !== "message");
  const messages = notes.filter(({ kind }) => kind === "message");
  return here.join() === there.map(({ effect }) => effect).join() &&
    messages.every(({ effect }) => effects.some(({ id }) => id === effect));
}
