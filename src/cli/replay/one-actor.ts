import { createInterface } from "node:readline";
import { StatewrightError } from "../../kernel/errors.ts";
import { refOf } from "../../kernel/ids.ts";
import { replayable, type ReplayedEvent, replayEvents } from "../../runtime/replay.ts";
import { type EventLog, readStream } from "../../store/store.ts";
import { print } from "../command-line.ts";
import { noSuchType, steppedActors } from "../histories/definitions.ts";
import { asJson, asText } from "./event-text.ts";
import { type Moment, upTo } from "./moment.ts";
import { stepThrough } from "./stepper.ts";

export interface OneActor {
  /** `order/<id>` */
  readonly stream: string;
  readonly to: Moment | undefined;
  readonly json: boolean;
}

/**
 * Prints each event of one actor, proven, and stops at the first that is not.
 * @throws StatewrightError `NOT_FOUND` when there is none, `HISTORY_MISMATCH` when it is not proven
 */
export async function replayActor(store: EventLog, request: OneActor): Promise<void> {
  let proven = 0;
  for await (const event of replayed(store, request)) {
    await print(request.json ? JSON.stringify(asJson(event)) : asText(event));
    if (event.differences.length > 0) throw mismatch(request.stream, event);
    proven++;
  }
  if (proven === 0) throw notThere(request);
  if (request.json) return;
  await print(
    `\n${proven} ${proven === 1 ? "transition" : "transitions"} proven: same state, same effects, same context.`,
  );
}

/**
 * As {@link replayActor}, at the pace of whoever sits at the terminal.
 * @throws StatewrightError `NOT_FOUND` when there is none
 */
export async function stepActor(store: EventLog, request: OneActor): Promise<void> {
  const events: ReplayedEvent[] = [];
  for await (const event of replayed(store, request)) events.push(event);
  if (events.length === 0) throw notThere(request);
  const lines = createInterface({ input: process.stdin });
  await stepThrough(events, lines, print);
  lines.close();
}

function replayed(store: EventLog, { stream, to }: OneActor): AsyncGenerator<ReplayedEvent> {
  const ref = refOf(stream);
  const definitions = steppedActors();
  const definition = definitions.find(({ type }) => type === ref.type);
  if (definition === undefined) throw noSuchType(ref.type);
  return replayEvents(replayable(definition, definitions), ref, upTo(readStream(store, stream), to));
}

function notThere({ stream, to }: OneActor): StatewrightError {
  return new StatewrightError(
    "NOT_FOUND",
    `There ${to === undefined ? "is" : "was"} no ${stream}${to === undefined ? "" : " then"}. ` +
      "GET /v1/orders lists the orders there are.",
  );
}

export function mismatch(stream: string, { row }: Pick<ReplayedEvent, "row">): StatewrightError {
  return new StatewrightError(
    "HISTORY_MISMATCH",
    `${stream} does not replay: version ${row.version} is where today's machine and the stored history part.`,
  );
}
