/** Adding up what stands where. */
import type { ChartModel } from "../chart/chart-model.ts";

/** Every state but the root with what stands in it and in the states inside. */
export function countsByState({ states }: ChartModel, counts: ReadonlyMap<string, number>) {
  return states.slice(1).map(({ path }) => ({
    path,
    count: sum(
      [...counts].filter(([stored]) => stored.split(" | ").some((leaf) => leaf === path || leaf.startsWith(`${path}.`)))
        .map(([, count]) => count),
    ),
  }));
}

export function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
