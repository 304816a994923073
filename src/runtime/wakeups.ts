/**
 * What makes sleeping actors move: timers that are due by the store's clock, and work that a dead node left behind.
 * One loop; the store's answer is the truth, hints only make it ask earlier.
 */
import type { Clock } from "../kernel/clock.ts";
import { plainError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { NodeRegistry, WaitingRow } from "../store/store.ts";

/** The longest time between two questions to the store. */
const MAX_PAUSE_MS = 1_000;
/** Actors woken at once; a thousand overdue timers wait behind each other, not behind or before the commands. */
const BATCH = 64;
/** Actors that were handed on by others, and wait for their turn, at most; and one batch more. */
const MAX_HANDED = 1_024;
/** How long an actor that could not be woken is left alone. */
const POSTPONE_MS = 30_000;

export interface WakeupHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: NodeRegistry;
  epoch(): number;
  /** Hands claimed actors on to the nodes that they live on; answers those that are to be handled here. */
  handOn(rows: readonly WaitingRow[], now: number | null): Promise<readonly WaitingRow[]>;
  /** Fires what is due at `now` (the store's clock). */
  fireDue(row: WaitingRow, now: number): Promise<void>;
  /** Leaves an actor alone for a while that could not be woken up. */
  postpone(row: WaitingRow, delayMs: number): Promise<void>;
  /** Takes up what a dead node had under way. */
  resume(row: WaitingRow): Promise<void>;
}

export class Wakeups {
  readonly #host: WakeupHost;
  readonly #handed: (() => Promise<void>)[] = [];
  #stopped = false;
  /** True after a failure: its answer may have been lost, and with it what was claimed. */
  #isInDoubt = false;
  /** When the loop asks next, by the local clock; hints make it earlier. */
  #nextAt = Infinity;
  /** Ends the pause that the loop is in. */
  #wakeUp: (() => void) | undefined;
  #cancelAlarm: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(host: WakeupHost) {
    this.#host = host;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeUp?.();
    await this.#loop;
  }

  /** False while there is a lot to take up already. */
  get takesMore(): boolean {
    return !this.#stopped && this.#handed.length < MAX_HANDED;
  }

  /**
   * Takes up actors that another node has handed on, with their claims.
   * @param now by the store's clock, when their timers are due; null when they have work under way
   */
  takeUp(rows: readonly WaitingRow[], now: number | null): void {
    for (const row of rows) this.#handed.push(() => now === null ? this.#resume(row) : this.#fire(row, now));
    this.wake();
  }

  /** Claims of this node may have been made of which it has not heard. */
  doubt(): void {
    this.#isInDoubt = true;
    this.wake();
  }

  /** There is something to take up now. */
  wake(): void {
    this.#nextAt = -Infinity;
    this.#wakeUp?.();
  }

  /** A timer was set that is due in `delayMs`. */
  hint(delayMs: number): void {
    const at = this.#host.clock.now() + delayMs;
    if (at >= this.#nextAt) return;
    this.#nextAt = at;
    if (this.#wakeUp) this.#setAlarm();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let pauseMs = MAX_PAUSE_MS;
      this.#nextAt = Infinity;
      try {
        pauseMs = await this.#round();
      } catch (thrown) {
        this.#isInDoubt = true;
        this.#host.logger.warn(
          { error: plainError(thrown) },
          "the store could not be asked for due timers; asking again",
        );
      }
      if (pauseMs > 0) await this.#pause(pauseMs);
    }
  }

  /** One question and its consequences; answers how long to wait until the next. */
  async #round(): Promise<number> {
    const { registry } = this.#host;
    const epoch = this.#host.epoch();
    if (this.#isInDoubt) await this.#recall(epoch);
    await Promise.all(this.#handed.splice(0, BATCH).map((work) => work()));
    const orphans = await registry.claimOrphans(epoch, BATCH);
    const left = await this.#host.handOn(orphans, null);
    await Promise.all(left.map((row) => this.#resume(row)));
    const { now, rows, nextDueAt } = await registry.claimDue(epoch, BATCH);
    const due = await this.#host.handOn(rows, now);
    await Promise.all(due.map((row) => this.#fire(row, now)));
    if (orphans.length === BATCH || rows.length === BATCH || this.#handed.length > 0) return 0;
    return nextDueAt === null ? MAX_PAUSE_MS : Math.min(MAX_PAUSE_MS, Math.max(1, nextDueAt - now));
  }

  /** Takes up everything that this node has claimed; what is under way here is left as it is. */
  async #recall(epoch: number): Promise<void> {
    this.#isInDoubt = false;
    for (let after = "";;) {
      const rows = await this.#host.registry.claims(epoch, BATCH, after);
      await Promise.all(rows.map((row) => this.#resume(row)));
      if (rows.length < BATCH) return;
      after = rows.at(-1)!.stream;
    }
  }

  /** The claim is ours from now on, so nobody else would try again. */
  async #resume(row: WaitingRow): Promise<void> {
    try {
      await this.#host.resume(row);
    } catch (thrown) {
      this.#host.logger.error(
        { stream: row.stream, error: plainError(thrown) },
        "an actor's work could not be taken up; trying again in a while",
      );
      this.#host.clock.schedule(POSTPONE_MS, () => {
        if (!this.#stopped) void this.#resume(row);
      });
    }
  }

  async #fire(row: WaitingRow, now: number): Promise<void> {
    try {
      await this.#host.fireDue(row, now);
    } catch (thrown) {
      this.#host.logger.error(
        { stream: row.stream, error: plainError(thrown) },
        "a timer could not be fired; trying again in a while",
      );
      await this.#host.postpone(row, POSTPONE_MS).catch(() => {});
    }
  }

  #pause(delayMs: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    // A hint that came during the round may want to be earlier.
    this.#nextAt = Math.min(this.#nextAt, this.#host.clock.now() + delayMs);
    if (this.#nextAt <= this.#host.clock.now()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeUp = () => {
        this.#wakeUp = undefined;
        this.#cancelAlarm();
        resolve();
      };
      this.#setAlarm();
    });
  }

  #setAlarm(): void {
    this.#cancelAlarm();
    this.#cancelAlarm = this.#host.clock.schedule(
      Math.max(0, this.#nextAt - this.#host.clock.now()),
      () => this.#wakeUp?.(),
    );
  }
}
