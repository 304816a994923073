/** How one activity goes on this node, and the pause between two of its attempts. */
import type { Clock } from "../kernel/clock.ts";
import { type PlainError, plainError } from "../kernel/errors.ts";
import type { ActivityAttempts } from "./operations.ts";

export class Attempts {
  /** Aborted when nobody waits for the answer any more. */
  readonly closed = new AbortController();
  #number = 1;
  #lastError: PlainError | undefined;
  #nextAt: number | undefined;
  #endPause: (() => void) | undefined;

  /** 1 for the first. */
  get number(): number {
    return this.#number;
  }

  describe(): ActivityAttempts {
    return {
      attempt: this.#number,
      ...(this.#lastError && { lastError: this.#lastError }),
      ...(this.#nextAt !== undefined && { nextAt: this.#nextAt }),
    };
  }

  /** The attempt has failed; resolves when it is time for the next one: after the delay, or when somebody hurries it. */
  pause(clock: Clock, delayMs: number, thrown: unknown): Promise<void> {
    this.#number++;
    this.#lastError = plainError(thrown);
    this.#nextAt = clock.now() + delayMs;
    return new Promise((resolve) => {
      const cancel = clock.schedule(delayMs, () => this.#endPause?.());
      this.#endPause = () => {
        cancel();
        this.#endPause = undefined;
        this.#nextAt = undefined;
        resolve();
      };
    });
  }

  /** Ends the pause, if there is one. */
  hurry(): boolean {
    const wasPausing = this.#endPause !== undefined;
    this.#endPause?.();
    return wasPausing;
  }
}
