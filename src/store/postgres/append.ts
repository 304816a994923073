/**
 * Appending, until the truth is known.
 *
 * Invariants:
 *  1. An answer says what is in the log. A call whose connection was cut is sent again under the same append id, by
 *     which the database knows what an earlier try has stored.
 *  2. A rejection says that nothing was stored; hence nobody gives up while an earlier try may have been.
 *  3. A run that cannot be stored fails alone.
 */
import { type Clock, sleep } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import type { AppendRun, EventLog, RunResult } from "../store.ts";
import type { AppendCall } from "./append-call.ts";
import type { AppendCalls } from "./append-calls.ts";
import type { AppendHints } from "./append-hints.ts";
import { failureOf, storeError } from "./failures.ts";

const GIVE_UP_AFTER_MS = 30_000;
const FIRST_PAUSE_MS = 25;
const MAX_PAUSE_MS = 1_000;

export interface Append extends Pick<EventLog, "append"> {
  close(): Promise<void>;
}

export function createAppend(calls: AppendCalls, hints: AppendHints, clock: Clock): Append {
  const instance = newId().slice(-12);
  let groups = 0;
  let closed = false;

  /** Sends a group until the database has answered. @param mustSettle something of its call may be stored already */
  async function settle(call: AppendCall, runs: readonly AppendRun[], mustSettle: boolean): Promise<RunResult[]> {
    const giveUpAt = clock.now() + GIVE_UP_AFTER_MS;
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        return (mustSettle ? undefined : await calls.quick(call, runs)) ?? await calls.careful(call, runs);
      } catch (thrown) {
        const failure = failureOf(thrown);
        if (failure === "data") throw thrown;
        if (failure === "unknown") mustSettle = true;
        const tooLate = failure === "refused" || clock.now() >= giveUpAt;
        if (!mustSettle && (tooLate || closed)) throw storeError(thrown);
        if (closed) {
          const why = "The store was closed before it was known what an append has stored";
          throw new StatewrightError("DEADLINE_EXCEEDED", why);
        }
      }
      await sleep(clock, pauseMs);
    }
  }

  /** Stores a group in one commit; when a run in it cannot be stored, in halves, until the guilty one is alone. */
  async function store(call: AppendCall, runs: readonly AppendRun[], mustSettle: boolean): Promise<RunResult[]> {
    try {
      return await settle(call, runs, mustSettle);
    } catch (thrown) {
      if (failureOf(thrown) !== "data") throw thrown;
      if (runs.length === 1) return [{ outcome: "invalid", detail: storeError(thrown).message }];
      const middle = runs.length >> 1;
      const first = await store(call, runs.slice(0, middle), mustSettle);
      return [...first, ...await store(call, runs.slice(middle), true)];
    }
  }

  return {
    async append(node, runs) {
      if (runs.length === 0) return [];
      const call = { node, appendId: `${instance}.${(++groups).toString(36)}`, hint: hints.next() };
      const results = await store(call, runs, false);
      if (results.some(({ outcome }) => outcome === "appended")) hints.committed(call.hint);
      return results;
    },
    async close() {
      closed = true;
      hints.stop();
      await calls.close();
    },
  };
}
