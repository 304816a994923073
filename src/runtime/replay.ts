/**
 * Replay: a stored history through the same step that made it, proving each transition on the way.
 */
import { StatewrightError } from "../kernel/errors.ts";
import type { ActorRef } from "../kernel/ids.ts";
import type { StoredEvent } from "../store/store.ts";
import { type ActorState, adoptRow, effectsOf, type EventMetadata, stepOfRow } from "./actor-state.ts";
import type { ActorDefinition } from "./definition.ts";
import type { Effect } from "./effects.ts";
import { registerActors, type RegisteredActor } from "./register.ts";
import { snapshotHash } from "./snapshot-hash.ts";
import { canonicalSnapshot, type Step } from "./step.ts";

/** One event, replayed. */
export interface ReplayedEvent {
  readonly row: StoredEvent;
  readonly effects: readonly Effect[];
  /** The machine's context after the event, as today's machine has it. */
  readonly context: unknown;
  /** Where today's machine does something else than what is stored; empty when the transition is proven. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly what: "state" | "effects" | "snapshot" | "throws";
  readonly stored: string;
  readonly replayed: string;
}

/** A stored event that a machine has taken. */
export interface ProvenEvent {
  readonly step: Step;
  /** What the machine asks for, with ids as the runtime gives them. */
  readonly effects: readonly Effect[];
  /** The state after it. Its open effects are those that were stored, as they are when an actor wakes up. */
  readonly after: ActorState;
  /** Without `throws`. */
  readonly differences: readonly Difference[];
}

/** What is under way is of no interest to a replay. */
const NOTHING_UNDER_WAY: ReadonlySet<string> = new Set();
const NO_DIFFERENCES: readonly Difference[] = [];

/**
 * Prepares a definition for {@link replayEvents}.
 * @param children the definitions of the types that it names in `children`
 */
export function replayable(definition: ActorDefinition, children: readonly ActorDefinition[] = []): RegisteredActor {
  return registerActors([...children.filter(({ type }) => type !== definition.type), definition]).get(definition.type)!;
}

/** Replays one stream from its first event. Ends after the first event that the machine cannot take at all. */
export async function* replayEvents(
  registered: RegisteredActor,
  ref: ActorRef,
  rows: AsyncIterable<StoredEvent> | Iterable<StoredEvent>,
): AsyncGenerator<ReplayedEvent> {
  let before: ActorState | undefined;
  for await (const row of rows) {
    const effects = row.effects === null ? [] : JSON.parse(row.effects) as Effect[];
    try {
      const { after, differences } = proveEvent(registered, ref, before, row);
      before = after;
      yield { row, effects, context: after.snapshot.context, differences };
    } catch (thrown) {
      yield { row, effects, context: undefined, differences: [thrownAt(row, thrown)] };
      return;
    }
  }
}

/**
 * One stored event through a machine, compared with what is stored.
 * @throws what the machine throws
 */
export function proveEvent(
  registered: RegisteredActor,
  ref: ActorRef,
  before: ActorState | undefined,
  row: StoredEvent,
): ProvenEvent {
  const metadata = JSON.parse(row.metadata) as EventMetadata;
  const step = stepOfRow(registered, ref, before, row, metadata);
  const { effects } = effectsOf(registered, ref, before, step, metadata);
  const asked = effects.length === 0 ? "[]" : JSON.stringify(effects);
  const asStored = asked === (row.effects ?? "[]") ? effects : undefined;
  const after = adoptRow(before, row, metadata, step, NOTHING_UNDER_WAY, asStored);
  return { step, effects, after, differences: differencesOf(row, after, asked) };
}

/**
 * The state at the end of a whole history, every transition of it proven.
 * @param undelivered the messages that are open, `<version>/<n>`
 * @throws StatewrightError `HISTORY_MISMATCH` at the first event that is not proven
 */
export function foldProven(
  registered: RegisteredActor,
  ref: ActorRef,
  rows: readonly StoredEvent[],
  undelivered: ReadonlySet<string>,
): ActorState {
  let proven: ActorState | undefined;
  let state: ActorState | undefined;
  for (const row of rows) {
    const { after, step, differences } = proveEvent(registered, ref, proven, row);
    if (differences.length > 0) {
      const why = `${row.stream} does not replay: version ${row.version} is where machine and history part`;
      throw new StatewrightError("HISTORY_MISMATCH", why);
    }
    proven = after;
    state = adoptRow(state, row, JSON.parse(row.metadata) as EventMetadata, step, undelivered);
  }
  return state!;
}

function differencesOf(row: StoredEvent, { snapshot, path }: ActorState, asked: string): readonly Difference[] {
  const stored = row.effects ?? "[]";
  const hash = snapshotHash(canonicalSnapshot(snapshot));
  if (path === row.state && asked === stored && hash === row.snapshotHash) return NO_DIFFERENCES;
  const sides: Difference[] = [
    { what: "state", stored: row.state, replayed: path },
    { what: "effects", stored, replayed: asked },
    { what: "snapshot", stored: row.snapshotHash, replayed: hash },
  ];
  return sides.filter(({ stored, replayed }) => stored !== replayed);
}

/** The difference of an event that the machine cannot take at all. */
export function thrownAt({ state }: StoredEvent, thrown: unknown): Difference {
  return { what: "throws", stored: state, replayed: thrown instanceof Error ? thrown.message : String(thrown) };
}
