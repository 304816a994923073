/**
 * Shrinking: the smallest history that still shows what a group of histories shows. A shrunk history is one that the
 * machine of today would really have written: its events are proposed to it again, one after the other.
 */
import type { ActorRef } from "../kernel/ids.ts";
import type { StoredEvent } from "../store/store.ts";
import { type Acceptance, judgeOutcome, judgeProposal, judgeStop } from "./acceptance.ts";
import { type ActorState, type EventMetadata, upcastData } from "./actor-state.ts";
import { noteOf, type OpenEffect, type OpenEffectNote } from "./effects.ts";
import { recordEvent } from "./record.ts";
import type { RegisteredActor } from "./register.ts";
import { groupKey, type HistoryVerdict, judgeHistory, type Upgrade } from "./upgrade-check.ts";

export interface ShrunkHistory {
  readonly rows: readonly StoredEvent[];
  readonly verdict: HistoryVerdict;
  /** True when no event can be left out any more; false when the search ended early, or could only cut the end off. */
  readonly minimal: boolean;
}

/** Histories that are tried at most, and events that they may have in all. */
const MAX_TRIALS = 3_000;
const MAX_EVENTS = 500_000;

/**
 * @param rows a history with that verdict
 * @returns the smallest one with the same {@link groupKey}
 */
export function shrinkHistory(upgrade: Upgrade, ref: ActorRef, rows: readonly StoredEvent[]): ShrunkHistory {
  const key = groupKey(judgeHistory(upgrade, ref, rows));
  const shows = (candidate: readonly StoredEvent[]) =>
    candidate.length > 0 && groupKey(judgeHistory(upgrade, ref, candidate)) === key;
  const { baseline } = upgrade;
  const facts = baseline && factsOf(baseline, ref, rows);
  if (facts === undefined) {
    const prefix = shortestPrefix(rows, shows);
    return { rows: prefix, verdict: judgeHistory(upgrade, ref, prefix), minimal: false };
  }
  const write = (kept: readonly Fact[]) => writeHistory(baseline!, ref, kept);
  const { kept, minimal } = minimize(facts, (some) => {
    const written = write(some);
    return written !== undefined && shows(written);
  });
  const shrunk = write(kept) ?? rows;
  return { rows: shrunk, verdict: judgeHistory(upgrade, ref, shrunk), minimal: minimal && shows(shrunk) };
}

/**
 * The history without one of its events, as the machine would have written it; undefined when it would have refused
 * one of the others, or has not written the history at all.
 */
export function leaveOut(
  baseline: RegisteredActor,
  ref: ActorRef,
  rows: readonly StoredEvent[],
  version: number,
): readonly StoredEvent[] | undefined {
  const facts = factsOf(baseline, ref, rows);
  return facts && writeHistory(baseline, ref, facts.filter(({ row }) => row.version !== version));
}

/** An event without what depends on those before it. */
interface Fact {
  readonly row: StoredEvent;
  readonly data: object;
  readonly metadata: EventMetadata;
  /** The open effect that it settles, by what it is. */
  readonly settles: OpenEffectNote | undefined;
}

/** Undefined when the machine of today has not written the history. */
function factsOf(baseline: RegisteredActor, ref: ActorRef, rows: readonly StoredEvent[]): Fact[] | undefined {
  const facts: Fact[] = [];
  let open: readonly OpenEffect[] = [];
  let state: ActorState | undefined;
  for (const row of rows) {
    const metadata = JSON.parse(row.metadata) as EventMetadata;
    const settled = open.find(({ id }) => id === metadata.settles);
    if (metadata.settles !== undefined && settled === undefined) return undefined;
    const data = upcastData(baseline, row.type, JSON.parse(row.data) as object, metadata);
    const fact: Fact = { row, data, metadata, settles: settled && noteOf(settled) };
    const recorded = writeEvent(baseline, ref, state, fact);
    if (recorded?.event.snapshotHash !== row.snapshotHash) return undefined;
    state = recorded.state;
    open = state.open;
    facts.push(fact);
  }
  return facts;
}

/** The rows that the machine writes when it is told these events; undefined when it would refuse one of them. */
function writeHistory(
  registered: RegisteredActor,
  ref: ActorRef,
  facts: readonly Fact[],
): readonly StoredEvent[] | undefined {
  const rows: StoredEvent[] = [];
  let state: ActorState | undefined;
  for (const fact of facts) {
    const recorded = writeEvent(registered, ref, state, fact);
    if (recorded === undefined) return undefined;
    state = recorded.state;
    const { stream, recordedAt } = fact.row;
    rows.push({ ...recorded.event, stream, recordedAt, version: state.version, position: state.version });
  }
  return rows;
}

function writeEvent(registered: RegisteredActor, ref: ActorRef, state: ActorState | undefined, fact: Fact) {
  const effect = fact.settles && state?.open.find((each) => isSame(noteOf(each), fact.settles!));
  try {
    const acceptance = accept(registered, ref, state, fact, effect);
    const { settles: _, node, ...about } = fact.metadata;
    const settles = effect === undefined ? {} : { settles: effect.id };
    return acceptance && recordEvent(registered, ref, state, acceptance, { ...about, ...settles }, node);
  } catch {
    return undefined;
  }
}

function isSame(a: OpenEffectNote, b: OpenEffectNote): boolean {
  return a.kind === b.kind && a.what === b.what;
}

function accept(
  registered: RegisteredActor,
  ref: ActorRef,
  state: ActorState | undefined,
  { row: { type }, data, metadata, settles }: Fact,
  effect: OpenEffect | undefined,
): Acceptance | undefined {
  if (settles !== undefined) {
    return state && effect && judgeOutcome(registered, ref, state, { effectId: effect.id, type, data });
  }
  if (type === "Stopped") return state && judgeStop(registered, ref, state);
  const { parent } = metadata;
  const verdict = judgeProposal(registered, ref, state, {
    event: { ...data, type },
    by: "internal",
    ...(parent !== undefined && { parent }),
  });
  return verdict.outcome === "accepted" ? verdict : undefined;
}

function shortestPrefix(
  rows: readonly StoredEvent[],
  shows: (rows: readonly StoredEvent[]) => boolean,
): readonly StoredEvent[] {
  const { length } = rows;
  for (let kept = 1, tried = 0; kept < length && tried + kept <= MAX_EVENTS; tried += kept++) {
    const prefix = rows.slice(0, kept);
    if (shows(prefix)) return prefix;
  }
  return rows;
}

/** Leaves out ever smaller pieces, then single events until none can go. The first one, the creation, stays. */
function minimize(facts: readonly Fact[], shows: (facts: readonly Fact[]) => boolean) {
  let kept = facts;
  let [trials, events] = [0, 0];
  for (let size = Math.ceil(facts.length / 2), shrunk = false; size >= 1;) {
    shrunk = false;
    for (let from = Math.max(1, kept.length - size); from >= 1; from = from === 1 ? 0 : Math.max(1, from - size)) {
      const without = kept.toSpliced(from, size);
      if (without.length === kept.length) continue;
      if (++trials > MAX_TRIALS || (events += without.length) > MAX_EVENTS) return { kept, minimal: false };
      if (!shows(without)) continue;
      kept = without;
      shrunk = true;
    }
    if (size > 1) size = Math.floor(size / 2);
    else if (!shrunk) break;
  }
  return { kept, minimal: true };
}
