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
import type { StoredEvent } from "../store/store.ts";
import { type Outcome, refusal } from "./acceptance.ts";
import type { ActorHost } from "./actor-host.ts";
import { withoutTheGuilty, withoutTheHapless, withoutTheLate } from "./left-out.ts";
import { tooMuch } from "./mailbox-bounds.ts";
import { type Proposal, type Receipt, receiptOf, type Refused } from "./receipt.ts";
import { RecentMessages } from "./recent-messages.ts";
import { type Committed, recover } from "./recovery.ts";
import type { RegisteredActor } from "./register.ts";
import type { Entry, ProposalEntry, Run, RunEntry } from "./run.ts";
import { SNAPSHOT_EVERY, type SnapshotFlaw, takeSnapshot } from "./state-snapshot.ts";
import { Tail, type TailListener } from "./tail.ts";
import { takeTurn } from "./turn.ts";
import { inTurnSpan } from "./turn-span.ts";

/** Events of one actor that may be under way before its next turn waits. */
const MAX_UNCOMMITTED = 64;
const KEY_TAKEN = "Another request with the same key was answered first";
/** One for all, since every actor in memory has it. */
const LOADED = Promise.resolve();

export class Actor implements TailListener {
  readonly ref: ActorRef;
  readonly stream: string;
  readonly registered: RegisteredActor;
  readonly #host: ActorHost;
  readonly #mailbox: Entry[] = [];
  readonly #tail: Tail;
  #recent = new RecentMessages();
  #phase: "loading" | "ready" | "lookingUp" | "broken" = "loading";
  #brokenBy: StatewrightError | undefined;
  /** Where the newest snapshot stands. */
  #snapshotVersion = 0;
  #loaded: Promise<void> = LOADED;
  /** Told to come into being, and taken for new without a look at the store: the append will tell. */
  #presumedNew: boolean;
  /** When the next run is settled, if somebody waits for that. */
  #nextSettled: PromiseWithResolvers<void> | undefined;
  /** Set on every use; the node's passivation clears it. */
  touched = true;

  /** @param presumedNew the first proposal is its creation: most likely there is nothing to load */
  constructor(
    ref: ActorRef,
    stream: string,
    registered: RegisteredActor,
    host: ActorHost,
    presumedNew: boolean,
  ) {
    this.ref = ref;
    this.stream = stream;
    this.registered = registered;
    this.#host = host;
    this.#tail = new Tail(stream, host.appender, this);
    this.#presumedNew = presumedNew;
    if (presumedNew) this.#phase = "ready";
    else this.#load();
  }

  /** True when nothing would be lost by forgetting it. */
  get idle(): boolean {
    return this.#phase !== "loading" && this.#phase !== "lookingUp" && this.#mailbox.length === 0 && this.#tail.idle;
  }

  get broken(): boolean {
    return this.#phase === "broken";
  }

