/**
 * The tail of an actor's history: what was accepted and is on its way to the store. At most one run is under way and
 * one is being collected behind it.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { RunResult } from "../store/store.ts";
import type { ActorState } from "./actor-state.ts";
import type { Appender } from "./appender.ts";
import { NOTHING_OPEN, type OpenEffect, rowStays } from "./effects.ts";
import type { RecordedEvent } from "./record.ts";
import type { Committed } from "./recovery.ts";
import { type Entry, movedEntry, NOTHING_DELIVERED, Run, type RunEntry, type RunOwner } from "./run.ts";
import type { Refused } from "./receipt.ts";

/** Who hears what became of a run. */
export interface TailListener {
  /** Stored: `entries` in their order, the first event at `firstPosition`. */
  appended(run: Run, firstPosition: number, recordedAt: number): void;
  /** Left out, and with it everything that was built on it. */
  leftOut(run: Run, entries: readonly RunEntry[], why: "conflict" | "keyTaken"): void;
  /** The store cannot keep something in the run, now or ever. Left out like the others. */
  unstorable(run: Run, entries: readonly RunEntry[], error: StatewrightError): void;
  /** The store was not reached. */
  failed(entries: readonly RunEntry[], error: StatewrightError): void;
}

export class Tail implements RunOwner {
  readonly stream: string;
  readonly #appender: Appender;
  readonly #listener: TailListener;
  /** The newest state, durable or not; undefined while there is no actor. */
  state: ActorState | undefined;
  committed: Committed | undefined;
  #collecting: Run | undefined;
  #underWay: Run | undefined;
  /** Messages that were delivered, and that the waiting row may still show. */
  #delivered = NOTHING_DELIVERED;
  /** What the waiting row shows; undefined while that is not known here. */
  #shown: readonly OpenEffect[] | undefined = NOTHING_OPEN;
  #isRowLeft = false;
  /**
   * True when the row is of an earlier moment, and the living node that wrote the newest event corrects it. Nobody else
   * may: that node might append once more, and leave the row for what it was.
   */
  isRowOthers = false;

  constructor(stream: string, appender: Appender, listener: TailListener) {
    this.stream = stream;
    this.#appender = appender;
    this.#listener = listener;
  }

