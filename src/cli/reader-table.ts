/** How far readers of the log are behind it, for people and for machines. */
import { systemClock } from "../kernel/clock.ts";
import { StatewrightError } from "../kernel/errors.ts";
import { lagOf, type ReaderPosition } from "../projection/lag.ts";
import type { PostgresStore } from "../store/postgres/postgres-store.ts";
import { print } from "./command-line.ts";

/** Prints a line for each reader; with `json` one object a line. */
export async function printReaders(
  store: PostgresStore,
  readers: readonly ReaderPosition[],
  json: boolean | undefined,
): Promise<void> {
  const lags = await lagOf(store, systemClock, readers);
  if (json) {
    for (const lag of lags) await print(JSON.stringify(lag));
    return;
  }
  const rows = lags.map(({ name, position, head, lagPositions, lagSeconds, parked }) => [
    name,
    String(position),
    String(head),
    String(lagPositions),
    lagSeconds.toFixed(1),
    String(parked),
  ]);
  const table = [["NAME", "POSITION", "HEAD", "BEHIND", "SECONDS", "PARKED"], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table) await print(row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}

/** Has a reader try its parked events again, and says of how many keys they are. */
export async function redrive(store: PostgresStore, reader: string): Promise<void> {
  const keys = await store.redriveParked(reader);
  await print(
    keys === 0 ? `${reader} has parked nothing.` : `${reader} tries the events of ${keys} keys again, in their order.`,
  );
}

/** An argument that an action needs. @throws StatewrightError `USAGE` */
export function required(value: string | undefined, command: string): string {
  if (value !== undefined) return value;
  throw new StatewrightError("USAGE", `Missing: a name, as in ${command}`);
}

/** @throws StatewrightError `USAGE` that says which there are */
export function unknownAction(action: string, known: readonly string[]): never {
  throw new StatewrightError("USAGE", `There is no "${action}" here. There are: ${known.join(", ")}`);
}
