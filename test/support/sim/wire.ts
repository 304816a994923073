/** A call over a network: it takes time, its request or its answer may be lost, and the caller may be gone meanwhile. */
import type { Chance } from "./chance.ts";
import type { SimProcess } from "./sim-process.ts";
import type { World } from "./world.ts";

export interface Journey {
  readonly thereMs: number;
  readonly backMs: number;
  /** The request never arrives. */
  readonly lost?: boolean;
  /** It arrives, and the answer does not. */
  readonly replyLost?: boolean;
  /** What the caller sees when nothing comes back; undefined: it sees nothing. */
  readonly onLost?: () => Error;
}

export function callOver<Answer>(
  world: World,
  caller: SimProcess,
  { thereMs, backMs, lost = false, replyLost = false, onLost }: Journey,
  work: () => Promise<Answer>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const back = (answer: () => void) => world.after(backMs, () => caller.deliver(answer));
    const fail = () => {
      if (onLost) back(() => reject(onLost()));
    };
    const arrive = () => {
      if (lost) return fail();
      const answer = work();
      if (replyLost) void answer.then(fail, fail);
      else void answer.then((value) => back(() => resolve(value)), (thrown: unknown) => back(() => reject(thrown)));
    };
    world.after(thereMs, arrive);
  });
}

/** Most messages take about a millisecond, and now and then one takes long. */
export function latencyMs(chance: Chance, isSlow: boolean): number {
  const ms = 0.2 + 1.5 * chance.next();
  return isSlow ? ms + chance.int(20, 3_000) : ms;
}
