/**
 * Group commit: one appender a node collects what all its actors want to append while the commit before is on its
 * way. There is no linger timer; the group is whatever has come together by the time the store is free.
 *
 * Invariants:
 *  1. At most one group is under way, so that a run never overtakes an earlier run of its stream.
 *  2. A stream has at most one run in the group under way and one in the next.
 *  3. A run that is taken is closed: nobody adds to it any more.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { AppendRun, EventLog, RunResult } from "../store/store.ts";

/** A run that may still grow until the appender takes it. */
export interface PendingRun {
  /** Closes the run and gives what is to be appended. */
  take(): AppendRun;
  /** What became of it: appended, or left out and nothing stored. */
  settle(result: RunResult): void;
  /** The store could not be reached and nothing was stored. */
  fail(error: StatewrightError): void;
}

/** Events in one group: more would only hold the log's lock longer. */
const MAX_GROUP_RUNS = 512;

export class Appender {
  readonly #log: EventLog;
  readonly #epoch: () => number;
  readonly #queue: PendingRun[] = [];
  #underWay = false;
  #idle: (() => void) | undefined;

  constructor(log: EventLog, epoch: () => number) {
    this.#log = log;
    this.#epoch = epoch;
  }

  /** Queues a run for the next group. The caller keeps it open until `take` is called. */
  submit(run: PendingRun): void {
    this.#queue.push(run);
    if (this.#underWay) return;
    this.#underWay = true;
    // One microtask later, so that what this very turn of the event loop brings goes along.
    queueMicrotask(() => void this.#work());
  }

  /** Takes a run back that was not taken yet, because the run it builds on was left out. */
  withdraw(run: PendingRun): void {
    const at = this.#queue.indexOf(run);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Resolves when nothing is queued or under way. */
  drained(): Promise<void> {
    if (!this.#underWay) return Promise.resolve();
    return new Promise((resolve) => this.#idle = resolve);
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0, MAX_GROUP_RUNS);
      try {
        const results = await this.#log.append(this.#epoch(), group.map((run) => run.take()));
        group.forEach((run, i) => run.settle(results[i]!));
      } catch (thrown) {
        const error = StatewrightError.from(thrown);
        for (const run of group) run.fail(error);
      }
    }
    this.#underWay = false;
    this.#idle?.();
    this.#idle = undefined;
  }
}
