/**
 * One resident actor: a mailbox, and the turns that empty it.
 *
 * Invariants:
 *  1. Turns are taken one at a time, in the order of the mailbox, each in one synchronous piece.
 *  2. A turn may build on events whose commit is under way; nobody is answered before that commit.
 *  3. When a commit does not happen, everything that was built on it is taken back and judged again.
 *  4. Effects start after the commit of the event that asked for them, never before.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { EventLog, NewEvent, RunResult, StoredEvent } from "../store/store.ts";
import { type Acceptance, judgeOutcome, judgeProposal, judgeStop, type Outcome, refusal } from "./acceptance.ts";
import { type ActorState, effectsOf, type EventMetadata, foldEvent, undeliveredOf } from "./actor-state.ts";
import type { Appender } from "./appender.ts";
import type { OpenEffect } from "./effects.ts";
import type { Proposal, Receipt, Refused } from "./receipt.ts";
import { RecentMessages } from "./recent-messages.ts";
import type { RegisteredActor } from "./register.ts";
import {
  type Entry,
  type OutcomeEntry,
  type ProposalEntry,
  Run,
  type RunEntry,
  type RunOwner,
  type StopEntry,
} from "./run.ts";
import { snapshotHash } from "./snapshot-hash.ts";
import { canonicalSnapshot, pathOf } from "./step.ts";

/** What an actor needs of the node it lives on. */
export interface ActorHost {
  readonly log: Pick<EventLog, "load" | "findMessage">;
  readonly appender: Appender;
  epoch(): number;
  /** After a commit: start what is open and not under way yet, stop what was closed. */
  committed(actor: Actor, open: readonly OpenEffect[], closed: readonly string[]): void;
  /** The actor has delivered messages that its waiting row still shows; ask it to `flush` before long. */
  flushSoon(actor: Actor): void;
}

interface Committed {
  state: ActorState;
  position: number;
  createdAt: number;
  updatedAt: number;
}

const MAX_MAILBOX = 1_024;
/** Events of one actor that may be under way before its next turn waits. */
const MAX_UNCOMMITTED = 64;
const MAX_TRIES = 16;

export class Actor implements RunOwner {
  readonly ref: ActorRef;
  readonly stream: string;
  readonly registered: RegisteredActor;
  readonly #host: ActorHost;
  readonly #mailbox: Entry[] = [];
  readonly #recent = new RecentMessages();
  #phase: "loading" | "ready" | "lookingUp" | "broken" = "loading";
  #brokenBy: StatewrightError | undefined;
  #loaded: Promise<void> = Promise.resolve();
  /** The newest state, durable or not; undefined while there is no actor. */
  #state: ActorState | undefined;
  #committed: Committed | undefined;
  #collecting: Run | undefined;
  #underWay: Run | undefined;
  #undeliveredChanged = false;
  /** Set on every use; the node's passivation clears it. */
  touched = true;

  constructor(ref: ActorRef, stream: string, registered: RegisteredActor, host: ActorHost) {
    this.ref = ref;
    this.stream = stream;
    this.registered = registered;
    this.#host = host;
    this.#startLoading();
  }

  /** True when nothing would be lost by forgetting it. */
  get idle(): boolean {
    return this.#phase !== "loading" && this.#phase !== "lookingUp" && this.#mailbox.length === 0 &&
      !this.#collecting &&
      !this.#underWay && !this.#undeliveredChanged;
  }

  get broken(): boolean {
    return this.#phase === "broken";
  }

