/** Finds the events that differing rows do not show, by folding once more and watching those rows. */
import type { RowDifference } from "../store/read-models.ts";
import type { Transaction } from "../store/transaction.ts";
import type { StoredEvent } from "../store/store.ts";
import type { Projection } from "./projection.ts";
import { ShadowFold, type ShadowFoldOptions } from "./shadow-fold.ts";

type Options = Pick<ShadowFoldOptions, "store" | "projection" | "parked" | "onProgress">;

/**
 * For each difference the first event whose doing the stored row does not show: where the row once was as it is stored,
 * the one that changed it next; else the first that gave a differing column the value it should have.
 */
export async function explainDifferences(
  options: Options,
  differences: readonly RowDifference[],
  position: number,
): Promise<(StoredEvent | undefined)[]> {
  if (differences.length === 0) return [];
  const { store, projection: { name, tables } }: { store: Options["store"]; projection: Projection } = options;
  const rows = differences.map((difference) => new WatchedRow(difference));
  const see = (transaction: Transaction) =>
    Promise.all(differences.map((difference) => store.rowOf(transaction, difference)));
  const fold = new ShadowFold({
    ...options,
    shadow: await store.beginVerification(name, tables),
    async look({ transaction, events }) {
      const seen = await see(transaction);
      if (!rows.some((row, n) => row.now !== seen[n])) return false;
      if (events.length > 1) return true;
      rows.forEach((row, n) => row.became(seen[n] ?? null, events[0]!));
      return false;
    },
  });
  await fold.run(position);
  return rows.map((row) => row.explanation);
}

type Columns = Readonly<Record<string, unknown>>;

/** One row on its way to what it should be. */
class WatchedRow {
  now: string | null = null;
  readonly #stored: string | null;
  readonly #folded: Columns;
  /** The columns that differ. */
  readonly #differing: readonly string[];
  /** The event since which a differing column has been as it should be. */
  readonly #since = new Map<string, StoredEvent>();
  /** The event that made another row of what is stored. */
  #left: StoredEvent | undefined;

  constructor({ stored, folded }: RowDifference) {
    this.#stored = stored;
    const [was, is] = [columnsOf(stored), columnsOf(folded)];
    this.#folded = is;
    this.#differing = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => !same(was, is, name));
  }

  became(row: string | null, event: StoredEvent): void {
    if (row === this.now) return;
    if (this.now === this.#stored) this.#left = event;
    else if (row === this.#stored) this.#left = undefined;
    this.now = row;
    const columns = columnsOf(row);
    for (const name of this.#differing) {
      if (!same(columns, this.#folded, name)) this.#since.delete(name);
      else if (!this.#since.has(name)) this.#since.set(name, event);
    }
  }

  get explanation(): StoredEvent | undefined {
    return this.#left ?? [...this.#since.values()].toSorted((a, b) => a.position - b.position)[0];
  }
}

function columnsOf(row: string | null): Columns {
  return row === null ? {} : JSON.parse(row) as Columns;
}

function same(a: Columns, b: Columns, name: string): boolean {
  return JSON.stringify(a[name]) === JSON.stringify(b[name]);
}
