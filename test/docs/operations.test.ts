/** docs/operations.md against the code: no variable and no metric is missing, none is made up. */
import { expect, test } from "vitest";
import { variableNames } from "../../src/environment.ts";
import { readRepositoryFile, repositoryFiles } from "../support/source-tree.ts";

const text = readRepositoryFile("docs/operations.md");

/** The first column of the table that begins with this heading. */
function column(heading: string): string[] {
  const rows = text.split("\n");
  const from = rows.findIndex((row) => new RegExp(`^\\| ${heading} +\\|`).test(row)) + 2;
  const length = rows.slice(from).findIndex((row) => !row.startsWith("|"));
  return rows.slice(from, from + length).map((row) => /`([^`]+)`/.exec(row)?.[1] ?? row);
}

test("names each variable", () => {
  const names = variableNames().filter((name) => !name.endsWith("_FILE"));
  expect(column("variable").toSorted()).toEqual(names.toSorted());
});

test("names each metric", () => {
  const sources = repositoryFiles().filter((path) => /^src\/.*\.ts$/.test(path)).map(readRepositoryFile).join("\n");
  const made = [...sources.matchAll(/(?:counter|gauge|histogram)\(\s*"(statewright_\w+)"/g)].map(([, name]) => name!);
  // Those of readers of the log are put together: src/projection/lag.ts.
  const units = [...sources.matchAll(/gauge\("((?:lag|parked)_\w+)"/g)].map(([, unit]) => unit);
  for (const what of ["projection", "subscription"]) made.push(...units.map((unit) => `statewright_${what}_${unit}`));
  expect(column("metric").toSorted()).toEqual(made.toSorted());
});
