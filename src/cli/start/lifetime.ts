/** The life of a serving process: it starts, serves until it is told to end, and undoes what it did, in reverse. */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";

export interface Lifetime {
  /** Remembers how to undo something; the latest is undone first. */
  onEnd(undo: () => Promise<void> | void): void;
  /** Ends the process, in order, with this error. */
  fail(error: StatewrightError): void;
  /** Ends the process, in order, when the one that started it is gone. */
  endWithParent(): void;
  /** Aborted once the end begins. */
  readonly end: AbortSignal;
}

/** What the end may take before the process leaves without it. */
const END_DEADLINE_MS = 9_500;

/** npm passes Ctrl-C on to a process that the terminal has told already; so soon it is the same signal again. */
const ECHO_MS = 1_000;

const PARENT_POLL_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Starts, and resolves once a signal came (SIGINT, SIGTERM, SIGHUP) and all was undone. Rejects with what made the start
 * or a part of the process fail, also after all was undone. A second signal, or an end that takes longer than 9.5 s,
 * ends the process at once; nothing is lost by that, and PostgreSQL's keeper cleans up behind it.
 */
export async function liveUntilSignal(
  start: (lifetime: Lifetime) => Promise<void>,
  clock: Clock = systemClock,
): Promise<void> {
  const undos: (() => Promise<void> | void)[] = [];
  const end = Promise.withResolvers<void>();
  // A part may fail while the start is still under way, and then the start fails too.
  end.promise.catch(() => {});
  const ending = new AbortController();
  const begin = () => {
    if (!ending.signal.aborted) clock.schedule(END_DEADLINE_MS, giveUp);
    ending.abort();
  };
  onSignals(clock, () => {
    begin();
    end.resolve();
  });
  try {
    await start({
      onEnd: (undo) => void undos.push(undo),
      fail: end.reject,
      endWithParent: () => onOrphaned(clock, process.ppid, end.resolve),
      end: ending.signal,
    });
    await end.promise;
  } finally {
    begin();
    await undoAll(undos);
  }
}

function onSignals(clock: Clock, first: () => void): void {
  let firstAt: number | undefined;
  const onSignal = () => {
    const now = clock.now();
    if (firstAt === undefined) {
      firstAt = now;
      console.error("Finishing what is under way. Once more to leave at once.");
      first();
    } else if (now - firstAt > ECHO_MS) {
      process.exit(1);
    }
  };
  // Not `once`: on Deno a signal whose last listener goes while it is handled takes its default course.
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function onOrphaned(clock: Clock, parent: number, orphaned: () => void): void {
  if (process.ppid === parent) clock.schedule(PARENT_POLL_MS, () => onOrphaned(clock, parent, orphaned));
  else orphaned();
}

async function undoAll(undos: (() => Promise<void> | void)[]): Promise<void> {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) {
    try {
      await undo();
    } catch (thrown) {
      console.error(`Could not end cleanly: ${StatewrightError.from(thrown).message}`);
    }
  }
}

function giveUp(): void {
  console.error("Gave up waiting; the next start carries on with what was under way.");
  process.exit(1);
}
