/** What this node has under way for its actors: activities, messages and timers. */
import { type Clock, sleep } from "../kernel/clock.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import type { RemoteWork } from "../messaging/remote-work.ts";
import type { Store, WaitingRow } from "../store/store.ts";
import type { Outcome } from "./acceptance.ts";
import { Activities } from "./activities.ts";
import type { Actor } from "./actor.ts";
import type { HostedActor } from "./actor-host.ts";
import { fireDueTimers } from "./due-timers.ts";
import type { OpenEffect } from "./effects.ts";
import type { ActivityAttempts, RetryAnswer } from "./operations.ts";
import { Messages } from "./messages.ts";
import type { RegisteredActor } from "./register.ts";
import { RemoteActivities } from "./remote-activities.ts";
import type { Residents } from "./residents.ts";
import type { Router } from "./router.ts";
import { settlePersistently } from "./settlement.ts";
import { Wakeups } from "./wakeups.ts";

const DRAIN_POLL_MS = 20;

export interface WorkHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  readonly registered: ReadonlyMap<string, RegisteredActor>;
  readonly residents: Residents;
  readonly remote: RemoteWork | undefined;
  router(): Router;
  epoch(): number;
  /** Makes sure that this node still lives, in the eyes of the others. */
  confirmAlive(): Promise<void>;
  /** True once the node has left. */
  hasStopped(): boolean;
}

export class Work {
  readonly wakeups: Wakeups;
  readonly #host: WorkHost;
  readonly #activities: Activities;
  readonly #remote: RemoteActivities;
  readonly #messages: Messages;

  constructor(host: WorkHost) {
    this.#host = host;
    const { clock, random, logger, store, registered, remote: work, router } = host;
    const { hasStopped, confirmAlive, epoch } = host;
    const settleOnce = (to: ActorRef, outcome: Outcome) => router().ask(to, "settle", { outcome });
    const settle = (to: ActorRef, outcome: Outcome) =>
      settlePersistently({ clock, random, store, logger, settle: settleOnce, hasStopped }, to, outcome);
    this.#remote = new RemoteActivities({ work, registered, store, clock, random, logger, settle });
    this.#activities = new Activities({ clock, random, logger, settle, remote: this.#remote, confirmAlive });
    this.#messages = new Messages({
      clock,
      random,
      propose: (to, proposal, sentAt) => router().propose(to, proposal, sentAt),
      settle,
      stop: (child, causationId, correlationId) => router().ask(child, "stop", { causationId, correlationId }),
      // Here, whoever owns the actor: it is this node that has its claim.
      delivered: (source, effectId) => host.residents.get(source).delivered(effectId),
      refused: (source, message, receipt) => router().ask(source, "refused", { message, receipt }),
      bury: (letter) => store.bury(letter),
    });
    this.wakeups = new Wakeups({
      clock,
      logger,
      registry: store,
      epoch,
      handOn: (rows, now) => router().handOn(rows, now),
      fireDue: async (row, now) => fireDueTimers(await host.residents.claimed(row), now, store),
      postpone: (row, delayMs) => this.#postpone(row, delayMs),
      resume: (row) => this.#resume(row),
    });
  }

  start(): void {
    this.#remote.start();
    this.wakeups.start();
  }

  /** Starts what is open and not under way here yet. */
  begin(actor: HostedActor, open: readonly OpenEffect[]): void {
    for (const effect of open) {
      if (effect.kind === "activity") this.#activities.start(actor.registered, actor.ref, effect);
      else if (effect.kind === "message") this.#messages.start(actor.ref, effect);
      else if (effect.kind === "timer") this.wakeups.hint(effect.delayMs);
    }
  }

  attemptsOf({ type, id }: ActorRef, effectId: string): ActivityAttempts | undefined {
    return this.#activities.attemptsOf(`${type}/${id}/${effectId}`);
  }

  /** Tries an open activity now, when it pauses here. */
  async retry(actor: Actor, effectId: string): Promise<RetryAnswer["outcome"]> {
    const committed = await actor.committed();
    const effect = committed?.state.open.find(({ id, kind }) => id === effectId && kind === "activity");
    if (effect?.kind !== "activity") return "notOpen";
    if (actor.registered.definition.activities?.[effect.src]?.remote) return "remote";
    const key = `${actor.stream}/${effectId}`;
    if (this.#activities.hurry(key)) return "now";
    return this.#activities.attemptsOf(key) ? "underWay" : "elsewhere";
  }

  /** Nobody waits for these effects any more. */
  close(actor: HostedActor, effectIds: readonly string[]): void {
    for (const effectId of effectIds) this.#activities.close(`${actor.stream}/${effectId}`);
  }

  /** The node was taken for dead: what was under way belongs to whoever claims it now, this node among them. */
  abandon(): void {
    this.#activities.abandon();
    this.wakeups.wake();
  }

  /** Begins nothing new, waits up to `drainMs` for what is under way, and aborts the rest. */
  async drain(drainMs: number): Promise<void> {
    const { clock } = this.#host;
    const deadline = clock.now() + drainMs;
    this.#messages.stop();
    await this.#remote.stop();
    await this.wakeups.stop();
    while (this.#activities.running + this.#messages.running > 0 && clock.now() < deadline) {
      await sleep(clock, DRAIN_POLL_MS);
    }
    this.#activities.stop();
  }

  async #postpone({ stream }: WaitingRow, delayMs: number): Promise<void> {
    const { store, residents, epoch } = this.#host;
    await store.postpone(epoch(), stream, delayMs);
    // It may have been woken up meanwhile, and taken its row for what it was.
    await residents.awake(stream)?.renew();
  }

  async #resume(row: WaitingRow): Promise<void> {
    const actor = await this.#host.residents.claimed(row);
    const committed = await actor.committed();
    if (committed) this.begin(actor, committed.state.open);
  }
}
