import { StatewrightError } from "../../kernel/errors.ts";
import type { RestDependencies } from "./dependencies.ts";

const LIST_WAITS_MS = 1_000;

/** Lists come from read models, which run behind; who has just been told "created" should find it there. */
export interface ReadYourWrites {
  /** Notes up to which position of the log a caller has been told. */
  told(position: number): void;
  /** Waits until the lists show all of it, but no longer than a second: an older list is better than none. */
  caughtUp(): Promise<void>;
}

export function readYourWrites(projector: RestDependencies["projector"]): ReadYourWrites {
  let highest = 0;
  return {
    told(position) {
      highest = Math.max(highest, position);
    },
    async caughtUp() {
      await projector.reached(highest, LIST_WAITS_MS).catch((thrown: unknown) => {
        if (!(thrown instanceof StatewrightError && thrown.code === "DEADLINE_EXCEEDED")) throw thrown;
      });
    },
  };
}