  /** Events that are not durable yet. */
  get length(): number {
    return (this.#collecting?.events.length ?? 0) + (this.#underWay?.events.length ?? 0);
  }

  /** True while a run is on its way to the store: it conflicts with whatever others have written before it. */
  get isWriting(): boolean {
    return this.#collecting !== undefined || this.#underWay !== undefined;
  }

  /** True when nothing would be lost by forgetting it. A row that was left as it was still wakes the actor in time. */
  get idle(): boolean {
    return !this.isWriting && this.#delivered.size === 0;
  }

  /** True while the waiting row shows what is not open any more. */
  get isRowOutdated(): boolean {
    return this.#delivered.size > 0 || this.#isRowLeft;
  }

  /** True while the run that is being collected has a request key: one a run, so that it is clear whose was taken. */
  get hasRequestKey(): boolean {
    return this.#collecting?.requestKey !== undefined;
  }

  /**
   * Starts anew from what is stored. What was delivered and not written yet stays delivered.
   * @param row `left`: it is of an earlier moment and to be corrected; `others`: see `isRowOthers`
   */
  reset(committed: Committed | undefined, row: "exact" | "left" | "others"): void {
    this.#shown = row === "exact" ? committed?.state.open ?? NOTHING_OPEN : undefined;
    this.#isRowLeft = row === "left";
    this.isRowOthers = row === "others";
    if (this.#delivered.size > 0) {
      const open = committed?.state.open ?? [];
      this.#delivered = new Set(open.map(({ id }) => id).filter((id) => this.#delivered.has(id)));
      if (committed) committed.state = without(this.#delivered, committed.state);
    }
    this.committed = committed;
    this.state = committed?.state;
  }

  /** @param moved the actor's move to another version of its machine, which comes before the event */
  append(entry: Entry, { event, state, closed }: RecordedEvent, moved?: RecordedEvent): void {
    if (moved) this.append(movedEntry(), moved);
    const run = this.#run(state.version - 1);
    if (entry.kind === "proposal") {
      const { requestKey, messageId } = entry.proposal;
      if (requestKey) run.requestKey = { ...requestKey, eventIndex: run.events.length };
      if (messageId !== undefined) run.messageIds.add(messageId);
    }
    run.closed.push(...closed);
    this.#appender.grown(run.add(event));
    run.entries.push({ entry, state, refused: undefined });
    this.state = state;
  }

  /** Answers false when everything is durable; else the refusal waits until the state it was judged on is. */
  deferRefusal(entry: Entry, refused: Refused): boolean {
    const run = this.#collecting ?? this.#underWay;
    run?.entries.push({ entry, state: undefined, refused });
    return run !== undefined;
  }

  /** Answers false when no such message is on its way; else the entry comes again after its commit. */
  deferRepetition(entry: Entry, messageId: string): boolean {
    const run = [this.#collecting, this.#underWay].find((run) => run?.messageIds.has(messageId));
    run?.entries.push({ entry, state: undefined, refused: undefined });
    return run !== undefined;
  }

  /** A message is no longer open. */
  delivered(effectId: string): void {
    this.#delivered = new Set(this.#delivered).add(effectId);
    if (this.state) this.state = without(this.#delivered, this.state);
    if (this.committed) this.committed.state = without(this.#delivered, this.committed.state);
  }

  /** Writes the waiting row, unless an event has done so meanwhile. */
  flush(): void {
    if (this.isRowOutdated && this.state) this.#run(this.state.version);
  }

  /** Writes the waiting row: somebody has looked because of it in vain, and is not to do so for these timers soon. */
  correctRow(failing: ReadonlySet<string>): void {
    if (this.state) this.#run(this.state.version).leftAlone = failing;
  }

  #run(version: number): Run {
    if (this.#collecting === undefined) {
      this.#collecting = new Run(this, version);
      this.#appender.submit(this.#collecting);
    }
    return this.#collecting;
  }

  runTaken(run: Run): void {
    this.#collecting = undefined;
    this.#underWay = run;
    run.delivered = this.#delivered;
    this.#delivered = NOTHING_DELIVERED;
    run.open = this.state!.open;
    run.leavesRow = this.#leavesRow(run);
  }

  /** A run without events is there to write the row. */
  #leavesRow({ events, open, leftAlone }: Run): boolean {
    return events.length > 0 && leftAlone === undefined && this.#shown !== undefined &&
      rowStays(this.#shown, open, this.committed?.updatedAt ?? 0);
  }

  runSettled(run: Run, result: RunResult): void {
    this.#underWay = undefined;
    if (result.outcome === "appended") {
      this.#adopt(run, result.firstPosition, result.recordedAt);
      this.#listener.appended(run, result.firstPosition, result.recordedAt);
    } else if (result.outcome === "invalid") {
      this.#listener.unstorable(run, this.#takeBack(run), new StatewrightError("INVALID", result.detail));
    } else this.#listener.leftOut(run, this.#takeBack(run), result.outcome);
  }

  runFailed(run: Run, error: StatewrightError): void {
    this.#underWay = undefined;
    this.#listener.failed(this.#takeBack(run), error);
  }

  #adopt(run: Run, firstPosition: number, recordedAt: number): void {
    const state = this.#collecting ? this.#stateAfter(run) : this.state;
    if (state === undefined) return;
    for (const effect of state.open) {
      if (effect.position !== 0) continue;
      effect.position = firstPosition;
      if (effect.kind === "timer") effect.dueAt = recordedAt + effect.delayMs;
    }
    const { createdAt = recordedAt, position = 0, updatedAt = recordedAt } = this.committed ?? {};
    this.#noteRow(run, state.open);
    this.committed = run.events.length === 0
      ? { state, position, createdAt, updatedAt }
      : { state, position: firstPosition + run.events.length - 1, createdAt, updatedAt: recordedAt };
  }

  /** The state that a run has made durable, when more was collected behind it, without what was delivered since. */
  #stateAfter({ entries, delivered }: Run): ActorState | undefined {
    const state = entries.findLast(({ state }) => state !== undefined)?.state ?? this.committed?.state;
    return state && without(this.#delivered, without(delivered, state));
  }

  /** @param open now: a message may have been delivered since the run was taken, and the row shows it still */
  #noteRow(run: Run, open: readonly OpenEffect[]): void {
    if (!run.leavesRow) this.#shown = run.leftAlone?.size ? undefined : run.open;
    this.isRowOthers = false;
    const shown = this.#shown;
    this.#isRowLeft = shown !== undefined &&
      (shown.length !== open.length || open.some(({ id }, n) => id !== shown[n]!.id));
  }

  /** Back to what is durable; answers everybody who had built on the run. */
  #takeBack(run: Run): RunEntry[] {
    const behind = this.#collecting;
    if (behind) this.#appender.withdraw(behind);
    this.#collecting = undefined;
    this.state = this.committed?.state;
    if (run.delivered.size > 0) this.#delivered = new Set([...this.#delivered, ...run.delivered]);
    return [...run.entries, ...behind?.entries ?? []];
  }
}

/** The state, of which these messages are not open any more. */
function without(delivered: ReadonlySet<string>, state: ActorState): ActorState {
  return delivered.size === 0 ? state : { ...state, open: state.open.filter(({ id }) => !delivered.has(id)) };
}
