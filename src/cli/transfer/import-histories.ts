/**
 * Histories from lines into the store. A history is stored whole or not at all, in one append, so that an import that
 * was killed is begun again: what is there already is passed over.
 */
import { StatewrightError } from "../../kernel/errors.ts";
import { refOf } from "../../kernel/ids.ts";
import { type ActorState, type EventMetadata } from "../../runtime/actor-state.ts";
import { waitingFor } from "../../runtime/effects.ts";
import { foldProven } from "../../runtime/replay.ts";
import { registerActors, type RegisteredActor } from "../../runtime/register.ts";
import { type AppendRun, type EventLog, type NewEvent, readStream, type StoredEvent } from "../../store/store.ts";
import { steppedActors } from "../histories/definitions.ts";
import type { FileHistory } from "./history-file.ts";

/** What is stored at once, unless one history alone is more. */
const GROUP_EVENTS = 2_000;
/** No node's epoch: what waits is taken up by whoever runs the type. */
const NOBODY = 0;
/** Streams that are named. */
const NAMED = 20;

export interface ImportReport {
  imported: number;
  events: number;
  /** Histories that were there already, event for event. */
  alreadyThere: number;
  /** Live actors that wait for something, and were not asked for. */
  live: number;
  /** Streams that exist with another history. */
  readonly taken: string[];
  /** What does not replay on the machines that run here. */
  readonly unproven: string[];
}

export interface ImportRequest {
  readonly histories: AsyncIterable<FileHistory>;
  /** Take live actors too: nodes go on with what they wait for. */
  readonly live: boolean;
  /** Called after each group. */
  readonly onProgress?: (report: Readonly<ImportReport>) => void;
}

export async function importHistories(
  store: EventLog,
  { histories, live, onProgress = () => {} }: ImportRequest,
): Promise<ImportReport> {
  const report: ImportReport = { imported: 0, events: 0, alreadyThere: 0, live: 0, taken: [], unproven: [] };
  const actors = registerActors(steppedActors());
  let group: AppendRun[] = [];
  const flush = async () => {
    await appendGroup(store, group, report);
    group = [];
    onProgress(report);
  };
  for await (const history of histories) {
    const run = runOf(actors, history, report);
    if (run === undefined) continue;
    if (!live && run.waiting !== null) {
      report.live++;
      continue;
    }
    if (group.length > 0 && eventsIn(group) + run.events.length > GROUP_EVENTS) await flush();
    group.push(run);
  }
  await flush();
  return report;
}

function eventsIn(group: readonly AppendRun[]): number {
  return group.reduce((sum, { events }) => sum + events.length, 0);
}

/** Undefined when the machine of today does not prove the history. */
function runOf(
  actors: ReadonlyMap<string, RegisteredActor>,
  { rows, undelivered }: FileHistory,
  report: ImportReport,
): AppendRun | undefined {
  const { stream } = rows[0]!;
  const ref = refOf(stream);
  const actor = actors.get(ref.type);
  try {
    if (actor === undefined) throw new StatewrightError("HISTORY_MISMATCH", `${stream}: no machine for ${ref.type}`);
    const state: ActorState = foldProven(actor, ref, rows, new Set(undelivered));
    return {
      stream,
      expectedVersion: 0,
      events: rows.map(imported),
      waiting: waitingFor(afresh(state)),
      requestKeys: [],
    };
  } catch (thrown) {
    if (report.unproven.length < NAMED) report.unproven.push(StatewrightError.from(thrown).message);
    return undefined;
  }
}

/** Timers run from the import: their events are recorded again, by this store's clock. */
function afresh({ open }: ActorState): ActorState["open"] {
  return open.map((effect) => ({ ...effect, dueAt: null }));
}

function imported({ type, data, state, effects, snapshotHash, metadata, recordedAt }: StoredEvent): NewEvent {
  const known = JSON.parse(metadata) as EventMetadata;
  const own: EventMetadata = { recordedAt, ...known, node: NOBODY };
  return { type, data, state, effects, snapshotHash, metadata: JSON.stringify(own) };
}

async function appendGroup(store: EventLog, group: readonly AppendRun[], report: ImportReport): Promise<void> {
  const results = await store.append(NOBODY, group);
  for (const [n, result] of results.entries()) {
    const run = group[n]!;
    if (result.outcome === "appended") {
      report.imported++;
      report.events += run.events.length;
    } else if (result.outcome === "conflict" && await isThere(store, run)) report.alreadyThere++;
    else if (report.taken.length < NAMED) report.taken.push(run.stream);
  }
}

/** True when the stream begins with these very events; an actor may have gone on since. */
async function isThere(store: EventLog, { stream, events }: AppendRun): Promise<boolean> {
  let n = 0;
  for await (const stored of readStream(store, stream)) {
    if (n === events.length) return true;
    if (!isSame(stored, events[n++]!)) return false;
  }
  return n === events.length;
}

function isSame(stored: NewEvent, given: NewEvent): boolean {
  return stored.type === given.type && stored.data === given.data && stored.state === given.state &&
    stored.effects === given.effects && stored.snapshotHash === given.snapshotHash &&
    aboutIt(stored) === aboutIt(given);
}

/** The metadata, but for who wrote it down and when. */
function aboutIt({ metadata }: NewEvent): string {
  const { node: _node, recordedAt: _recordedAt, ...about } = JSON.parse(metadata) as EventMetadata;
  return JSON.stringify(Object.entries(about).toSorted());
}
