/**
 * Time that only measures and waits. What is *due* is decided by the database's clock (the store says so);
 * this one decides when to ask.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `delayMs`; the answer cancels it. Never keeps the process alive by itself. */
  schedule(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, run) {
    // setTimeout overflows above 2^31-1 ms and would fire at once.
    const timer = setTimeout(run, Math.min(delayMs, 2_147_483_647));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Keeps the process alive, although everything it waits for would let it end; until the answer is called. */
export function keepProcessAlive(): () => void {
  const timer = setInterval(() => {}, 2_147_483_647);
  return () => clearInterval(timer);
}

/** Resolves after `delayMs` by that clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(delayMs, resolve));
}

/** The answer, unless it takes longer than `withinMs`: then it rejects with what `late` makes, and the work goes on. */
export function withDeadline<Answer>(
  clock: Clock,
  withinMs: number,
  answer: PromiseLike<Answer>,
  late: () => Error,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(withinMs, () => reject(late()));
    answer.then((value) => (cancel(), resolve(value)), (thrown: unknown) => (cancel(), reject(thrown)));
  });
}
