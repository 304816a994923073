/** The one database of a simulation: the memory store, and the two ways in which the Postgres store appends. */
import type { Clock } from "../../../src/kernel/clock.ts";
import { createMemoryStore } from "../../../src/store/memory/memory-store.ts";
import type { AppendCall } from "../../../src/store/postgres/append-call.ts";
import type { AppendRun, RunResult, Store } from "../../../src/store/store.ts";
import { SimReadModels } from "./sim-read-models.ts";
import { EPOCH_MS, type World } from "./world.ts";

export class SimDatabase {
  readonly store: Store;
  readonly readModels: SimReadModels;
  readonly #world: World;
  /** Under which append id each event was stored: `<stream>/<version>`. */
  readonly #appendIds = new Map<string, string>();
  #lock: Promise<unknown> = Promise.resolve();
  /** How far the clock is off that decides what is due: not at all. */
  skewMs = 0;

  constructor(world: World) {
    this.#world = world;
    const clock: Clock = {
      now: () => EPOCH_MS + Math.floor(world.now) + this.skewMs,
      schedule: () => {
        throw new Error("A database waits for nobody");
      },
    };
    this.store = createMemoryStore({ clock });
    this.readModels = new SimReadModels(world, this.store);
  }

  /** What the statement of `quick-append.ts` does. */
  quick(call: AppendCall, runs: readonly AppendRun[]): Promise<RunResult[] | undefined> {
    return this.#locked(async () => {
      const fits = await Promise.all(runs.map((run) => this.#fits(run)));
      return fits.every(Boolean) ? this.#append(call, runs) : undefined;
    });
  }

  /** What `append_runs` does: see migrations/0018_event_positions.sql. */
  careful(call: AppendCall, runs: readonly AppendRun[]): Promise<RunResult[]> {
    return this.#locked(async () => {
      const results = await this.#append(call, runs);
      return Promise.all(results.map((result, i) => this.#storedBefore(call, runs[i]!, result)));
    });
  }

  /** One append at a time. */
  #locked<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#lock.then(work);
    this.#lock = answer.catch(() => {});
    return answer;
  }

  async #fits({ stream, expectedVersion, events, requestKeys }: AppendRun): Promise<boolean> {
    const stored = await this.store.read(stream, { fromVersion: Math.max(1, expectedVersion), limit: 2 });
    const answered = await Promise.all(requestKeys.map((key) => this.store.findRequest(key)));
    return events.length > 0 && stored.length === Math.min(expectedVersion, 1) && !answered.some(Boolean);
  }

  async #append(call: AppendCall, runs: readonly AppendRun[]): Promise<RunResult[]> {
    const results = await this.store.append(call.node, runs);
    this.#note(call, runs, results);
    return results;
  }

  #note({ node, appendId }: AppendCall, runs: readonly AppendRun[], results: readonly RunResult[]): void {
    for (const [i, { stream, expectedVersion, events }] of runs.entries()) {
      const result = results[i]!;
      this.#world.trace(
        `append by ${node} ${stream}@${expectedVersion} ${result.outcome} ${events.map(({ type }) => type)}`,
      );
      if (result.outcome === "conflict") this.#world.count("two writers met");
      if (result.outcome === "keyTaken") this.#world.count("request key taken");
      if (result.outcome !== "appended") continue;
      for (const [n, { type, state, snapshotHash }] of events.entries()) {
        this.#appendIds.set(`${stream}/${expectedVersion + n + 1}`, appendId);
        this.#world.trace(`event ${stream}/${expectedVersion + n + 1} ${type} ${state} ${snapshotHash}`);
        this.#world.count("events");
      }
    }
  }

  /** A run that an earlier try of the same call has stored does not conflict. */
  async #storedBefore({ appendId }: AppendCall, run: AppendRun, result: RunResult): Promise<RunResult> {
    const version = run.expectedVersion + 1;
    if (result.outcome === "appended" || this.#appendIds.get(`${run.stream}/${version}`) !== appendId) return result;
    const [row] = await this.store.read(run.stream, { fromVersion: version, limit: 1 });
    this.#world.count("lost commit settled");
    return { outcome: "appended", firstPosition: row!.position, recordedAt: row!.recordedAt };
  }
}