  /** What is durable now; undefined when there is no such actor. Rejects when its history cannot be replayed. */
  async committed(): Promise<Readonly<Committed> | undefined> {
    this.touched = true;
    await this.#loaded;
    if (this.#brokenBy) throw this.#brokenBy;
    return this.#committed;
  }

  /** Resolves with a receipt once it is durable; rejects when nothing was written. */
  propose(proposal: Proposal, sentAt?: number): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: "proposal", proposal, sentAt, lookedUp: false, tries: 0, resolve, reject });
    });
  }

  /** Records the outcome of an effect. False when the effect is not open any more: nothing was written. */
  settle(outcome: Outcome): Promise<boolean> {
    return new Promise((resolve, reject) => this.#enqueue({ kind: "outcome", outcome, tries: 0, resolve, reject }));
  }

  /** Stops a child, because its parent has left the state that asked for it. False when it had ended already. */
  stopByParent(causationId: string, correlationId: string): Promise<boolean> {
    return new Promise((resolve, reject) =>
      this.#enqueue({ kind: "stop", causationId, correlationId, tries: 0, resolve, reject })
    );
  }

  /** A message of this actor has reached its target (or the dead letters): it is not open any more. */
  delivered(effectId: string): void {
    if (this.#phase === "loading") return void this.#loaded.then(() => this.delivered(effectId));
    const without = (state: ActorState) => ({ ...state, open: state.open.filter(({ id }) => id !== effectId) });
    if (this.#state) this.#state = without(this.#state);
    if (this.#committed) this.#committed.state = without(this.#committed.state);
    this.#undeliveredChanged = true;
    this.#host.flushSoon(this);
  }

  /** Writes the waiting row, unless an event has done so meanwhile. */
  flush(): void {
    if (this.#undeliveredChanged && this.#phase === "ready" && this.#state) this.#run(this.#state.version);
  }

  #enqueue(entry: Entry): void {
    this.touched = true;
    if (this.#brokenBy) return entry.reject(this.#brokenBy);
    // Outcomes are always taken: the work they stand for is done, and their number is that of the open effects.
    if (this.#mailbox.length >= MAX_MAILBOX && entry.kind === "proposal") {
      entry.reject(
        new StatewrightError("OVERLOADED", `${this.stream} has ${MAX_MAILBOX} proposals waiting; try again shortly`),
      );
      return;
    }
    this.#mailbox.push(entry);
    this.#work();
  }

  #work(): void {
    while (this.#phase === "ready") {
      const entry = this.#mailbox[0];
      if (entry === undefined || this.#mustWait(entry)) return;
      this.#mailbox.shift();
      if (entry.kind === "proposal") this.#takeTurn(entry);
      else if (entry.kind === "outcome") this.#takeOutcome(entry);
      else this.#takeStop(entry);
    }
  }

  #mustWait(entry: Entry): boolean {
    const uncommitted = (this.#collecting?.events.length ?? 0) + (this.#underWay?.events.length ?? 0);
    // One request key a run: when it turns out to be taken, it is clear whose it was.
    const secondKey = entry.kind === "proposal" && entry.proposal.requestKey && this.#collecting?.requestKey;
    return uncommitted >= MAX_UNCOMMITTED || Boolean(secondKey);
  }

  /** The turn of a proposal. */
  #takeTurn(entry: ProposalEntry): void {
    const { proposal } = entry;
    // 1 Seen before?
    if (proposal.messageId !== undefined && this.#isRepeated(entry, proposal.messageId)) return;
    // 2 Acceptable? 3 The step.
    const verdict = judgeProposal(this.registered, this.ref, this.#state, proposal);
    if (verdict.outcome === "refused") return this.#refuse(entry, verdict);
    // 4 To the appender. 5 Adopt. (6 The answer and 7 the effects follow the commit.)
    try {
      this.#append(entry, verdict, {
        ...(proposal.messageId !== undefined && { id: proposal.messageId }),
        correlation: proposal.correlationId ?? `${this.stream}/${(this.#state?.version ?? 0) + 1}`,
        ...(proposal.causationId !== undefined && { causation: proposal.causationId }),
        ...(proposal.principal !== undefined && { principal: proposal.principal }),
        ...(proposal.parent !== undefined && { parent: proposal.parent }),
      });
    } catch (thrown) {
      const detail = StatewrightError.from(thrown).message;
      this.#refuse(entry, refusal(this.registered, this.ref, this.#state, proposal, "machineError", detail));
    }
  }

  /** The turn of an effect's outcome: always appended while the effect is open. */
  #takeOutcome(entry: OutcomeEntry): void {
    const { effectId } = entry.outcome;
    try {
      const effect = this.#state?.open.find(({ id }) => id === effectId);
      const acceptance = this.#state && judgeOutcome(this.registered, this.ref, this.#state, entry.outcome);
      if (effect === undefined || acceptance === undefined) return entry.resolve(false);
      const causation = `${this.stream}/${effectId.slice(0, effectId.indexOf("/"))}`;
      this.#append(entry, acceptance, { correlation: effect.correlationId, causation, settles: effectId });
    } catch (thrown) {
      const { message } = StatewrightError.from(thrown);
      entry.reject(
        new StatewrightError("MACHINE_ERROR", `${this.stream} failed on ${entry.outcome.type}: ${message}`, {
          cause: thrown,
        }),
      );
    }
  }

  #takeStop(entry: StopEntry): void {
    if (this.#state?.snapshot.status !== "active") return entry.resolve(false);
    const { causationId: causation, correlationId: correlation } = entry;
    this.#append(entry, judgeStop(this.registered, this.ref, this.#state), { correlation, causation });
  }

  #append(entry: Entry, { type, data, step }: Acceptance, about: Omit<EventMetadata, "machine" | "node">): void {
    const version = (this.#state?.version ?? 0) + 1;
    const { snapshot } = step;
    const { effects, open } = effectsOf(this.registered, this.ref, this.#state, step, about);
    const metadata: EventMetadata = { ...about, machine: this.registered.identity, node: this.#host.epoch() };
    const event: NewEvent = {
      type,
      data,
      state: pathOf(snapshot.value),
      effects: effects.length === 0 ? null : JSON.stringify(effects),
      snapshotHash: snapshotHash(canonicalSnapshot(snapshot)),
      metadata: JSON.stringify(metadata),
    };
    const parent = this.#state === undefined ? about.parent : this.#state.parent;
    const state: ActorState = { version, snapshot, path: event.state, open, parent };
    const run = this.#run(version - 1);
    if (entry.kind === "proposal" && entry.proposal.requestKey) {
      run.requestKey = { ...entry.proposal.requestKey, eventIndex: run.events.length };
    }
    if (about.id !== undefined) run.messageIds.add(about.id);
    run.events.push(event);
    run.entries.push({ entry, state, refused: undefined });
    this.#state = state;
  }

  /** The run that is being collected. */
  #run(version: number): Run {
    if (this.#collecting === undefined) {
      this.#collecting = new Run(this, version);
      this.#host.appender.submit(this.#collecting);
    }
    return this.#collecting;
  }

  /** A refusal is only true once the state it was judged on is durable. */
  #refuse(entry: ProposalEntry, refused: Refused): void {
    const run = this.#collecting ?? this.#underWay;
    if (run) run.entries.push({ entry, state: undefined, refused });
    else entry.resolve(refused);
  }

  #isRepeated(entry: ProposalEntry, messageId: string): boolean {
    const pending = [this.#collecting, this.#underWay].find((run) => run?.messageIds.has(messageId));
    if (pending) {
      // Its first proposal is not durable yet: judged again after the commit, when it will be remembered.
      pending.entries.push({ entry, state: undefined, refused: undefined });
      return true;
    }
    const known = this.#recent.has(messageId);
    const inQuestion = entry.sentAt !== undefined && this.#recent.mayHaveForgotten(entry.sentAt) && !entry.lookedUp;
    if (!known && !inQuestion) return false;
    this.#phase = "lookingUp";
    this.#host.log.findMessage(this.stream, messageId).then((row) => {
      entry.lookedUp = true;
      if (row) entry.resolve(this.#receipt("duplicate", row));
      else this.#mailbox.unshift(entry);
    }, (thrown) => entry.reject(StatewrightError.from(thrown))).finally(() => {
      if (this.#phase === "lookingUp") this.#phase = "ready";
      this.#work();
    });
    return true;
  }

  #receipt(
    outcome: "accepted" | "duplicate",
    row: Pick<StoredEvent, "version" | "position" | "state" | "recordedAt">,
  ): Receipt {
    const { version, position, state, recordedAt } = row;
    return { outcome, actor: this.ref, version, position, state, recordedAt };
  }

  runTaken(run: Run): ActorState {
    this.#collecting = undefined;
    this.#underWay = run;
    this.#undeliveredChanged = false;
    return this.#state!;
  }

  runSettled(run: Run, result: RunResult): void {
    if (result.outcome === "invalid") return this.runFailed(run, new StatewrightError("INVALID", result.detail));
    this.#underWay = undefined;
    if (result.outcome === "appended") this.#adoptCommit(run, result.firstPosition, result.recordedAt);
    else this.#takeBack(run, result.outcome);
    this.#work();
  }

  /** Nothing was stored: everybody hears so, and the actor stands where it stood. */
  runFailed(run: Run, error: StatewrightError): void {
    this.#underWay = undefined;
    this.#state = this.#committed?.state;
    for (const { entry } of [...run.entries, ...this.#discardCollecting()]) entry.reject(error);
    this.#work();
  }

  #adoptCommit(run: Run, firstPosition: number, recordedAt: number): void {
    let position = firstPosition;
    const last = run.entries.findLast(({ state }) => state !== undefined)?.state;
    const state = this.#collecting || !this.#state ? last : this.#state;
    if (state) {
      for (const effect of state.open) {
        if (effect.position !== 0) continue;
        effect.position = firstPosition;
        if (effect.kind === "timer") effect.dueAt = recordedAt + effect.delayMs;
      }
      const { createdAt = recordedAt } = this.#committed ?? {};
      const newest = run.events.length === 0 ? this.#committed?.position ?? 0 : firstPosition + run.events.length - 1;
      const updatedAt = run.events.length === 0 ? this.#committed?.updatedAt ?? recordedAt : recordedAt;
      this.#committed = { state, position: newest, createdAt, updatedAt };
    }
    for (const { entry, state, refused } of run.entries) {
      if (state) this.#answer(entry, state, position++, recordedAt);
      else if (refused && entry.kind === "proposal") entry.resolve(refused);
      else this.#mailbox.unshift(entry);
    }
    if (state) this.#host.committed(this, state.open, closedBy(run));
  }

  #answer(entry: Entry, { version, path }: ActorState, position: number, recordedAt: number): void {
    if (entry.kind !== "proposal") return entry.resolve(true);
    if (entry.proposal.messageId !== undefined) this.#recent.remember(entry.proposal.messageId, position);
    entry.resolve(this.#receipt("accepted", { version, position, state: path, recordedAt }));
  }

  #takeBack(run: Run, why: "conflict" | "keyTaken"): void {
    const entries = [...run.entries, ...this.#discardCollecting()];
    const again: Entry[] = [];
    for (const { entry } of entries) {
      if (
        why === "keyTaken" && entry.kind === "proposal" && entry.proposal.requestKey &&
        run.entries.some((one) => one.entry === entry)
      ) {
        const detail = "Another request with the same key was answered first";
        entry.resolve(refusal(this.registered, this.ref, this.#committed?.state, entry.proposal, "keyTaken", detail));
      } else if (++entry.tries > MAX_TRIES) {
        entry.reject(
          new StatewrightError("UNAVAILABLE", `${this.stream} is written by another node all the time; try again`),
        );
      } else again.push(entry);
    }
    this.#mailbox.unshift(...again);
    this.#state = this.#committed?.state;
    if (why === "conflict") this.#startLoading();
  }

  #discardCollecting(): RunEntry[] {
    const run = this.#collecting;
    if (run === undefined) return [];
    this.#host.appender.withdraw(run);
    this.#collecting = undefined;
    return run.entries;
  }

  #startLoading(): void {
    this.#phase = "loading";
    this.#loaded = this.#load().then(() => {
      this.#phase = "ready";
      this.#work();
    }, (thrown) => {
      this.#phase = "broken";
      this.#brokenBy = StatewrightError.from(thrown);
      for (const entry of this.#mailbox.splice(0)) entry.reject(this.#brokenBy);
    });
  }

  /** Recovery: the stored rows through the same step. */
  async #load(): Promise<void> {
    const { events, open } = await this.#host.log.load(this.stream, 1);
    const undelivered = undeliveredOf(open);
    let state: ActorState | undefined;
    for (const row of events) {
      state = foldEvent(this.registered, this.ref, state, row, undelivered);
      const { id } = JSON.parse(row.metadata) as EventMetadata;
      if (id !== undefined && !this.#recent.has(id)) this.#recent.remember(id, row.position);
    }
    const newest = events.at(-1);
    if (state && newest) {
      if (state.path !== newest.state) {
        throw new StatewrightError(
          "HISTORY_MISMATCH",
          `${this.stream} was left in "${newest.state}", but today's machine arrives at "${state.path}": replay it to see where they part`,
        );
      }
      this.#committed = {
        state,
        position: newest.position,
        createdAt: events[0]!.recordedAt,
        updatedAt: newest.recordedAt,
      };
    }
    this.#state = state;
  }
}

/** The effects that a run's events have closed, as `<version>/<n>`. */
function closedBy(run: Run): string[] {
  return run.events.flatMap(({ effects }) =>
    effects?.includes('"close"')
      ? (JSON.parse(effects) as { kind: string; effect: string }[]).filter(({ kind }) => kind === "close").map((
        { effect },
      ) => effect)
      : []
  );
}
