/**
 * Replay: a stored history through the same step that made it, proving each transition on the way.
 */
import type { ActorRef } from "../kernel/ids.ts";
import type { StoredEvent } from "../store/store.ts";
import {
  type ActorState,
  createStep,
  effectsOf,
  type EventMetadata,
  foldEvent,
  machineEventOf,
  nextStep,
  upcastData,
} from "./actor-state.ts";
import type { ActorDefinition } from "./definition.ts";
import type { Effect } from "./effects.ts";
import { registerActors, type RegisteredActor } from "./register.ts";
import { snapshotHash } from "./snapshot-hash.ts";
import { canonicalSnapshot, pathOf } from "./step.ts";

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

/** What is under way is of no interest to a replay. */
const NOTHING_UNDER_WAY: ReadonlySet<string> = new Set();

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
    const stored = row.effects === null ? [] : JSON.parse(row.effects) as Effect[];
    try {
      const metadata = JSON.parse(row.metadata) as EventMetadata;
      const differences = compare(registered, ref, before, row, metadata);
      before = foldEvent(registered, ref, before, row, metadata, NOTHING_UNDER_WAY);
      yield { row, effects: stored, context: before.snapshot.context, differences };
    } catch (thrown) {
      const replayed = thrown instanceof Error ? thrown.message : String(thrown);
      yield {
        row,
        effects: stored,
        context: undefined,
        differences: [{ what: "throws", stored: row.state, replayed }],
      };
      return;
    }
  }
}

function compare(
  registered: RegisteredActor,
  ref: ActorRef,
  before: ActorState | undefined,
  row: StoredEvent,
  metadata: EventMetadata,
): Difference[] {
  const data = upcastData(registered, row.type, JSON.parse(row.data) as object, metadata);
  const step = before === undefined
    ? createStep(registered, ref, data, metadata.parent?.parent)
    : nextStep(registered, ref, before, machineEventOf(row.type, data));
  const { effects } = effectsOf(registered, ref, before, step, metadata);
  const { snapshot } = step;
  const sides: Difference[] = [
    { what: "state", stored: row.state, replayed: pathOf(snapshot.value) },
    { what: "effects", stored: row.effects ?? "[]", replayed: JSON.stringify(effects) },
    { what: "snapshot", stored: row.snapshotHash, replayed: snapshotHash(canonicalSnapshot(snapshot)) },
  ];
  return sides.filter(({ stored, replayed }) => stored !== replayed);
}
