import type { Clock } from "../../kernel/clock.ts";
import { StatewrightError } from "../../kernel/errors.ts";
import type { EventLog } from "../../store/store.ts";
import { print } from "../command-line.ts";
import { STEPPED_ACTORS } from "../histories/definitions.ts";
import { overHistories } from "../histories/pool.ts";
import { Progress } from "../histories/progress.ts";
import { asJson, asText } from "./event-text.ts";
import type { Moment } from "./moment.ts";
import { mismatch } from "./one-actor.ts";

export interface ManyActors {
  readonly url: string;
  /** Null: all. */
  readonly type: string | null;
  readonly to: Moment | undefined;
  /** Where an earlier run has stopped. */
  readonly after: number;
  readonly threads: number | undefined;
  readonly json: boolean;
}

/**
 * Proves every stored transition, or those of one type. Prints how far it is, and the first event that is not proven.
 * @throws StatewrightError `HISTORY_MISMATCH` when there is one
 */
export async function replayActors(store: EventLog, clock: Clock, request: ManyActors): Promise<void> {
  const { url, type, after, threads, json } = request;
  const head = await headOf(store, request.to);
  const progress = new Progress(clock, { after, head, say: json ? "json" : "resumable" });
  let [actors, transitions] = [0, 0];
  const unknown = new Set<string>();
  const run = { url, job: { kind: "prove", actors: STEPPED_ACTORS }, after, head, type, threads } as const;
  for await (const { result, upTo } of overHistories(run)) {
    actors += result.histories;
    transitions += result.events;
    for (const each of Object.keys(result.unknown)) unknown.add(each);
    if (result.broken !== undefined) {
      const { stream } = result.broken.row;
      await print(json ? JSON.stringify({ stream, ...asJson(result.broken) }) : `${stream}\n${asText(result.broken)}`);
      throw mismatch(stream, result.broken);
    }
    await progress.reached(upTo, result.events);
  }
  const { perSecond } = progress;
  const left = [...unknown].toSorted();
  if (json) {
    return await print(JSON.stringify({ actors, transitions, perSecond, head, withoutMachine: left, done: true }));
  }
  await print(
    `${transitions} transitions of ${actors} actors proven: same state, same effects, same context ` +
      `(${perSecond.toLocaleString("en")}/s, up to position ${head}).`,
  );
  if (left.length > 0) await print(`Left out, because there is no machine for them: ${left.join(", ")}`);
}

/** Where the log ends for a run over many. @throws StatewrightError `USAGE` for a version, which only one actor has */
export async function headOf(store: EventLog, to: Moment | undefined): Promise<number> {
  if (to === undefined) return await store.head();
  if (to.kind === "position") return Math.min(to.position, await store.head());
  if (to.kind === "time") return await store.positionAt(to.time + 1);
  throw new StatewrightError("USAGE", "--to <version> is for one actor; of many, take a position (@120) or a time");
}
