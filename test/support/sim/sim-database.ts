/** The one database of a simulation: the memory store behind the very statements that the Postgres store sends. */
import type { Clock } from "../../../src/kernel/clock.ts";
import { createMemoryStore } from "../../../src/store/memory/memory-store.ts";
import type { Statement } from "../../../src/store/postgres/append-call.ts";
import type { AppendRun, NewEvent, RunResult, Store } from "../../../src/store/store.ts";
import { SimReadModels } from "./sim-read-models.ts";
import { EPOCH_MS, type World } from "./world.ts";

const SEPARATOR = "\x1e";

interface Call {
  readonly node: number;
  readonly appendId: string;
  readonly runs: readonly AppendRun[];
}

export class SimDatabase {
  readonly store: Store;
  readonly readModels: SimReadModels;
  readonly #world: World;
  /** Under which append id each event was stored: `<stream>/<version>`. */
  readonly #appendIds = new Map<string, string>();
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

  /** What `append_event` and `append_runs` do: see migrations/0017_rows_that_stay.sql. */
  async append(statement: Statement): Promise<Record<string, unknown>> {
    const isSingle = statement.text.includes("append_event(");
    const call = isSingle ? singleOf(statement) : groupOf(statement);
    const results = await this.store.append(call.node, call.runs);
    this.#note(call, results);
    if (isSingle) return { placed: placedAs(results[0]!) };
    const left = await Promise.all(results.map((result, i) => this.#leftOut(call, i, result)));
    return { position_before: 0, committed_at: new Date(0), left_out: left };
  }

  #note({ node, appendId, runs }: Call, results: readonly RunResult[]): void {
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

  /** An outcome for every run, by which nobody needs to count positions. */
  async #leftOut({ appendId, runs }: Call, i: number, result: RunResult): Promise<object> {
    const { stream, expectedVersion } = runs[i]!;
    const version = expectedVersion + 1;
    if (result.outcome === "appended") return leftOut(i, "appended", result.firstPosition, result.recordedAt);
    if (this.#appendIds.get(`${stream}/${version}`) !== appendId) return leftOut(i, result.outcome, null, 0);
    const [row] = await this.store.read(stream, { fromVersion: version, limit: 1 });
    this.#world.count("lost commit settled");
    return leftOut(i, "appended", row!.position, row!.recordedAt);
  }
}

function leftOut(run: number, outcome: string, position: number | null, recordedAt: number): object {
  return { run: run + 1, outcome, position, recordedAt: new Date(recordedAt).toISOString() };
}

function placedAs(result: RunResult): string | null {
  if (result.outcome !== "appended") return null;
  return `${result.firstPosition} ${new Date(result.recordedAt).toISOString()}`;
}

function singleOf({ parameters }: Statement): Call {
  const [node, appendId, , stream, expected, dueAt, dueInMs, busy, open, ...event] = parameters as (string | null)[];
  const [type, data, state, effects, snapshotHash, metadata] = event as string[];
  const run: AppendRun = {
    stream: stream!,
    expectedVersion: Number(expected),
    events: [{ type, data, state, effects, snapshotHash, metadata } as NewEvent],
    waiting: waitingOf(open!, numberOf(dueAt!), numberOf(dueInMs!), Boolean(busy)),
    requestKeys: [],
  };
  return { node: Number(node), appendId: appendId!, runs: [run] };
}

function groupOf({ parameters }: Statement): Call {
  const texts = (n: number) => (parameters[n] as string).split(SEPARATOR);
  const values = (n: number) => (parameters[n] as string).slice(1, -1).split(",").filter((value) => value !== "");
  const [dueAt, dueInMs, busy, open] = [values(5), values(6), values(7), texts(8)];
  const events = values(9).map((run, n) => ({ run: Number(run), event: eventOf(n) }));
  const [keyRuns, keyVersions] = [values(18), values(19)];

  function eventOf(n: number): NewEvent {
    const [type, data, state, effects, snapshotHash, metadata] = [12, 13, 14, 15, 16, 17].map((at) => texts(at)[n]!);
    return { type, data, state, effects: effects === "" ? null : effects, snapshotHash, metadata } as NewEvent;
  }

  const runs = texts(3).map((stream, i): AppendRun => {
    const expectedVersion = Number(values(4)[i]);
    const requestKeys = keyRuns.flatMap((run, k) => {
      if (Number(run) !== i + 1) return [];
      const [principal, operation, key, requestHash] = [20, 21, 22, 23].map((at) => texts(at)[k]!);
      const eventIndex = Number(keyVersions[k]) - expectedVersion - 1;
      return [{ principal, operation, key, requestHash, eventIndex } as AppendRun["requestKeys"][number]];
    });
    return {
      stream,
      expectedVersion,
      events: events.filter(({ run }) => run === i + 1).map(({ event }) => event),
      waiting: waitingOf(open[i]!, numberOf(dueAt[i]!), numberOf(dueInMs[i]!), busy[i] === "true"),
      requestKeys,
    };
  });
  return { node: Number(parameters[0]), appendId: String(parameters[1]), runs };
}

function waitingOf(open: string, dueAt: number | null, dueInMs: number | null, busy: boolean): AppendRun["waiting"] {
  return open === "" || open === null ? null : { dueAt, dueInMs, busy, open };
}

function numberOf(text: string | null): number | null {
  return text === null || text === "null" ? null : Number(text);
}
