/**
 * Activities that are done elsewhere. The node that commits one assigns it; any node hears of its outcome, and proposes
 * it to the actor like every other. What is open stands in the log, so a broker that has lost a task gets it again.
 */
import { type Clock, sleep } from "../kernel/clock.ts";
import { plainError, StatewrightError } from "../kernel/errors.ts";
import { type ActorRef, refOf } from "../kernel/ids.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Random } from "../kernel/random.ts";
import type { RemoteKind, RemoteOutcome, RemoteTask, RemoteWork } from "../messaging/remote-work.ts";
import type { EventLog, NodeRegistry } from "../store/store.ts";
import type { Outcome } from "./acceptance.ts";
import { type AnsweredActivity, DEFAULT_RETRY, NonRetryableError, type OpenActivity, outcomeOf } from "./activities.ts";
import type { EventMetadata } from "./actor-state.ts";
import type { Activity } from "./definition.ts";
import type { Effect, OpenEffectNote } from "./effects.ts";
import { failed } from "./outcomes.ts";
import type { RegisteredActor } from "./register.ts";

interface RemoteActivitiesHost {
  readonly work: RemoteWork | undefined;
  readonly registered: ReadonlyMap<string, RegisteredActor>;
  readonly store: Pick<EventLog, "read"> & Pick<NodeRegistry, "waiting">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Proposes the outcome until it is durable or known to be late. */
  settle(ref: ActorRef, outcome: Outcome): Promise<void>;
}

const ASSIGN_AGAIN_MS = 1_000;
const LOOK_EVERY_MS = 60_000;

export class RemoteActivities {
  readonly #host: RemoteActivitiesHost;
  readonly #open = new Map<string, Assigned>();
  #started: Promise<void> = Promise.resolve();
  #stopped = false;

  /** @throws StatewrightError `USAGE` when an activity is remote and there is nobody to carry it */
  constructor(host: RemoteActivitiesHost) {
    this.#host = host;
    const [first] = this.#kinds();
    if (first === undefined || host.work !== undefined) return;
    throw new StatewrightError(
      "USAGE",
      `The activity "${first.activity}" of ${first.type} is remote, but nothing carries it to its workers: ` +
        "give createRuntime({ remote: createRemoteWork(queues) }), or give the activity its `run`",
    );
  }

  /** Hears outcomes from as soon as the broker is there. */
  start(): void {
    const kinds = this.#kinds();
    if (kinds.length > 0) this.#started = this.#hear(kinds);
  }

  async #hear(kinds: readonly RemoteKind[]): Promise<void> {
    const { work, clock, logger } = this.#host;
    while (!this.#stopped) {
      try {
        await work?.start(kinds, (outcome) => this.#settle(outcome));
        return this.#lookLater();
      } catch (thrown) {
        logger.warn({ error: plainError(thrown) }, "remote work cannot begin; it is tried again");
        await sleep(clock, ASSIGN_AGAIN_MS);
      }
    }
  }

  /** Assigns an open activity, however long the broker is away. */
  begin({ definition }: RegisteredActor, ref: ActorRef, effect: OpenActivity): void {
    const key = `${ref.type}/${ref.id}/${effect.id}`;
    if (this.#open.has(key)) return;
    const { attempts } = { ...DEFAULT_RETRY, ...definition.activities?.[effect.src]?.retry };
    const { src: activity, input, traceparent } = effect;
    const task = { actor: ref, activity, key, input, attempt: 1, attempts, ...(traceparent && { traceparent }) };
    const assigned = { task, missing: false, closed: false };
    this.#open.set(key, assigned);
    void this.#assign(assigned);
  }

  /** Nobody waits for it any more. */
  close(key: string): void {
    const assigned = this.#open.get(key);
    if (assigned === undefined) return;
    assigned.closed = true;
    this.#open.delete(key);
    void this.#cancel(assigned);
  }

  /** Others look after what this node did. */
  abandon(): void {
    this.#open.clear();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#started;
    await this.#host.work?.stop();
  }

  #kinds(): RemoteKind[] {
    return [...this.#host.registered.values()].flatMap(({ definition: { type, activities = {} } }) =>
      Object.entries(activities).filter(([, { remote }]) => remote).map(([activity, { retry }]) => ({
        type,
        activity,
        timeoutMs: retry?.timeoutMs ?? DEFAULT_RETRY.timeoutMs,
      }))
    );
  }

