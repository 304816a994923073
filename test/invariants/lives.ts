/** The log, read once: each actor's life, moment by moment, with what its machine makes of it today. */
import { type ActorRef, refOf } from "../../src/kernel/ids.ts";
import type { ActorState, EventMetadata } from "../../src/runtime/actor-state.ts";
import type { Effect } from "../../src/runtime/effects.ts";
import type { RegisteredActor } from "../../src/runtime/register.ts";
import { proveEvent, thrownAt } from "../../src/runtime/replay.ts";
import type { Difference } from "../../src/runtime/replay.ts";
import type { StoredEvent } from "../../src/store/store.ts";

export interface Moment {
  readonly row: StoredEvent;
  readonly metadata: EventMetadata;
  readonly data: Readonly<Record<string, unknown>>;
  readonly effects: readonly Effect[];
  /** The replayed context; undefined from the first event on that does not replay. */
  readonly context: unknown;
  /** Where the replay does not give what is stored. */
  readonly differences: readonly Difference[];
}

export interface Life {
  readonly stream: string;
  readonly ref: ActorRef;
  readonly moments: readonly Moment[];
}

export type Lives = ReadonlyMap<string, Life>;

/** @param registered every type in the log */
export function livesOf(
  events: readonly StoredEvent[],
  registered: ReadonlyMap<string, RegisteredActor>,
): Lives {
  const lives = new Map<string, Life & { readonly moments: Moment[] }>();
  const states = new Map<string, ActorState | undefined>();
  for (const row of events) {
    const life = lives.get(row.stream) ?? { stream: row.stream, ref: refOf(row.stream), moments: [] };
    lives.set(row.stream, life);
    const { after, differences } = replayed(registered, life, states.get(row.stream), row);
    states.set(row.stream, after);
    life.moments.push({
      row,
      metadata: JSON.parse(row.metadata) as EventMetadata,
      data: JSON.parse(row.data) as Record<string, unknown>,
      effects: row.effects === null ? [] : JSON.parse(row.effects) as Effect[],
      context: after?.snapshot.context,
      differences,
    });
  }
  return lives;
}

function replayed(
  registered: ReadonlyMap<string, RegisteredActor>,
  { ref, moments }: Life,
  before: ActorState | undefined,
  row: StoredEvent,
): { readonly after: ActorState | undefined; readonly differences: readonly Difference[] } {
  if (before === undefined && moments.length > 0) return { after: undefined, differences: [] };
  const machine = registered.get(ref.type);
  try {
    if (machine === undefined) throw new Error(`There is no machine for ${ref.type}`);
    return proveEvent(machine, ref, before, row);
  } catch (thrown) {
    return { after: undefined, differences: [thrownAt(row, thrown)] };
  }
}

/** The lives of one type of actor. */
export function livesOfType(lives: Lives, type: string): Life[] {
  return [...lives.values()].filter(({ ref }) => ref.type === type);
}

export function last({ moments }: Life): Moment {
  return moments.at(-1)!;
}

/** The messages that a moment sends, with their numbers among its effects. */
export function messagesOf({ effects }: Moment) {
  return effects.flatMap((effect, n) => effect.kind === "message" ? [{ ...effect, n }] : []);
}