  /** Others have written it: resolves once it is as the log had it at this call, or later. */
  async renew(): Promise<void> {
    // A run under way was either first, or it conflicts, and that makes it load.
    if (this.#tail.isWriting) await this.#settlement();
    if (!this.#tail.isWriting && (this.#phase === "ready" || this.#phase === "lookingUp")) this.#load();
    await this.#loaded;
  }

  /** What is durable now; undefined when there is no such actor. Rejects when its history cannot be replayed. */
  async committed(): Promise<Readonly<Committed> | undefined> {
    this.touched = true;
    if (this.#presumedNew) await this.renew();
    await this.#loaded;
    if (this.#brokenBy) throw this.#brokenBy;
    return this.#tail.committed;
  }

  /** Resolves with a receipt once it is durable; rejects when nothing was written. */
  propose(proposal: Proposal, sentAt?: number): Promise<Receipt> {
    return inTurnSpan(
      this.ref,
      proposal.event.type,
      proposal,
      (proposal) =>
        new Promise((resolve, reject) =>
          this.#enqueue({ kind: "proposal", proposal, sentAt, lookedUp: false, tries: 0, resolve, reject })
        ),
    );
  }

  /** Records the outcome of an effect. False when the effect is not open any more: nothing was written. */
  settle(outcome: Outcome): Promise<boolean> {
    return inTurnSpan(
      this.ref,
      outcome.type,
      outcome,
      (outcome) =>
        new Promise((resolve, reject) => this.#enqueue({ kind: "outcome", outcome, tries: 0, resolve, reject })),
    );
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
    this.#tail.delivered(effectId);
    this.#host.flushSoon(this);
  }

  /** Writes the waiting row, unless an event has done so meanwhile. */
  flush(): void {
    if (this.#phase === "ready") this.#tail.flush();
    else if (this.#phase === "lookingUp") this.#host.flushSoon(this);
  }

  /**
   * Somebody has looked because of the waiting row, and that was in vain: resolves once it says when to look again.
   * @param failing the timers on which the machine fails, which are left alone for a while
   */
  async correctRow(failing: ReadonlySet<string>): Promise<void> {
    // The other node may have corrected it meanwhile, or have died.
    if (this.#tail.isRowOthers) await this.renew();
    if (this.#phase === "ready" && !this.#tail.isRowOthers) this.#tail.correctRow(failing);
    if (this.#tail.isWriting) await this.#settlement();
  }

  #enqueue(entry: Entry): void {
    this.touched = true;
    if (this.#brokenBy) return entry.reject(this.#brokenBy);
    const refusedBy = tooMuch(entry, this.#mailbox, this.stream, this.#host.appender);
    if (refusedBy) return entry.reject(refusedBy);
    this.#mailbox.push(entry);
    this.#work();
  }

  #work(): void {
    while (this.#phase === "ready") {
      const entry = this.#mailbox[0];
      if (entry === undefined || this.#mustWait(entry)) return;
      if (this.#presumedNew && !this.#tail.state && !this.#isCreation(entry)) return this.#load();
      this.#mailbox.shift();
      try {
        this.#takeTurn(entry);
      } catch (thrown) {
        // A flaw of the runtime's own: it has failed this entry, and not whoever happened to come by.
        entry.reject(StatewrightError.from(thrown));
      }
    }
  }

  #isCreation(entry: Entry): boolean {
    return entry.kind === "proposal" && entry.proposal.event.type === this.registered.definition.created;
  }

  #settlement(): Promise<void> {
    return (this.#nextSettled ??= Promise.withResolvers<void>()).promise;
  }

  #settled(): void {
    this.#nextSettled?.resolve();
    this.#nextSettled = undefined;
    if (this.#tail.isRowOutdated) this.#host.flushSoon(this);
    this.#work();
  }

  #mustWait(entry: Entry): boolean {
    const secondKey = entry.kind === "proposal" && entry.proposal.requestKey !== undefined && this.#tail.hasRequestKey;
    return this.#tail.length >= (entry.alone ? 1 : MAX_UNCOMMITTED) || secondKey;
  }

  /** One turn, as numbered steps. */
  #takeTurn(entry: Entry): void {
    // 1 Seen before?
    if (entry.kind === "proposal" && this.#isRepeated(entry)) return;
    // 2 Acceptable? 3 The step.
    const verdict = takeTurn(this.registered, this.ref, this.#tail.state, entry, this.#host.epoch());
    // 4 To the appender. 5 Adopt. (6 The answer and 7 the effects follow the commit.)
    if (verdict.outcome === "recorded") this.#tail.append(entry, verdict.event, verdict.moved);
    else if (verdict.outcome === "failed") entry.reject(verdict.error);
    else if (entry.kind !== "proposal") entry.resolve(false);
    else if (verdict.outcome === "refused" && !this.#tail.deferRefusal(entry, verdict.refused)) {
      entry.resolve(verdict.refused);
    }
  }

  #isRepeated(entry: ProposalEntry): boolean {
    const { messageId } = entry.proposal;
    if (messageId === undefined) return false;
    if (this.#tail.deferRepetition(entry, messageId)) return true;
    const accepted = this.#recent.lookUp(this.#host.log, this.stream, entry, this.#tail.state?.version ?? 0);
    if (accepted === undefined) return false;
    this.#phase = "lookingUp";
    accepted.then((row) => {
      entry.lookedUp = true;
      if (row) entry.resolve(receiptOf("duplicate", this.ref, row));
      else this.#mailbox.unshift(entry);
    }, (thrown) => entry.reject(StatewrightError.from(thrown))).finally(() => {
      if (this.#phase === "lookingUp") this.#phase = "ready";
      this.#work();
    });
    return true;
  }

  appended(run: Run, firstPosition: number, recordedAt: number): void {
    this.#presumedNew = false;
    let position = firstPosition;
    const repeated: Entry[] = [];
    for (const { entry, state, refused } of run.entries) {
      if (state) this.#answer(entry, { version: state.version, position: position++, state: state.path, recordedAt });
      else if (refused && entry.kind === "proposal") entry.resolve(refused);
      else repeated.push(entry);
    }
    this.#mailbox.unshift(...repeated);
    this.#host.committed(this, this.#tail.committed?.state.open ?? [], run.closed);
    this.#saveSnapshot();
    this.#settled();
  }

  #saveSnapshot(): void {
    const { state, createdAt } = this.#tail.committed ?? {};
    if (!state || createdAt === undefined || state.version < this.#snapshotVersion + SNAPSHOT_EVERY) return;
    this.#snapshotVersion = state.version;
    const marks = this.#recent.marks(state.version);
    const snapshot = takeSnapshot(this.registered, this.stream, state, createdAt, marks);
    if (snapshot) this.#host.saveSnapshot(snapshot);
  }

  #answer(entry: Entry, row: Pick<StoredEvent, "version" | "position" | "state" | "recordedAt">): void {
    if (entry.kind !== "proposal") return entry.resolve(true);
    if (entry.proposal.messageId !== undefined) this.#recent.remember(entry.proposal.messageId, row.position);
    entry.resolve(receiptOf("accepted", this.ref, row));
  }

  leftOut(run: Run, entries: readonly RunEntry[], why: "conflict" | "keyTaken"): void {
    const again = why === "conflict"
      ? entries.map(({ entry }) => entry)
      : withoutTheLate(run, entries, (entry) => entry.resolve(this.#keyTaken(entry)));
    this.#mailbox.unshift(...withoutTheHapless(again, this.stream));
    if (why === "conflict") this.#load(this.#host.confirmEpoch());
    this.#settled();
  }

  #keyTaken({ proposal }: ProposalEntry): Refused {
    return refusal(this.registered, this.ref, this.#tail.state, proposal, "keyTaken", KEY_TAKEN);
  }

  unstorable(run: Run, entries: readonly RunEntry[], error: StatewrightError): void {
    this.#mailbox.unshift(...withoutTheGuilty(run, entries, error));
    this.#settled();
  }

  failed(entries: readonly RunEntry[], error: StatewrightError): void {
    for (const { entry } of entries) entry.reject(error);
    this.#settled();
  }

  /** @param first what has to be over before */
  #load(first?: Promise<void>): void {
    this.#presumedNew = false;
    this.#phase = "loading";
    this.#loaded = this.#recover(first);
  }

  async #recover(first?: Promise<void>): Promise<void> {
    try {
      await first;
      const ignored = (flaw: SnapshotFlaw) => this.#host.snapshotIgnored(flaw);
      const recovered = await recover(this.#host.log, this.registered, this.ref, this.stream, ignored);
      const { writtenBy, isRowExact } = recovered;
      // A later node has written it: perhaps this one was taken for dead and has not heard of it.
      if (writtenBy > this.#host.epoch()) await this.#host.confirmEpoch();
      const inexact = this.#host.livesElsewhere(writtenBy) ? "others" : "left";
      this.#tail.reset(recovered.committed, isRowExact ? "exact" : inexact);
      this.#recent = recovered.recent;
      this.#snapshotVersion = recovered.snapshotVersion;
      this.#phase = "ready";
      this.#loaded = LOADED;
    } catch (thrown) {
      this.#phase = "broken";
      this.#brokenBy = StatewrightError.from(thrown);
      for (const entry of this.#mailbox.splice(0)) entry.reject(this.#brokenBy);
    }
    this.#settled();
  }
}
