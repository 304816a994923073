import type { Clock } from "./clock.ts";

/** A clock that stands still until it is told to move: for tests, and for simulated time. */
export interface ManualClock extends Clock {
  /** Moves on by `byMs`; what is scheduled until then runs in its order, each at its own moment. */
  advance(byMs: number): void;
}

export function createManualClock(startMs = 0): ManualClock {
  let now = startMs;
  let ticket = 0;
  const alarms = new Map<number, { at: number; run: () => void }>();

  const next = (until: number) => {
    let earliest: [number, { at: number; run: () => void }] | undefined;
    for (const alarm of alarms) {
      if (alarm[1].at <= until && (earliest === undefined || alarm[1].at < earliest[1].at)) earliest = alarm;
    }
    return earliest;
  };

  return {
    now: () => now,
    schedule(delayMs, run) {
      const id = ticket++;
      alarms.set(id, { at: now + Math.max(0, delayMs), run });
      return () => void alarms.delete(id);
    },
    advance(byMs) {
      const until = now + byMs;
      for (let due = next(until); due !== undefined; due = next(until)) {
        const [id, { at, run }] = due;
        alarms.delete(id);
        now = Math.max(now, at);
        run();
      }
      now = until;
    },
  };
}
