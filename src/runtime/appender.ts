/**
 * Group commit: one appender a node collects what all its actors want to append while earlier groups are on their way.
 * There is no linger timer; a group is whatever has come together by the time there is room for another one.
 *
 * Invariants:
 *  1. Groups that are under way at the same time concern different streams, so that it does not matter which of them
 *     is carried out first, or twice after a cut connection.
 *  2. A stream's runs are appended in the order in which they were submitted.
 *  3. A run that is taken is closed: nobody adds to it any more.
 *  4. What is queued and under way is counted, so that whoever asks before it adds to it can keep it bounded.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { AppendRun, EventLog, RunResult } from "../store/store.ts";

/** A run that may still grow until the appender takes it. */
export interface PendingRun {
  readonly stream: string;
  /** What it holds; `grown` is told whenever that grows. */
  readonly size: RunSize;
  /** Closes the run and gives what is to be appended. */
  take(): AppendRun;
  /** What became of it: appended, or left out and nothing stored. */
  settle(result: RunResult): void;
  /** The store could not be reached and nothing was stored. */
  fail(error: StatewrightError): void;
}

export interface RunSize {
  readonly events: number;
  /** Of its texts. */
  readonly characters: number;
}

/** Held for proposals whose commit is not known yet, at most: some seconds' work, when the database hangs. */
const MAX_IN_FLIGHT: RunSize = { events: 65_536, characters: 64 * 1024 * 1024 };
/** Half of what waits, so that the database works on one half while this process makes the next; within these bounds. */
const MIN_GROUP_RUNS = 32;
const MAX_GROUP_RUNS = 128;
/** A group beside another one has to be worth its round trip; a smaller one gains more by waiting and growing. */
const MIN_GROUP_BESIDE_RUNS = 16;
/** While the database carries one group out, the next is on its way, and a third is being made. */
const MAX_GROUPS_UNDER_WAY = 3;

export class Appender {
  readonly #log: Pick<EventLog, "append">;
  readonly #epoch: () => number;
  /** In the order of submission. */
  #queue: PendingRun[] = [];
  readonly #streamsUnderWay = new Set<string>();
  #groupsUnderWay = 0;
  #events = 0;
  #characters = 0;
  #scheduled = false;
  #whenIdle: (() => void)[] = [];

  constructor(log: Pick<EventLog, "append">, epoch: () => number) {
    this.#log = log;
    this.#epoch = epoch;
  }

  /** True while nobody from outside should be let in. What the runtime owes is let in nevertheless. */
  get full(): boolean {
    return this.#events >= MAX_IN_FLIGHT.events || this.#characters >= MAX_IN_FLIGHT.characters;
  }

  /** A run that was submitted, and not taken yet, holds another event. */
  grown(characters: number): void {
    this.#events++;
    this.#characters += characters;
  }

  /** Queues a run for the next group. The caller keeps it open until `take` is called. */
  submit(run: PendingRun): void {
    this.#queue.push(run);
    this.#schedule();
  }

  /** Takes a run back that was not taken yet, because the run it builds on was left out. */
  withdraw(run: PendingRun): void {
    const at = this.#queue.indexOf(run);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#shrunk(run);
  }

  /** Resolves when nothing is queued or under way. */
  drained(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #isIdle(): boolean {
    return this.#queue.length === 0 && this.#groupsUnderWay === 0;
  }

  /** One microtask later, so that what this very turn of the event loop brings goes along. */
  #schedule(): void {
    if (this.#scheduled || this.#groupsUnderWay >= MAX_GROUPS_UNDER_WAY) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      while (this.#groupsUnderWay < MAX_GROUPS_UNDER_WAY && this.#sendGroup());
    });
  }

  /** Answers false when nothing can be sent now. */
  #sendGroup(): boolean {
    const size = Math.min(MAX_GROUP_RUNS, Math.max(MIN_GROUP_RUNS, this.#queue.length >> 1));
    const group: PendingRun[] = [];
    const waiting: PendingRun[] = [];
    for (const run of this.#queue) {
      const mayGo = group.length < size && !this.#streamsUnderWay.has(run.stream);
      (mayGo ? group : waiting).push(run);
    }
    if (group.length < (this.#groupsUnderWay > 0 ? MIN_GROUP_BESIDE_RUNS : 1)) return false;
    this.#queue = waiting;
    for (const { stream } of group) this.#streamsUnderWay.add(stream);
    this.#groupsUnderWay++;
    void this.#append(group);
    return true;
  }

  async #append(group: readonly PendingRun[]): Promise<void> {
    try {
      const results = await this.#log.append(this.#epoch(), group.map((run) => run.take()));
      this.#over(group);
      group.forEach((run, i) => run.settle(results[i]!));
    } catch (thrown) {
      this.#over(group);
      const error = StatewrightError.from(thrown);
      for (const run of group) run.fail(error);
    }
    this.#schedule();
    if (!this.#isIdle()) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #over(group: readonly PendingRun[]): void {
    this.#groupsUnderWay--;
    for (const run of group) {
      this.#streamsUnderWay.delete(run.stream);
      this.#shrunk(run);
    }
  }

  #shrunk({ size }: PendingRun): void {
    this.#events -= size.events;
    this.#characters -= size.characters;
  }
}
