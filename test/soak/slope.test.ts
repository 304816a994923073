import { expect, test } from "vitest";
import { slopeOf } from "./samples.ts";

const points = (values: readonly number[]) => values.map((y, x) => ({ x, y }));

test("a straight line has its own slope, for sure", () => {
  const line = slopeOf(points([1, 3, 5, 7]))!;
  expect(line.slope).toBeCloseTo(2);
  expect(line.standardError).toBeCloseTo(0);
});

test("what goes up and down has none that is sure", () => {
  const { slope, standardError } = slopeOf(points([5, 1, 4, 2, 5, 1, 4, 2]))!;
  expect(Math.abs(slope)).toBeLessThan(3 * standardError);
});

test("two points say nothing", () => {
  expect(slopeOf(points([1, 2]))).toBeUndefined();
});
