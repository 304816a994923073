/** Rows for people: columns as wide as what stands in them. */
import { print } from "../command-line.ts";

export async function printTable(head: readonly string[], rows: readonly (readonly string[])[]): Promise<void> {
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table) await print(row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}

/** `2026-11-22 05:25:30`, in UTC. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
