import { StatewrightError } from "../../kernel/errors.ts";
import type { EventPlace, Parking, ReaderTransaction, Transaction } from "../transaction.ts";
import type { MemoryDeadLetters } from "./memory-dead-letters.ts";

const POISON = "poison event";

interface Parked {
  readonly reader: string;
  readonly partition: number;
  readonly key: string;
  readonly event: EventPlace;
  redrive: boolean;
}

/** Parked events in memory. */
export interface MemoryParking extends Parking {
  /** A transaction for what has no tables to write to. */
  readonly withoutTables: Transaction;
  /** Does a reader's work; what it parks or takes back holds only if it does not reject. */
  transact(reader: string, partition: number, work: (transaction: ReaderTransaction) => Promise<void>): Promise<void>;
  hasRedrives(reader: string): boolean;
  count(reader: string): number;
  /** Forgets what a reader has parked after a position. */
  forget(reader: string, after: number): void;
}

export function createMemoryParking(letters: MemoryDeadLetters): MemoryParking {
  const rows = new Set<Parked>();
  const of = (reader: string, partition: number) =>
    [...rows].filter((row) => row.reader === reader && row.partition === partition)
      .toSorted((a, b) => a.event.position - b.event.position);
  const remove = (gone: Parked) => {
    rows.delete(gone);
    letters.dismiss(sourceOf(gone.reader, gone.event), POISON);
  };

  return {
    withoutTables: WITHOUT_TABLES,
    async transact(reader, partition, work) {
      const changes: (() => void)[] = [];
      await work({
        ...WITHOUT_TABLES,
        async park(key, event, blame) {
          changes.push(() => {
            const known = of(reader, partition);
            if (!known.some((row) => row.event.position === event.position)) {
              rows.add({ reader, partition, key, event, redrive: false });
            }
            if (blame === undefined) return;
            letters.replace({ reason: POISON, stream: event.stream, source: sourceOf(reader, event), ...blame });
            for (const row of known) if (row.key === key) row.redrive = false;
          });
        },
        async unpark({ position }) {
          const known = of(reader, partition).find((row) => row.event.position === position);
          if (known === undefined) return false;
          changes.push(() => {
            remove(known);
            for (const row of of(reader, partition)) if (row.key === known.key) row.redrive = true;
          });
          return true;
        },
      });
      for (const change of changes) change();
    },
    hasRedrives: (reader) => [...rows].some((row) => row.reader === reader && row.redrive),
    count: (reader) => [...rows].filter((row) => row.reader === reader).length,
    forget(reader, after) {
      for (const row of rows) if (row.reader === reader && row.event.position > after) remove(row);
    },
    ...lookInto(rows, of),
  };
}

function lookInto(
  rows: ReadonlySet<Parked>,
  of: (reader: string, partition: number) => readonly Parked[],
): Parking {
  return {
    async parkedKeys(reader, partition, limit) {
      return [...new Set(of(reader, partition).map(({ key }) => key))].slice(0, limit);
    },
    async nextRedrive(reader, partition) {
      const parked = of(reader, partition);
      const next = parked.find(({ key }) => parked.some((row) => row.key === key && row.redrive));
      return next && { key: next.key, position: next.event.position };
    },
    async redriveParked(reader, key) {
      const asked = [...rows].filter((row) => row.reader === reader && (key === undefined || row.key === key));
      for (const row of asked) row.redrive = true;
      return new Set(asked.map((row) => row.key)).size;
    },
  };
}

const WITHOUT_TABLES: Transaction = {
  query: () => Promise.reject(new StatewrightError("USAGE", "The memory store has no tables")),
};

function sourceOf(reader: string, { stream, version }: EventPlace): string {
  return `${reader} ${stream}/${version}`;
}
