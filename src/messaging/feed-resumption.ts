/**
 * Where a relay goes on: behind what the feed really has. A feed can have more than the checkpoint says (the relay died
 * before it noted it) and less (the broker lost its disk, an older copy was restored, the stream was deleted).
 */
import { type FeedEvent, feedId, type FeedMark, type Retained } from "./bus.ts";

/** The relay's view of the log. */
export interface LogReader {
  readAll(options: { after: number; limit: number }): Promise<readonly FeedEvent[]>;
  head(): Promise<number>;
}

/** How far the relay has come, and how far the feed had come then. */
export interface Checkpoint {
  readonly position: number;
  /** Undefined when this log was never published on a feed that keeps its events. */
  readonly mark: FeedMark | undefined;
}

/**
 * @param nowMs against which the age of events is measured when the feed is to be filled anew
 * @returns the position after which the feed lacks what it should have
 */
export async function positionToResume(
  log: LogReader,
  { position, mark }: Checkpoint,
  retained: Retained,
  nowMs: number,
): Promise<number> {
  const { last } = retained;
  const hasLost = mark === undefined || mark.incarnation !== retained.incarnation || retained.taken < mark.taken;
  // Somebody else's messages, or those of a log that is no more, say nothing about this one.
  if (last !== undefined && await isOfThisLog(log, last)) {
    return hasLost ? last.position : Math.max(last.position, position);
  }
  if (!hasLost) return position;
  return retained.keptForMs === 0 ? 0 : await lastBefore(log, nowMs - retained.keptForMs);
}

async function isOfThisLog(log: LogReader, { position, id }: { position: number; id: string }): Promise<boolean> {
  const [event] = await log.readAll({ after: position - 1, limit: 1 });
  return event?.position === position && feedId(event) === id;
}

/** The position of the last event before a moment, 0 if there is none; in a few dozen reads however long the log is. */
async function lastBefore(log: LogReader, moment: number): Promise<number> {
  let [before, notBefore] = [0, await log.head() + 1];
  while (before + 1 < notBefore) {
    const middle = Math.floor((before + notBefore) / 2);
    const [event] = await log.readAll({ after: middle - 1, limit: 1 });
    if (event === undefined || event.recordedAt >= moment) notBefore = middle;
    else before = event.position;
  }
  return before;
}
