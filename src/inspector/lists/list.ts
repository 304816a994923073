/** What the inspector's lists have in common. */
import type { Slice } from "../answering.ts";

export interface List<Item> {
  readonly items: readonly Item[];
  /** Goes back as `after`; null at the end. */
  readonly next: string | null;
  /** Of the whole list, by the very conditions that choose its items. */
  readonly count: number;
}

/** @param rows one more than was asked for, when there are more */
export function listOf<Row, Item>(
  rows: readonly Row[],
  { limit }: Slice,
  count: number,
  present: (row: Row) => Item,
  keyOf: (row: Row) => string,
): List<Item> {
  const shown = rows.slice(0, limit);
  return { items: shown.map(present), next: rows.length > limit ? keyOf(shown.at(-1)!) : null, count };
}

/** A time or an interval in whole ms (times: since the epoch), whatever the driver makes of times. */
export function ms(column: string): string {
  return `floor(extract(epoch from ${column}) * 1000)::float8`;
}
