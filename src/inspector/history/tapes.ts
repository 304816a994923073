/**
 * Histories to be wound to any version. A tape keeps a line for each event, and the actor's state at every hundredth,
 * so that a look at a version folds a hundred events at most. What has come since is read when somebody looks.
 */
import { StatewrightError } from "../../kernel/errors.ts";
import { type ActorRef, streamOf } from "../../kernel/ids.ts";
import type { StoredEvent } from "../../projection/projection.ts";
import { type ActorState, type EventMetadata, foldEvent } from "../../runtime/actor-state.ts";
import type { ActorSystem } from "../../runtime/receipt.ts";
import { type Machine, type Machines, versionThatWrote } from "../machines.ts";
import { type StepRow, stepRow } from "./step-row.ts";

const MAX_TAPES = 32;
const MAX_VERSION = 100_000;
const EVERY = 100;
const PAGE = 1_000;

const NOTHING_UNDER_WAY: ReadonlySet<string> = new Set();

export interface Wound {
  readonly row: StoredEvent;
  /** After the event. Its messages count as delivered. */
  readonly state: ActorState;
}

export interface Tape {
  readonly ref: ActorRef;
  readonly machine: Machine;
  /** One a version, from version 1 on; never empty. */
  readonly steps: readonly StepRow[];
  /** @throws StatewrightError `NOT_FOUND`, `HISTORY_MISMATCH` when today's machine cannot take what is stored */
  at(version: number): Promise<Wound>;
}

export interface Tapes {
  /** As long as the history is now. @throws StatewrightError `NOT_FOUND`, `LIMIT` */
  of(ref: ActorRef): Promise<Tape>;
}

export function createTapes(machines: Machines, system: ActorSystem): Tapes {
  const tapes = new Map<string, Recording>();
  return {
    async of(ref) {
      const stream = streamOf(ref);
      const tape = tapes.get(stream) ?? new Recording(ref, machines.of(ref.type), system);
      await tape.wind();
      tapes.delete(stream);
      tapes.set(stream, tape);
      if (tapes.size > MAX_TAPES) tapes.delete(tapes.keys().next().value!);
      return tape;
    },
  };
}

class Recording implements Tape {
  readonly ref: ActorRef;
  readonly machine: Machine;
  readonly steps: StepRow[] = [];
  readonly #system: ActorSystem;
  /** After versions 100, 200 … */
  readonly #states: ActorState[] = [];
  #newest: ActorState | undefined;
  /** Why no version from this one on can be shown. */
  #broken: { readonly version: number; readonly why: string } | undefined;
  #winding: Promise<void> | undefined;

  constructor(ref: ActorRef, machine: Machine, system: ActorSystem) {
    this.ref = ref;
    this.machine = machine;
    this.#system = system;
  }

  /** Reads on to the end; who asks meanwhile waits for the same reading. */
  wind(): Promise<void> {
    return this.#winding ??= this.#wind().finally(() => this.#winding = undefined);
  }

  async #wind(): Promise<void> {
    for (let more = true; more;) {
      const rows = await this.#rows(this.steps.length + 1, PAGE);
      for (const row of rows) this.#take(row);
      more = rows.length === PAGE;
    }
    if (this.steps.length === 0) throw new StatewrightError("NOT_FOUND", `There is no such ${this.ref.type}`);
  }

  #rows(fromVersion: number, limit: number): Promise<StoredEvent[]> {
    return this.#system.actor(this.ref.type, this.ref.id).events({ fromVersion, limit });
  }

  #take(row: StoredEvent): void {
    if (row.version > MAX_VERSION) {
      throw new StatewrightError("LIMIT", `Histories are shown up to version ${MAX_VERSION}`);
    }
    const metadata = JSON.parse(row.metadata) as EventMetadata;
    const { model } = versionThatWrote(this.machine, metadata.machine);
    this.steps.push(stepRow(model, this.steps.at(-1)?.state, row, metadata));
    if (this.#broken) return;
    try {
      this.#newest = this.#fold(this.#newest, row);
      if (row.version % EVERY === 0) this.#states.push(this.#newest);
    } catch (thrown) {
      this.#broken = { version: row.version, why: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }

  #fold(state: ActorState | undefined, row: StoredEvent): ActorState {
    const metadata = JSON.parse(row.metadata) as EventMetadata;
    return foldEvent(this.machine.registered, this.ref, state, row, metadata, NOTHING_UNDER_WAY);
  }

  async at(version: number): Promise<Wound> {
    const { type } = this.ref;
    if (version < 1 || version > this.steps.length) {
      throw new StatewrightError("NOT_FOUND", `There is no such ${type} at version ${version}`);
    }
    if (this.#broken && version >= this.#broken.version) {
      const { why } = this.#broken;
      throw new StatewrightError(
        "HISTORY_MISMATCH",
        `Today's machine fails on version ${this.#broken.version}: ${why}`,
      );
    }
    const kept = Math.floor((version - 1) / EVERY);
    let state = kept === 0 ? undefined : this.#states[kept - 1];
    const rows = await this.#rows(kept * EVERY + 1, version - kept * EVERY);
    for (const row of rows) state = this.#fold(state, row);
    return { row: rows.at(-1)!, state: state! };
  }
}
