/** The upgrade check over all stored histories, from the log to a report. */
import type { Clock } from "../../kernel/clock.ts";
import { refOf } from "../../kernel/ids.ts";
import { type ReplayedEvent, replayEvents } from "../../runtime/replay.ts";
import { shrinkHistory, type ShrunkHistory } from "../../runtime/shrink.ts";
import { type Divergence, type Upgrade, type Verdict, VERDICTS } from "../../runtime/upgrade-check.ts";
import { addGroup } from "../histories/check-slice.ts";
import type { HistoryGroup } from "../histories/jobs.ts";
import { overHistories } from "../histories/pool.ts";
import { Progress } from "../histories/progress.ts";
import { upgradesOf } from "./upgrades.ts";

export interface CheckRequest {
  readonly url: string;
  /** The file with the changed machines; null: what runs today, against what is stored. */
  readonly machine: string | null;
  /** Only this type; null: all that the file changes, or all. */
  readonly type: string | null;
  /** The log's end for this check. */
  readonly head: number;
  readonly threads: number | undefined;
}

export interface CheckReport {
  readonly machine: string | null;
  readonly head: number;
  readonly histories: number;
  readonly events: number;
  /** Events a second. */
  readonly perSecond: number;
  /** Live actors that could not go on. */
  readonly breaking: number;
  /** Those that break live actors first, then the largest. */
  readonly groups: readonly ReportedGroup[];
}

export interface ReportedGroup {
  readonly type: string;
  readonly verdict: Verdict;
  /** The verdict in words. */
  readonly says: string;
  readonly breaks: boolean;
  readonly histories: number;
  readonly live: number;
  /** Undefined when everything is the same. */
  readonly divergence: Divergence | undefined;
  /** Some of them. */
  readonly streams: readonly string[];
  /** The smallest history that shows it; empty when everything is the same. */
  readonly example: readonly ExampleEvent[];
  /** True when no event of the example could be left out. */
  readonly minimal: boolean;
}

/** States only: what is in an event may be personal. */
export interface ExampleEvent {
  readonly version: number;
  readonly type: string;
  readonly stored: string;
  /** The changed machine's state; what it says, when it throws. */
  readonly replayed: string;
  /** What else is not as stored. */
  readonly differs: readonly string[];
}

/** Groups whose example is made small; each may take thousands of tries. */
const SHRUNK = 40;

export async function runCheck(clock: Clock, request: CheckRequest): Promise<CheckReport> {
  const { url, machine, head, threads } = request;
  // Before any thread is started, so that what is wrong with the file is said once.
  const upgrades = await upgradesOf(machine);
  const type = request.type ?? (upgrades.size === 1 ? [...upgrades.keys()][0]! : null);
  const progress = new Progress(clock, { after: 0, head, say: "text" });
  const groups = new Map<string, HistoryGroup>();
  let [histories, events] = [0, 0];
  const run = { url, job: { kind: "check", machine }, after: 0, head, type, threads } as const;
  for await (const { result, upTo } of overHistories(run)) {
    histories += result.histories;
    events += result.events;
    for (const group of result.groups.values()) addGroup(groups, group);
    await progress.reached(upTo, result.events);
  }
  const { perSecond } = progress;
  const sorted = [...groups.values()].toSorted((a, b) =>
    Number(b.verdict.breaks) - Number(a.verdict.breaks) || b.live - a.live || b.histories - a.histories
  );
  const breaking = sorted.reduce((sum, { verdict, live }) => sum + (verdict.breaks ? live : 0), 0);
  const reported: ReportedGroup[] = [];
  for (const [n, group] of sorted.entries()) {
    reported.push(await reportOf(group, upgrades.get(group.type)!, n < SHRUNK));
  }
  return { machine, head, histories, events, perSecond, breaking, groups: reported };
}

async function reportOf(
  { type, verdict: { verdict, breaks, divergence }, histories, live, streams, example }: HistoryGroup,
  upgrade: Upgrade,
  shrink: boolean,
): Promise<ReportedGroup> {
  const counts = { type, verdict, says: VERDICTS[verdict], breaks, histories, live, streams };
  if (divergence === undefined) return { ...counts, divergence, example: [], minimal: true };
  const ref = refOf(example[0]!.stream);
  const { rows, minimal }: Pick<ShrunkHistory, "rows" | "minimal"> = shrink
    ? shrinkHistory(upgrade, ref, example)
    : { rows: example, minimal: false };
  const shown: ExampleEvent[] = [];
  for await (const event of replayEvents(upgrade.candidate, ref, rows)) shown.push(exampleEvent(event));
  return { ...counts, divergence, example: shown, minimal };
}

function exampleEvent({ row: { version, type, state }, differences }: ReplayedEvent): ExampleEvent {
  const other = differences.find(({ what }) => what === "state" || what === "throws");
  const differs = differences.filter((each) => each !== other).map(({ what }) =>
    what === "snapshot" ? "context" : what
  );
  return { version, type, stored: state, replayed: other?.replayed ?? state, differs };
}