  async #assign(assigned: Assigned): Promise<void> {
    const { work, clock, logger } = this.#host;
    const { task } = assigned;
    while (!this.#stopped && this.#open.get(task.key) === assigned) {
      try {
        await work?.assign(task, 0);
        // Its state was left meanwhile.
        if (assigned.closed) await this.#cancel(assigned);
        return;
      } catch (thrown) {
        const fault = StatewrightError.from(thrown);
        if (fault.code === "INVALID") return await this.#cannotBe(task, fault);
        logger.warn({ effect: task.key, error: plainError(thrown) }, "a remote activity is assigned again");
        await sleep(clock, ASSIGN_AGAIN_MS);
      }
    }
  }

  async #cancel({ task }: Assigned): Promise<void> {
    try {
      await this.#host.work?.cancel(task);
    } catch (thrown) {
      this.#host.logger.info(
        { effect: task.key, error: plainError(thrown) },
        "a remote activity could not be cancelled",
      );
    }
  }

  /** Its input is too large for a task, say. */
  async #cannotBe({ key, attempt }: RemoteTask, fault: StatewrightError): Promise<void> {
    await this.#settle({ key, attempt, status: "failed", error: plainError(fault) }).catch((thrown: unknown) =>
      this.#host.logger.error({ effect: key, error: plainError(thrown) }, "a remote activity could not be given up")
    );
  }

  /** Rejects while it may go better the next time. */
  async #settle(outcome: RemoteOutcome): Promise<void> {
    if (this.#stopped) throw new StatewrightError("UNAVAILABLE", "This node is stopping");
    const asked = await this.#find(outcome.key);
    const policy = { ...DEFAULT_RETRY, ...asked.activity.retry };
    if (outcome.status === "retry" && outcome.attempt < policy.attempts) {
      if (await this.#isOpen(asked.ref, asked.effect.id)) await this.#retry(asked, outcome, policy);
      return;
    }
    await this.#host.settle(asked.ref, wordedFor(asked, outcome));
    this.#open.delete(outcome.key);
  }

  async #retry(
    { ref, effect }: Asked,
    { key, attempt }: RemoteOutcome,
    { attempts, backoffMs, maxBackoffMs }: typeof DEFAULT_RETRY,
  ): Promise<void> {
    const { work, random } = this.#host;
    const { src: activity, input, traceparent } = effect;
    const task = { actor: ref, activity, key, input, attempt: attempt + 1, attempts };
    const delayMs = Math.ceil(random() * Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1)));
    await work?.assign({ ...task, ...(traceparent && { traceparent }) }, delayMs);
  }

  /** What a key stands for, as the log has it. @throws NonRetryableError for one that was never given out */
  async #find(key: string): Promise<Asked> {
    const [, stream = "", version, n] = /^([^/]+\/[^/]+)\/([1-9]\d{0,8})\/(\d{1,4})$/.exec(key) ?? [];
    const ref = stream === "" ? undefined : refOf(stream);
    const registered = ref && this.#host.registered.get(ref.type);
    const [row] = registered ? await this.#host.store.read(stream, { fromVersion: Number(version), limit: 1 }) : [];
    const effect = (JSON.parse(row?.effects ?? "[]") as Effect[])[Number(n)];
    const activity = effect?.kind === "activity" ? registered?.definition.activities?.[effect.src] : undefined;
    if (effect?.kind !== "activity" || !activity?.remote || !registered || !ref || row?.version !== Number(version)) {
      throw new NonRetryableError(`There is no remote activity ${key.slice(0, 200)}`);
    }
    const { traceparent } = JSON.parse(row.metadata) as EventMetadata;
    return { ref, registered, activity, effect: { ...effect, id: `${version}/${n}`, traceparent } };
  }

  async #isOpen({ type, id }: ActorRef, effectId: string): Promise<boolean> {
    const row = await this.#host.store.waiting(`${type}/${id}`);
    return row !== undefined && (JSON.parse(row.open) as OpenEffectNote[]).some(({ effect }) => effect === effectId);
  }

  #lookLater(): void {
    this.#host.clock.schedule(LOOK_EVERY_MS, () => void this.#look().finally(() => this.#stopped || this.#lookLater()));
  }

  /**
   * Assigns what the broker has lost, and forgets what another node has settled. Only what is missing at two looks is
   * lost: its outcome may be on the way at one.
   */
  async #look(): Promise<void> {
    const { work, logger } = this.#host;
    for (const [key, assigned] of this.#open) {
      if (this.#stopped) return;
      const { actor } = assigned.task;
      try {
        const missing = !(await work?.isAssigned(assigned.task));
        const effectId = key.slice(`${actor.type}/${actor.id}/`.length);
        if (missing && !(await this.#isOpen(actor, effectId))) this.#open.delete(key);
        else if (missing && assigned.missing) await this.#assign(assigned);
        assigned.missing = missing && !assigned.missing;
      } catch (thrown) {
        return logger.info({ effect: key, error: plainError(thrown) }, "remote activities could not be looked after");
      }
    }
  }
}

/** One of this node's effects that waits for an outcome. */
interface Assigned {
  readonly task: RemoteTask;
  /** The last look has found nothing of it. */
  missing: boolean;
  /** Nobody waits for it any more. */
  closed: boolean;
}

/** An outcome as the actor is told. */
function wordedFor({ registered, activity, effect }: Asked, outcome: RemoteOutcome): Outcome {
  if (outcome.status !== "completed") return failed(effect, plainError({ message: "", ...outcome.error }));
  try {
    return outcomeOf(registered, activity, effect, outcome.output);
  } catch (thrown) {
    return failed(effect, plainError(thrown));
  }
}

/** What an outcome is about. */
interface Asked {
  readonly ref: ActorRef;
  readonly registered: RegisteredActor;
  readonly activity: Activity;
  readonly effect: AnsweredActivity & { readonly input: unknown };
}
