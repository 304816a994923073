/** Read models of a simulation: tables that take the statements of the shop's projections, and readers' turns. */
import type { ReadModels } from "../../../src/store/read-models.ts";
import type { Store } from "../../../src/store/store.ts";
import type { ReaderTransaction } from "../../../src/store/transaction.ts";
import type { World } from "./world.ts";

export type Row = Readonly<Record<string, unknown>> & { readonly id: string };
type Tables = Map<string, Map<string, Row>>;

/** What a reader's turn costs, and where it can break. */
export interface TurnFate {
  /** Between the lock and the commit. */
  readonly workMs: number;
  readonly isCut: boolean;
}

/** After so long without a word from its process, a transaction is ended by the server. */
const IDLE_MS = 10_000;

export class SimReadModels {
  readonly #world: World;
  readonly #log: Pick<Store, "readAll">;
  readonly #readers = new Map<string, { position: number; isLocked: boolean }>();
  readonly #tables: Tables = new Map();

  constructor(world: World, log: Pick<Store, "readAll">) {
    this.#world = world;
    this.#log = log;
  }

  rows(table: string): readonly Row[] {
    return [...this.#tables.get(table)?.values() ?? []];
  }

  checkpoint(reader: string): number {
    return this.#readers.get(reader)?.position ?? 0;
  }

  readers(): { name: string; position: number; parked: number }[] {
    return [...this.#readers].map(([name, { position }]) => ({ name, position, parked: 0 }));
  }

  addReader(reader: string): void {
    if (!this.#readers.has(reader)) this.#readers.set(reader, { position: 0, isLocked: false });
  }

  /**
   * A turn in a transaction: rows and checkpoint together, or nothing.
   * @param reach lets the reader's process do its part, when it can
   */
  async fold(
    reader: string,
    limit: number,
    work: Parameters<ReadModels["fold"]>[2],
    fate: TurnFate,
    reach: (run: () => void) => void,
  ): ReturnType<ReadModels["fold"]> {
    const row = this.#readers.get(reader)!;
    if (row.isLocked) return { checkpoint: row.position, events: 0, isBusy: true, hasParked: false };
    row.isLocked = true;
    try {
      const events = await this.#log.readAll({ after: row.position, limit });
      if (events.length === 0) return { checkpoint: row.position, events: 0, isBusy: false, hasParked: false };
      const staged: Tables = new Map();
      const done = new Promise<void>((resolve, reject) => {
        reach(() =>
          void work({ transaction: this.#transaction(staged), events, parked: new Set() }).then(resolve, reject)
        );
        this.#world.after(IDLE_MS, () => reject(new Error("The transaction was idle for too long")));
      });
      await done;
      await this.#world.sleep(fate.workMs);
      if (fate.isCut) throw new Error("The connection was cut before the commit");
      for (const [name, rows] of staged) this.#tables.set(name, rows);
      row.position = events.at(-1)!.position;
      this.#world.trace(`fold ${reader} to ${row.position}`);
      return { checkpoint: row.position, events: events.length, isBusy: false, hasParked: false };
    } finally {
      row.isLocked = false;
    }
  }

  #transaction(staged: Tables): ReaderTransaction {
    return {
      query: async (sql, [rows] = []) => {
        this.#write(staged, sql, JSON.parse(rows as string) as Row[]);
        return [];
      },
      park: async (key) => this.#world.mishap("every event can be folded", `${key} was set aside`),
      unpark: async () => false,
    };
  }

  /** The two statements of the shop's projections: rows that come, and rows that change. Each has tables of its own. */
  #write(staged: Tables, sql: string, rows: readonly Row[]): void {
    const [, verb, name] = /^\s*(insert into|update) (\w+)/.exec(sql) ?? [];
    if (verb === undefined || name === undefined) throw new Error(`The simulated tables do not know: ${sql}`);
    const table = staged.get(name) ?? new Map(this.#tables.get(name));
    staged.set(name, table);
    for (const row of rows) {
      if (verb === "update") {
        const before = table.get(row.id);
        if (before) table.set(row.id, { ...before, ...row });
      } else if (table.has(row.id)) throw new Error(`${name} has a row ${row.id} already`);
      else table.set(row.id, row);
    }
  }
}
