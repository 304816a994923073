/**
 * Reading one's own writes. Every receipt carries a position of the log, and every list takes one and waits until its
 * read model has come as far. What is read from an actor itself is never behind.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { Projector } from "../projection/projector.ts";

const LIST_WAITS_MS = 1_000;
const TOKEN_WAITS_MS = 5_000;

const TOKEN = /^(0|[1-9][0-9]{0,14})$/;

export interface Consistency {
  /** Notes up to which position of the log a caller has been told. */
  told(position: number): void;
  /**
   * Waits until the read models show all that callers of this process have been told, but no longer than a second: an
   * older list is better than none. Whoever names a position is never given an older one.
   * @param token the position that the caller has been told, as a decimal string
   * @throws StatewrightError `MALFORMED` for a token that is none, `DEADLINE_EXCEEDED` when it is not reached in 5 s
   */
  caughtUp(token?: string): Promise<void>;
}

export function createConsistency(projector: Pick<Projector, "reached">): Consistency {
  let highest = 0;
  return {
    told(position) {
      highest = Math.max(highest, position);
    },
    async caughtUp(token) {
      if (token !== undefined) {
        if (!TOKEN.test(token)) throw new StatewrightError("MALFORMED", "A consistency token is a position of the log");
        await projector.reached(Number(token), TOKEN_WAITS_MS);
      }
      await projector.reached(highest, LIST_WAITS_MS).catch((thrown: unknown) => {
        if (!(thrown instanceof StatewrightError && thrown.code === "DEADLINE_EXCEEDED")) throw thrown;
      });
    },
  };
}
